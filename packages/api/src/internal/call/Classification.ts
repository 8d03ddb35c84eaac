/**
 * Classifies responses that are no success.
 *
 * **Details**
 *
 * The status, the headers and the shape of the body decide; texts only where Spotify gives nothing else.
 */
import type { AccessToken } from "@app/auth/AccessToken"
import * as RetryAfter from "@app/auth/RetryAfter"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type * as Headers from "effect/http/Headers"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as SpotifyError from "../../SpotifyError.ts"
import * as ApiUrl from "../ApiUrl.ts"
import type { Operation } from "./Operation.ts"

// =============================================================================
// Model
// =============================================================================

/** The text of a response, and who seems to have written it. */
export interface Reading {
  readonly response: SpotifyError.ErrorResponse
  /**
   * The form of the body: `"spotify"` for a JSON object with `error.status` or `error.message`, as the Web API sends it;
   * `"page"` for markup, as proxies and firewalls send it in Spotify's place; `"other"` for text, nothing, or other JSON.
   */
  readonly form: "spotify" | "page" | "other"
}

// =============================================================================
// Reading
// =============================================================================

/** The number of characters that are read of a body; no error of Spotify is longer. */
const maxLength = 64 * 1024

/**
 * Reads the body of a response in linear time.
 *
 * **Details**
 *
 * A server may echo what it was sent, so the token is removed, as are control characters and excessive length.
 */
export const read = (status: number, text: string, token: AccessToken): Reading => {
  const body = withoutSecret(text, Redacted.value(token.value))
  const { code, form, said } = understand(body)
  return {
    form,
    response: {
      status,
      body: cut(body, 1000),
      ...(said !== undefined && said !== "" && { text: cut(said, 200) }),
      ...(code !== undefined && { code: cut(code, 100) })
    }
  }
}

const withoutSecret = (text: string, secret: string): string => {
  const cleaned = text.slice(0, maxLength).replaceAll(secret, "<redacted>")
  // The cut may have left the first half of a token.
  return text.length > maxLength ? cleaned.slice(0, Math.max(0, cleaned.length - secret.length)) : cleaned
}

const cut = (text: string, length: number): string =>
  Array.from(text.slice(0, length * 2).replace(/\p{Cc}+/gu, " ")).slice(0, length).join("")

// =============================================================================
// Understanding
// =============================================================================

interface Understood {
  readonly form: Reading["form"]
  readonly said?: string | undefined
  readonly code?: string | undefined
}

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

