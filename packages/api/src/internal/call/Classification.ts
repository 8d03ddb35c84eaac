/** What an answer that is no success means, by its status, its headers and the shape of its body. */
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

/** An answer's words, and who seems to have written them. */
export interface Reading {
  readonly answer: SpotifyError.ErrorResponse
  /**
   * `"spotify"`: an error in the form of the Web API, a JSON object with `error.status` or `error.message`. `"page"`: a
   * page for people, as proxies and firewalls send it in Spotify's place. `"other"`: a text, nothing, or other JSON.
   */
  readonly form: "spotify" | "page" | "other"
}

// =============================================================================
// Reading
// =============================================================================

/** No refusal is longer: of one that is, this much is looked at. */
const longest = 64 * 1024

/**
 * Whatever the server has sent, in time that grows with its length and no faster. A server may echo what it was sent: the
 * token does not survive, nor do control characters, nor a flood.
 */
export const read = (status: number, text: string, token: AccessToken): Reading => {
  const body = withoutSecret(text, Redacted.value(token.value))
  const { code, form, said } = understand(body)
  return {
    form,
    answer: {
      status,
      body: cut(body, 1000),
      ...(said !== undefined && said !== "" && { text: cut(said, 200) }),
      ...(code !== undefined && { code: cut(code, 100) })
    }
  }
}

const withoutSecret = (text: string, secret: string): string => {
  const cleaned = text.slice(0, longest).replaceAll(secret, "<redacted>")
  // What is cut off may begin with the half of one that is left.
  return text.length > longest ? cleaned.slice(0, Math.max(0, cleaned.length - secret.length)) : cleaned
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
  // What begins as JSON and is none says nothing worth quoting.
  return { form: "other", said: /^\s*[{[]/.test(body) ? undefined : body }
}

/** Each member counts by itself: all have been seen missing, and none may hide another. */
const understandJson = (json: object): Understood => {
  const error = memberOf(json, "error")
  if (typeof error === "string") {
    // As the Accounts service has them (RFC 6749 §5.2), where `error` is a code.
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
  /** Below which all requests go. */
  readonly apiUrl: string
}

export const classify = (facts: Facts): SpotifyError.SpotifyErrorReason => {
  const { answer, form, headers, now } = facts
  const { status } = answer
  switch (status) {
    case 401:
      // A page does not speak of the token, unless a challenge does: no new one is asked for because of it.
      if (form === "page" && !isChallenged(headers)) return page(status)
      return isPermissionMissing(facts) || (!isChallenged(headers) && missingScopes(facts).length > 0)
        ? forbidden("InsufficientScope", facts)
        : new SpotifyError.Unauthorized()
    case 403:
      return forbidden(kindOf(facts), facts)
    case 404:
      // Nor does it speak of what was asked for.
      return form === "page"
        ? page(status)
        : new SpotifyError.NotFound(isOffBase(facts) ? { apiUrl: facts.apiUrl } : {})
    case 408:
    case 421:
    case 425:
      return unavailable(facts)
    case 429: {
      // Whoever says so, a gateway in between included: all calls of the app go through it.
      const retryAfter = retryAfterOf(headers, now)
      const times = retryAfter === undefined ? {} : { retryAfter, endsAt: DateTime.addDuration(now, retryAfter) }
      return answer.code === "QUOTA_EXCEEDED"
        ? new SpotifyError.QuotaExceeded(times)
        : new SpotifyError.RateLimited(times)
    }
  }
  if (status >= 500) return unavailable(facts)
  if (status >= 400) return new SpotifyError.BadRequest({ status })
  return new SpotifyError.UnexpectedResponse({
    path: "",
    // A browser shows a redirect it does not follow as status 0.
    detail: status === 0 || (status >= 300 && status < 400 && status !== 304)
      ? "a redirect, which is not followed: the access token is for this server alone"
      : `status ${status}`
  })
}

const unavailable = ({ answer: { status }, headers, now }: Facts): SpotifyError.ServiceUnavailable => {
  const retryAfter = retryAfterOf(headers, now)
  return new SpotifyError.ServiceUnavailable({ status, ...(retryAfter !== undefined && { retryAfter }) })
}

const page = (status: number): SpotifyError.UnexpectedResponse =>
  new SpotifyError.UnexpectedResponse({ path: "", detail: `status ${status}`, isPage: true })

/** How long Spotify asks to be left alone. A pause of no length is no answer to that. */
const retryAfterOf = (headers: Headers.Headers, now: DateTime.Utc): Duration.Duration | undefined => {
  const delay = RetryAfter.delay(headers, now.epochMilliseconds)
  return delay === undefined || Duration.isZero(delay) ? undefined : delay
}

/** Spotify's 404 for a path that it does not route, below another base than its own. */
const isOffBase = ({ answer, apiUrl, form }: Facts): boolean =>
  form === "spotify" && apiUrl !== ApiUrl.spotify && answer.text?.toLowerCase() === "service not found"

// =============================================================================
// Refusal
// =============================================================================

/** The error code of the challenge (RFC 6750 §3.1), such as `invalid_token`. */
const challengeOf = (headers: Headers.Headers): string | undefined =>
  /\berror="?([a-z_]+)/i.exec(challengesOf(headers))?.[1]?.toLowerCase()

const isChallenged = (headers: Headers.Headers): boolean => /\bbearer\b/i.test(challengesOf(headers))

const challengesOf = (headers: Headers.Headers): string => (headers["www-authenticate"] ?? "").slice(0, 4096)

/** The player refuses a token without its scopes with a 401 that no newer token cures. */
const isPermissionMissing = ({ answer, headers }: Facts): boolean => {
  const challenge = challengeOf(headers)
  return challenge === "insufficient_scope"
    || (challenge === undefined && (answer.text?.toLowerCase().includes("permissions missing") ?? false))
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

/** The groups of scopes that a token lacks, of a token that tells its scopes. */
const missingScopes = ({ operation, token }: Facts): ReadonlyArray<ReadonlyArray<string>> =>
  token.scopes.length === 0
    ? []
    : operation.scopes.filter((group) => !group.some((scope) => token.scopes.includes(scope)))

const kindOf = (facts: Facts): SpotifyError.Forbidden["kind"] => {
  const { answer, form, headers, operation } = facts
  if (answer.code === "PREMIUM_REQUIRED") return "PremiumRequired"
  if (challengeOf(headers) === "insufficient_scope") return "InsufficientScope"
  // A token that tells its scopes and lacks needed ones explains a 403 by itself.
  if (missingScopes(facts).length > 0) return "InsufficientScope"
  const text = answer.text?.toLowerCase() ?? ""
  if (text.includes("scope")) return "InsufficientScope"
  if (text.includes("premium")) return "PremiumRequired"
  if (text.includes("registered") || text.includes("not approved for app")) return "NotRegistered"
  // Whatever else comes in its place says nothing of the app.
  return operation.servedTo !== "everyone" && form === "spotify" ? "NotInQuotaMode" : "Other"
}
