/**
 * The members of a token response (RFC 6749 §5), read one by one.
 *
 * **Details**
 *
 * A member that cannot be read counts as absent and does not affect the others.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { AuthorizationServer } from "../../AuthorizationServer.ts"
import * as EndpointResponse from "./EndpointResponse.ts"
import * as IssuedToken from "./IssuedToken.ts"

// =============================================================================
// Classification
// =============================================================================

export type Classification =
  | { readonly _tag: "Success"; readonly accessToken: string }
  | { readonly _tag: "Refusal"; readonly error: string; readonly description?: string }
  | { readonly _tag: "Neither" }

const neither: Classification = { _tag: "Neither" }

export const isSuccessful = ({ status }: EndpointResponse.EndpointResponse): boolean => status >= 200 && status < 300

/** Classifies a response by its status, `access_token` and `error` alone. */
export const classify = (response: EndpointResponse.EndpointResponse): Classification => {
  const accessToken = response.members?.["access_token"]
  if (isSuccessful(response) && IssuedToken.isTokenText(accessToken)) return { _tag: "Success", accessToken }
  const refusal = mayRefuse(response) ? EndpointResponse.errorIn(response) : undefined
  return refusal === undefined ? neither : { _tag: "Refusal", ...refusal }
}

/**
 * Reports whether a status may carry an error of RFC 6749 §5.2: 400 and 401 by the RFC, 200 and 403 at some servers. With
 * any other status an `error` proves nothing.
 */
const mayRefuse = (response: EndpointResponse.EndpointResponse): boolean =>
  isSuccessful(response) || [400, 401, 403].includes(response.status)

// =============================================================================
// Members
// =============================================================================

/**
 * Reads a lifetime: a number of seconds (RFC 6749 §5.1), or the text of one, as some servers send it. None means that the
 * lifetime is unknown, not that it is endless.
 */
export const lifetimeOf = (value: unknown): Option.Option<Duration.Duration> => {
  const seconds = typeof value === "number" && Number.isFinite(value)
    ? value
    : typeof value === "string" && value.trim() !== ""
    ? Number(value)
    : NaN
  return Number.isNaN(seconds) ? Option.none() : Option.some(Duration.seconds(seconds))
}

/** Reads scopes from a text or a list of texts, without the separators. */
export const scopesOf = (value: unknown, { scopeSeparator }: AuthorizationServer): ReadonlyArray<string> => {
  const texts: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
  return texts.filter((text) => typeof text === "string")
    .flatMap((text) => text.split(scopeSeparator || " "))
    .flatMap((text) => text.split(/\s/))
    .filter((scope) => scope !== "")
}

/** Returns a `token_type` that cannot be sent as a bearer token. A missing type means `Bearer`. */
export const foreignTypeOf = (value: unknown, { bearerTokenTypes }: AuthorizationServer): string | undefined => {
  const type = typeof value === "string" ? value.trim() : ""
  return type === "" ||
      ["Bearer", ...bearerTokenTypes ?? []].some((known) => known.toLowerCase() === type.toLowerCase())
    ? undefined
    : type
}

/**
 * Returns the refresh token that a response brings. A success brings one whatever else it holds. Any other response brings
 * one only beside an access token, because servers that refuse may repeat, or shorten, what they were sent.
 */
export const refreshTokenIn = (response: EndpointResponse.EndpointResponse): string | undefined => {
  const { access_token: accessToken, refresh_token: refreshToken } = response.members ?? {}
  return IssuedToken.isRefreshTokenText(refreshToken) &&
      (isSuccessful(response) || IssuedToken.isTokenText(accessToken))
    ? refreshToken
    : undefined
}

/** Describes why a response with a status of success is not a token response. */
export const issueOf = ({ bodyIssue, members }: EndpointResponse.EndpointResponse): string => {
  if (bodyIssue !== undefined) return bodyIssue
  if (members === undefined) return "the body is not a JSON object"
  return "access_token" in members ? "access_token is not a printable ASCII string" : "access_token is missing"
}