const understand = (body: string): Understood => {
  if (body.trimStart().startsWith("<")) return { form: "page" }
  const json = Option.getOrUndefined(decodeJson(body))
  if (typeof json === "string") return { form: "other", said: json }
  if (isObject(json)) return understandJson(json)
  // Broken JSON says nothing worth quoting.
  return { form: "other", said: /^\s*[{[]/.test(body) ? undefined : body }
}

/** Reads each member by itself: each has been seen missing, and none may hide another. */
const understandJson = (json: object): Understood => {
  const error = memberOf(json, "error")
  if (typeof error === "string") {
    // The form of the Accounts service (RFC 6749 §5.2), in which `error` is a code.
    return {
      form: "other",
      said: textOf(json, "error_description") ?? error,
      code: textOf(json, "reason") ?? (/^[\w.-]+$/.test(error) ? error : undefined)
    }
  }
  const errors = [...(Array.isArray(error) ? error : [error]), json].filter(isObject)
  const isSpotifys = isObject(error)
    && (typeof memberOf(error, "status") === "number" || textOf(error, "message") !== undefined)
  return {
    form: isSpotifys ? "spotify" : "other",
    said: firstOf(errors, (error) => textOf(error, "message")),
    code: firstOf(errors, (error) => textOf(error, "reason"))
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

const memberOf = (object: object, name: string): unknown =>
  Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined

const textOf = (object: object, name: string): string | undefined => {
  const member = memberOf(object, name)
  return typeof member === "string" ? member : undefined
}

const firstOf = <A, B>(all: ReadonlyArray<A>, select: (a: A) => B | undefined): B | undefined => {
  for (const a of all) {
    const selected = select(a)
    if (selected !== undefined) return selected
  }
  return undefined
}

// =============================================================================
// Classification
// =============================================================================

export interface Facts extends Reading {
  readonly headers: Headers.Headers
  readonly operation: Operation
  readonly token: AccessToken
  readonly now: DateTime.Utc
  /** The base of all requests. */
  readonly apiUrl: string
}

/** Returns the reason that a response stands for. */
export const classify = (facts: Facts): SpotifyError.SpotifyErrorReason => {
  const { form, headers, now, response } = facts
  const { status } = response
  switch (status) {
    case 401:
      // A page says nothing about the token unless a challenge does, so the token is not replaced because of it.
      if (form === "page" && !isChallenged(headers)) return page(status)
      return isPermissionMissing(facts) || (!isChallenged(headers) && missingScopes(facts).length > 0)
        ? forbidden("InsufficientScope", facts)
        : new SpotifyError.Unauthorized()
    case 403:
      return forbidden(kindOf(facts), facts)
    case 404:
      // Neither does it say anything about the resource.
      return form === "page"
        ? page(status)
        : new SpotifyError.NotFound(isOffBase(facts) ? { apiUrl: facts.apiUrl } : {})
    case 408:
    case 421:
    case 425:
      return unavailable(facts)
    case 429: {
      // A gateway in between counts as well: all calls of the app pass it.
      const retryAfter = retryAfterOf(headers, now)
      const times = retryAfter === undefined ? {} : { retryAfter, endsAt: DateTime.addDuration(now, retryAfter) }
      return response.code === "QUOTA_EXCEEDED"
        ? new SpotifyError.QuotaExceeded(times)
        : new SpotifyError.RateLimited(times)
    }
  }
  if (status >= 500) return unavailable(facts)
  if (status >= 400) return new SpotifyError.BadRequest({ status })
  return new SpotifyError.UnexpectedResponse({
    path: "",
    // A browser reports a redirect that it does not follow as status 0.
    detail: status === 0 || (status >= 300 && status < 400 && status !== 304)
      ? "a redirect, which is not followed: the access token is for this server alone"
      : `status ${status}`
  })
}

const unavailable = ({ headers, now, response: { status } }: Facts): SpotifyError.ServiceUnavailable => {
  const retryAfter = retryAfterOf(headers, now)
  return new SpotifyError.ServiceUnavailable({ status, ...(retryAfter !== undefined && { retryAfter }) })
}

const page = (status: number): SpotifyError.UnexpectedResponse =>
  new SpotifyError.UnexpectedResponse({ path: "", detail: `status ${status}`, isPage: true })

/** Returns the `Retry-After`; a delay of zero counts as none. */
const retryAfterOf = (headers: Headers.Headers, now: DateTime.Utc): Duration.Duration | undefined => {
  const delay = RetryAfter.delay(headers, now.epochMilliseconds)
  return delay === undefined || Duration.isZero(delay) ? undefined : delay
}

/** Returns whether Spotify does not route the path, which happens below another base than its own. */
const isOffBase = ({ apiUrl, form, response }: Facts): boolean =>
  form === "spotify" && apiUrl !== ApiUrl.spotify && response.text?.toLowerCase() === "service not found"

// =============================================================================
// Refusal
// =============================================================================

/** Returns the error code of the challenge (RFC 6750 §3.1), such as `invalid_token`. */
const challengeOf = (headers: Headers.Headers): string | undefined =>
  /\berror="?([a-z_]+)/i.exec(challengesOf(headers))?.[1]?.toLowerCase()

const isChallenged = (headers: Headers.Headers): boolean => /\bbearer\b/i.test(challengesOf(headers))

const challengesOf = (headers: Headers.Headers): string => (headers["www-authenticate"] ?? "").slice(0, 4096)

/** Returns whether a 401 means missing scopes, as the player's does: another token would not help. */
const isPermissionMissing = ({ headers, response }: Facts): boolean => {
  const challenge = challengeOf(headers)
  return challenge === "insufficient_scope"
    || (challenge === undefined && (response.text?.toLowerCase().includes("permissions missing") ?? false))
}

const forbidden = (kind: SpotifyError.Forbidden["kind"], facts: Facts): SpotifyError.Forbidden => {
  const { instead, scopes, servedTo } = facts.operation
  const missing = missingScopes(facts)
  const isExplained = kind === "NotInQuotaMode" || (kind === "Other" && servedTo === "everyone")
  return new SpotifyError.Forbidden({
    kind,
    scopes: (missing.length > 0 ? missing : scopes).flat(),
    ...(isExplained && instead !== undefined && { instead })
  })
}

/** Returns the groups of scopes that a token lacks; none for a token that does not list its scopes. */
const missingScopes = ({ operation, token }: Facts): ReadonlyArray<ReadonlyArray<string>> =>
  token.scopes.length === 0
    ? []
    : operation.scopes.filter((group) => !group.some((scope) => token.scopes.includes(scope)))

const kindOf = (facts: Facts): SpotifyError.Forbidden["kind"] => {
  const { form, headers, operation, response } = facts
  if (response.code === "PREMIUM_REQUIRED") return "PremiumRequired"
  if (challengeOf(headers) === "insufficient_scope") return "InsufficientScope"
  // A token that lists its scopes and lacks needed ones explains a 403 by itself.
  if (missingScopes(facts).length > 0) return "InsufficientScope"
  const text = response.text?.toLowerCase() ?? ""
  if (text.includes("scope")) return "InsufficientScope"
  if (text.includes("premium")) return "PremiumRequired"
  if (text.includes("registered") || text.includes("not approved for app")) return "NotRegistered"
  // A body that Spotify did not write says nothing about the app.
  return operation.servedTo !== "everyone" && form === "spotify" ? "NotInQuotaMode" : "Other"
}
