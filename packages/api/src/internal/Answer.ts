/** What an answer that is no success means, by its status, its headers and the shape of its body. */
import type { AccessToken } from "@app/auth/AccessToken"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Headers from "effect/http/Headers"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SpotifyError from "../SpotifyError.ts"
import type { Operation } from "./Operation.ts"

// =============================================================================
// Body
// =============================================================================

/** Every part of it has been seen missing. */
const ErrorBody = Schema.fromJsonString(Schema.Struct({
  error: Schema.Struct({
    message: Schema.optionalKey(Schema.NullOr(Schema.String)),
    reason: Schema.optionalKey(Schema.NullOr(Schema.String))
  })
}))

const decodeErrorBody = Schema.decodeUnknownOption(ErrorBody)

/** A page for people, as gateways send it, says nothing worth quoting. */
const isPage = (body: string): boolean => body.trimStart().startsWith("<")

const cut = (text: string, length: number): string =>
  Array.from(text.slice(0, length * 2).replace(/\p{Cc}+/gu, " ")).slice(0, length).join("")

/** A server may echo what it was sent: the token does not survive, nor do control characters, nor a flood. */
export const describe = (status: number, text: string, token: AccessToken): SpotifyError.Answer => {
  const body = text.replaceAll(Redacted.value(token.value), "<redacted>")
  const error = Option.getOrUndefined(decodeErrorBody(body))?.error
  const said = error === undefined
    ? (isPage(body) || body.trimStart().startsWith("{") ? "" : body)
    : error.message ?? ""
  return {
    status,
    body: cut(body, 1000),
    ...(said !== "" && { text: cut(said, 200) }),
    ...(error?.reason !== undefined && error.reason !== null && { code: cut(error.reason, 100) })
  }
}

// =============================================================================
// Classification
// =============================================================================

export interface Facts {
  readonly answer: SpotifyError.Answer
  readonly headers: Headers.Headers
  readonly operation: Operation
  readonly token: AccessToken
  readonly now: DateTime.Utc
}

export const classify = (facts: Facts): SpotifyError.SpotifyErrorReason => {
  const { answer, headers, now } = facts
  const { status } = answer
  switch (status) {
    case 401:
      return isPermissionMissing(facts) ? forbidden("InsufficientScope", facts) : new SpotifyError.Unauthorized()
    case 403:
      return forbidden(kindOf(facts), facts)
    case 404:
      return new SpotifyError.NotFound()
    case 429: {
      const retryAfter = retryAfterOf(headers, now)
      const times = retryAfter === undefined ? {} : { retryAfter, endsAt: DateTime.addDuration(now, retryAfter) }
      return answer.code === "QUOTA_EXCEEDED"
        ? new SpotifyError.QuotaExceeded(times)
        : new SpotifyError.RateLimited(times)
    }
  }
  if (status >= 500) {
    const retryAfter = retryAfterOf(headers, now)
    return new SpotifyError.ServiceUnavailable({ status, ...(retryAfter !== undefined && { retryAfter }) })
  }
  if (status >= 400) return new SpotifyError.BadRequest({ status })
  return new SpotifyError.UnexpectedAnswer({
    path: "",
    // A browser shows a redirect it does not follow as status 0.
    detail: status === 0 || (status >= 300 && status < 400 && status !== 304)
      ? "a redirect, which is not followed: the access token is for this server alone"
      : `status ${status}`
  })
}

/** Spotify cannot mean more: a century stays clear of every limit of dates and timers. */
const longestPause = 100 * 365 * 24 * 60 * 60 * 1000

/** How long Spotify asks to be left alone. A pause of no length is no answer to that. */
const retryAfterOf = (headers: Headers.Headers, now: DateTime.Utc): Duration.Duration | undefined => {
  const value = headers["retry-after"]
  const parsed = value === undefined ? undefined : Headers.parseRetryAfter(value)
  if (parsed === undefined || Result.isFailure(parsed)) return undefined
  const delay = Headers.retryAfterDelay(parsed.success, now.epochMilliseconds)
  return Duration.isZero(delay) ? undefined : Duration.min(delay, Duration.millis(longestPause))
}

// =============================================================================
// Refusal
// =============================================================================

/** The error code of the challenge (RFC 6750 §3.1), such as `invalid_token`. */
const challengeOf = (headers: Headers.Headers): string | undefined =>
  /\berror="?([a-z_]+)/i.exec(headers["www-authenticate"] ?? "")?.[1]?.toLowerCase()

/** The player refuses a token without its scopes with a 401 that no newer token cures. */
const isPermissionMissing = ({ answer, headers }: Facts): boolean => {
  const challenge = challengeOf(headers)
  return challenge === "insufficient_scope"
    || (challenge === undefined && (answer.text?.toLowerCase().includes("permissions missing") ?? false))
}

const forbidden = (kind: SpotifyError.Forbidden["kind"], { operation }: Facts): SpotifyError.Forbidden =>
  new SpotifyError.Forbidden({
    kind,
    scopes: operation.scopes,
    ...(kind === "NotInQuotaMode" && operation.instead !== undefined && { instead: operation.instead })
  })

const kindOf = ({ answer, headers, operation, token }: Facts): SpotifyError.Forbidden["kind"] => {
  if (answer.code === "PREMIUM_REQUIRED") return "PremiumRequired"
  if (challengeOf(headers) === "insufficient_scope") return "InsufficientScope"
  // A token that tells its scopes and has none of those needed explains a 403 by itself.
  if (
    operation.scopes.length > 0 && token.scopes.length > 0
    && !operation.scopes.some((scope) => token.scopes.includes(scope))
  ) return "InsufficientScope"
  const text = answer.text?.toLowerCase() ?? ""
  if (text.includes("scope")) return "InsufficientScope"
  if (text.includes("premium")) return "PremiumRequired"
  if (text.includes("registered") || text.includes("not approved for app")) return "NotRegistered"
  return operation.servedTo === "everyone" ? "Other" : "NotInQuotaMode"
}
