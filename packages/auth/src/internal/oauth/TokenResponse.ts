/**
 * What the answer of a token endpoint says (RFC 6749 §5), read member by member: one that cannot be read counts as absent,
 * and takes no other with it.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { AuthorizationServer } from "../../AuthorizationServer.ts"
import * as FormPost from "./FormPost.ts"
import * as IssuedToken from "./IssuedToken.ts"

// =============================================================================
// Verdict
// =============================================================================

export type Verdict =
  | { readonly _tag: "Success"; readonly accessToken: string }
  | { readonly _tag: "Refusal"; readonly error: string; readonly description?: string }
  | { readonly _tag: "Neither" }

const neither: Verdict = { _tag: "Neither" }

export const isSuccessful = ({ status }: FormPost.Answer): boolean => status >= 200 && status < 300

/** Decided by the status, `access_token` and `error` alone. */
export const verdictOf = (answer: FormPost.Answer): Verdict => {
  const accessToken = answer.members?.["access_token"]
  if (isSuccessful(answer) && IssuedToken.isTokenText(accessToken)) return { _tag: "Success", accessToken }
  const refusal = mayRefuse(answer) ? FormPost.errorIn(answer) : undefined
  return refusal === undefined ? neither : { _tag: "Refusal", ...refusal }
}

/** Errors come with 400 or 401 (RFC 6749 §5.2), and from some servers with 200 or 403; elsewhere they prove nothing. */
const mayRefuse = (answer: FormPost.Answer): boolean => isSuccessful(answer) || [400, 401, 403].includes(answer.status)

// =============================================================================
// Members
// =============================================================================

/**
 * How long a token lives, by a number of seconds or the text of one (RFC 6749 §5.1 says number, servers say both); none
 * for anything else, which means unknown, not eternal.
 */
export const lifetimeOf = (value: unknown): Option.Option<Duration.Duration> => {
  const seconds = typeof value === "number" && Number.isFinite(value)
    ? value
    : typeof value === "string" && value.trim() !== ""
    ? Number(value)
    : NaN
  return Number.isNaN(seconds) ? Option.none() : Option.some(Duration.seconds(seconds))
}

/** Scopes as a text or as a list of texts, without what separates them. */
export const scopesOf = (value: unknown, { scopeSeparator }: AuthorizationServer): ReadonlyArray<string> => {
  const texts: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
  return texts.filter((text) => typeof text === "string")
    .flatMap((text) => text.split(scopeSeparator || " "))
    .flatMap((text) => text.split(/\s/))
    .filter((scope) => scope !== "")
}

/** What the server calls a token that nobody could send as a bearer token. A server that does not say means `Bearer`. */
export const foreignTypeOf = (value: unknown, { bearerTokenTypes }: AuthorizationServer): string | undefined => {
  const type = typeof value === "string" ? value.trim() : ""
  return type === "" ||
      ["Bearer", ...bearerTokenTypes ?? []].some((known) => known.toLowerCase() === type.toLowerCase())
    ? undefined
    : type
}

/**
 * The refresh token that came, if it is one. A success brings one whatever else it holds. Any other answer only beside an
 * access token, as servers that refuse may repeat, or shorten, what they were sent.
 */
export const refreshTokenIn = (answer: FormPost.Answer): string | undefined => {
  const { access_token: accessToken, refresh_token: refreshToken } = answer.members ?? {}
  return IssuedToken.isRefreshTokenText(refreshToken) && (isSuccessful(answer) || IssuedToken.isTokenText(accessToken))
    ? refreshToken
    : undefined
}

/** What keeps an answer from being a success. */
export const issueOf = ({ members }: FormPost.Answer): string => {
  if (members === undefined) return "the body is not a JSON object"
  return "access_token" in members ? "access_token is not a printable ASCII string" : "access_token is missing"
}
