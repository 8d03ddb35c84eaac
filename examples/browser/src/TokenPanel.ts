/**
 * The words and figures of the token panel: what a token's status means at an instant.
 */
import type { AccessToken } from "@app/auth/AccessToken"
import type { TokenStatus } from "@app/auth/TokenStatus"
import * as DateTime from "effect/DateTime"

// =============================================================================
// Model
// =============================================================================

export interface TokenPanel {
  /** The rest of the token's life, such as `59:12`. */
  readonly remaining: string
  /** The same to be read aloud, to the minute. */
  readonly spoken: string
  /** The rest of the token's life, as a part of all of it. */
  readonly share: number
  /** The thing that happens next. */
  readonly next: string
  readonly facts: ReadonlyArray<readonly [name: string, value: string]>
}

// =============================================================================
// Time
// =============================================================================

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit", second: "2-digit" })

/** Writes the time of the day. */
export const timeOfDay = (time: DateTime.Utc): string => clock.format(time.epochMilliseconds)

const two = (value: number) => String(value).padStart(2, "0")

const countdown = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000))
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`
}

const inMinutes = (milliseconds: number): string => {
  const minutes = Math.ceil(milliseconds / 60_000)
  return milliseconds <= 0 ? "over" : minutes === 1 ? "at most one minute left" : `${minutes} minutes left`
}

// =============================================================================
// Status
// =============================================================================

const nextOf = ({ phase, refreshAt, retryAt }: TokenStatus, now: number): string => {
  switch (phase) {
    case "Refreshing":
      return "A new token is on its way. This one serves as long as it lives."
    case "Retrying":
      return retryAt === undefined
        ? "Spotify did not give a new token. It is asked again."
        : `Spotify did not give a new token. It is asked again in ${countdown(retryAt.epochMilliseconds - now)}.`
    case "Valid":
      return refreshAt === undefined
        ? "This token is not refreshed by itself."
        : `It is refreshed in ${countdown(refreshAt.epochMilliseconds - now)}, before it ends.`
    case "Empty":
      return "There is no token yet. The next call asks for one."
    case "SignInRequired":
    case "Misconfigured":
      return "No further token will come until somebody signs in."
  }
}

/** Describes a token, of which the status alone is known while there is none. */
export const describe = ({ isShared, now, status, token }: {
  readonly status: TokenStatus
  readonly token: AccessToken | undefined
  readonly isShared: boolean
  readonly now: number
}): TokenPanel => {
  const end = status.expiresAt?.epochMilliseconds
  const left = end === undefined ? undefined : end - now
  const whole = end === undefined || token === undefined ? undefined : end - token.issuedAt.epochMilliseconds
  const when = (time: DateTime.Utc | undefined) => time === undefined ? "not known" : timeOfDay(time)
  return {
    remaining: left === undefined ? "No token" : countdown(left),
    spoken: left === undefined ? "no token" : inMinutes(left),
    share: left === undefined || whole === undefined || whole <= 0 ? 0 : Math.min(1, Math.max(0, left / whole)),
    next: nextOf(status, now),
    facts: [
      ["Issued", when(token?.issuedAt)],
      ["Ends", when(status.expiresAt)],
      ["Kept", isShared ? "for all tabs" : "in this tab alone"],
      [
        "Sign in again by",
        status.signInDueAt === undefined ? "not known" : DateTime.formatIsoDateUtc(status.signInDueAt)
      ]
    ]
  }
}

// =============================================================================
// History
// =============================================================================

/** Reports whether a token has come in the place of another one. */
export const isRefresh = (before: TokenStatus | undefined, after: TokenStatus): boolean =>
  before !== undefined && before.expiresAt !== undefined && after.generation > before.generation

/** Says what a change of the status means, where it is worth a line in the history. */
export const event = (before: TokenStatus | undefined, after: TokenStatus): string | undefined => {
  if (isRefresh(before, after)) return "A new token is here."
  if (before?.phase === after.phase) return undefined
  switch (after.phase) {
    case "Refreshing":
      return "Spotify is asked for a new token."
    case "Retrying":
      return "Spotify did not give a new token."
    case "Valid":
      return before?.phase === "Retrying" || before?.phase === "Refreshing"
        ? "The token is good."
        : "There is a good token."
    case "Empty":
    case "SignInRequired":
    case "Misconfigured":
      return undefined
  }
}
