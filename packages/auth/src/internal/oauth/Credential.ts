/**
 * The characters of OAuth 2.0 credentials, and checks for those that cannot be right.
 *
 * **Details**
 *
 * Such credentials are never sent, because the refusal of a server would look like the end of the sign-in. Messages never
 * quote a credential.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { AuthError } from "../../AuthError.ts"
import type { Client } from "../../Client.ts"
import * as Grant from "../../Grant.ts"
import { invalidSetting } from "../settings/InvalidSetting.ts"
import * as StrayCharacters from "../text/StrayCharacters.ts"
import { isPlausibleSignInTime } from "./SignInTime.ts"

// =============================================================================
// Rules
// =============================================================================

/** A rule for the characters of a credential. */
export type Rule = (value: string) => StrayCharacters.Issue | undefined

const empty: StrayCharacters.Issue = {
  fault: "it is empty",
  remedy: "Give it its value, and check where that comes from: a variable that is not set often reads as an empty text."
}

/** The rule for client ids, client secrets, codes and refresh tokens: printable ASCII with spaces (RFC 6749 appendix A). */
export const text: Rule = (value) => value === "" ? empty : StrayCharacters.unprintable(value)

/** The rule for access tokens: printable ASCII without spaces, so that one always fits into its header (RFC 6750 §2.1). */
export const accessToken: Rule = (value) => {
  if (value === "") return empty
  if (isLabelled(value)) return labelled
  const space = StrayCharacters.space(value)
  return StrayCharacters.quotes(value)
    ?? StrayCharacters.unprintable(value)
    ?? (space === undefined ? undefined : { ...space, fault: `${space.fault}, and a bearer token has none` })
}

/** The rule for a credential that a person has copied: like `text`, but it may still begin with "Bearer". */
export const copied: Rule = (value) => isLabelled(value) ? labelled : text(value)

const isLabelled = (value: string): boolean => /^bearer\s/i.test(value)

const labelled: StrayCharacters.Issue = {
  fault: "it begins with \"Bearer\", which belongs to the header that a token is shown in",
  remedy: "Leave that word out, and the space behind it."
}

// =============================================================================
// Checks
// =============================================================================

/** Fails when a value breaks a rule. Takes any value, because programs without types pass variables that are not set. */
const demand = (setting: string, value: unknown, rule: Rule): Effect.Effect<void, AuthError> => {
  const issue = typeof value === "string" ? rule(value) : value === undefined || value === null ? empty : noText
  return issue === undefined ? Effect.void : invalidSetting(setting, StrayCharacters.sentences(issue))
}

const noText: StrayCharacters.Issue = { fault: "it is not a text", remedy: "Give it as one." }

/** Fails with the name of the setting when a secret cannot be right. */
export const check = (setting: string, secret: unknown, rule: Rule): Effect.Effect<void, AuthError> => {
  if (Redacted.isRedacted(secret)) return demand(setting, Redacted.value(secret), rule)
  return typeof secret === "string"
    ? invalidSetting(setting, "it is not redacted, and would be shown in logs. Wrap it with Redacted.make.")
    : demand(setting, secret, rule)
}

/** Checks the id and the secret of a client, and removes an empty secret (RFC 6749 §2.3.1). */
export const checkClient = Effect.fnUntraced(function*(
  client: Client
): Effect.fn.Return<Client, AuthError> {
  const { clientId, clientSecret } = client
  yield* demand("client.clientId", clientId, text)
  if (clientSecret === undefined || isEmpty(clientSecret)) return { clientId }
  yield* check("client.clientSecret", clientSecret, text)
  return { clientId, clientSecret }
})

const isEmpty = (secret: unknown): boolean => Redacted.isRedacted(secret) && Redacted.value(secret) === ""

/** Checks the credentials of a grant, and removes an implausible time of the sign-in. */
export const checkGrant = Effect.fnUntraced(function*(
  grant: Grant.Grant,
  /** The name of the option that holds the grant. */
  setting = "grant"
): Effect.fn.Return<Grant.Grant, AuthError> {
  switch (grant._tag) {
    case "AuthorizationCode": {
      yield* check(`${setting}.code`, grant.code, text)
      yield* demand(`${setting}.redirectUri`, grant.redirectUri, withoutSpaces)
      if (grant.codeVerifier !== undefined) yield* check(`${setting}.codeVerifier`, grant.codeVerifier, text)
      return grant
    }
    case "RefreshToken": {
      yield* check(`${setting}.refreshToken`, grant.refreshToken, text)
      const { authorizedAt, refreshToken } = grant
      return authorizedAt === undefined || isPlausibleSignInTime(authorizedAt, yield* DateTime.now)
        ? grant
        : Grant.RefreshToken({ refreshToken })
    }
    case "ClientCredentials":
      return grant
  }
})

const withoutSpaces: Rule = (value) => text(value) ?? StrayCharacters.space(value)
