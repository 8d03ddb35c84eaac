/**
 * Spotify's Accounts service, with `GET /authorize` and `POST /api/token`.
 *
 * @see https://developer.spotify.com/documentation/web-api/tutorials/code-flow
 * @see https://developer.spotify.com/documentation/web-api/tutorials/code-pkce-flow
 * @see https://developer.spotify.com/documentation/web-api/tutorials/client-credentials-flow
 * @see https://developer.spotify.com/documentation/web-api/tutorials/refreshing-tokens
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { RegisteredClient } from "../../Settings.ts"
import { CurrentSettings } from "../CurrentSettings.ts"
import { consentPolicy } from "../SecurityHeaders.ts"
import { type Caller, TokenRefusal, type TokenResponse } from "./Authorization.ts"
import * as ConsentPage from "./ConsentPage.ts"
import * as RedirectUri from "./RedirectUri.ts"
import { TokenLedger } from "./TokenLedger.ts"

// =============================================================================
// Model
// =============================================================================

/** The decision of a person on the consent page. */
export interface Decision {
  readonly choice: "agree" | "cancel"
  /** Id of the person; absent for the first of the settings' people. */
  readonly person?: string | undefined
}

// =============================================================================
// Service
// =============================================================================

/** The Accounts service, with one function for each route. */
export class AccountsService extends Context.Service<AccountsService, {
  /** Responds to `/authorize`; without `decision`, the settings decide whether to ask the person. */
  readonly authorize: (
    query: URLSearchParams,
    decision: Decision | undefined
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse>
  /** Responds to `/api/token`; `form` is empty when the body is not form-urlencoded. */
  readonly token: (
    form: URLSearchParams,
    authorization: string | undefined
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse>
}>()("@app/sandbox/AccountsService") {}

// =============================================================================
// Token requests
// =============================================================================

// RFC 6749 §5.1: token responses must not be stored.
const noStore = { "cache-control": "no-store", "pragma": "no-cache" }

const tokenBody = ({ accessToken, expiresIn, refreshToken, scope }: TokenResponse) => ({
  access_token: accessToken,
  token_type: "Bearer",
  expires_in: expiresIn,
  ...(refreshToken !== undefined && { refresh_token: refreshToken }),
  ...(scope !== undefined && { scope })
})

// The error code is RFC 6749's (§5.2). Spotify's text for a missing parameter is not recorded anywhere.
const required = (form: URLSearchParams, name: string): Effect.Effect<string, TokenRefusal> => {
  const value = form.get(name)
  return value === null || value === ""
    ? Effect.fail(new TokenRefusal({ error: "invalid_request", description: `${name} must be supplied` }))
    : Effect.succeed(value)
}

/** Identifies the client by id and secret in HTTP Basic or in the form, or by the id alone (RFC 6749 §2.3.1). */
const identify = (
  clients: ReadonlyArray<RegisteredClient>,
  form: URLSearchParams,
  authorization: string | undefined
): Effect.Effect<Caller, TokenRefusal> => {
  const given = authorization === undefined
    ? { id: form.get("client_id"), secret: form.get("client_secret") }
    : basic(authorization)
  if (given.id === null || given.id === "") return Effect.fail(new TokenRefusal({ error: "invalid_client" }))
  const client = clients.find(({ clientId }) => clientId === given.id)
  if (client === undefined) {
    return Effect.fail(new TokenRefusal({ error: "invalid_client", description: "Invalid client" }))
  }
  if (given.secret === null) return Effect.succeed({ clientId: client.clientId, isAuthenticated: false })
  return client.clientSecret !== undefined && Redacted.value(client.clientSecret) === given.secret
    ? Effect.succeed({ clientId: client.clientId, isAuthenticated: true })
    : Effect.fail(new TokenRefusal({ error: "invalid_client", description: "Invalid client secret" }))
}

const basic = (authorization: string): { readonly id: string | null; readonly secret: string | null } => {
  const encoded = /^Basic +(\S+)$/i.exec(authorization)?.[1]
  const pair = encoded === undefined ? Result.fail(undefined) : Base64.decodeString(encoded)
  if (Result.isFailure(pair)) return { id: null, secret: null }
  const colon = pair.success.indexOf(":")
  return colon === -1
    ? { id: pair.success, secret: null }
    : { id: pair.success.slice(0, colon), secret: pair.success.slice(colon + 1) }
}

// =============================================================================
// Pages
// =============================================================================

const html = { contentType: "text/html; charset=utf-8", headers: { "cache-control": "no-store" } }

const refuse = (refusal: Parameters<typeof ConsentPage.refusal>[0]) =>
  HttpServerResponse.text(ConsentPage.refusal(refusal), { ...html, status: 400 })

// =============================================================================
// Constructor
// =============================================================================

const make = Effect.gen(function*() {
  const settings = yield* CurrentSettings
  const ledger = yield* TokenLedger

  const authorize = Effect.fnUntraced(function*(query: URLSearchParams, decision: Decision | undefined) {
    const { autoApprove, clients, people } = yield* settings.get
    const clientId = query.get("client_id")
    const client = clients.find((each) => each.clientId === clientId)
    if (client === undefined) return refuse(ConsentPage.unknownClient(clientId, clients))
    const redirectUri = query.get("redirect_uri")
    const problem = RedirectUri.problemWith(redirectUri, client.redirectUris)
    if (problem !== undefined || redirectUri === null) {
      return refuse(ConsentPage.wrongRedirectUri(problem ?? RedirectUri.invalid, redirectUri, client))
    }
    const redirectBack = (parameters: Record<string, string>) => {
      const url = new URL(redirectUri)
      const state = query.get("state")
      const all = state === null ? parameters : { ...parameters, state }
      for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value)
      return HttpServerResponse.redirect(url.href, { headers: { "cache-control": "no-store" } })
    }
    // RFC 6749 §4.1.2.1: with a valid client and redirect URI, the app learns of every other mistake.
    if (query.get("response_type") !== "code") return redirectBack({ error: "unsupported_response_type" })
    const challenge = query.get("code_challenge")
    const method = query.get("code_challenge_method")
    // RFC 7636 §4.4.1; a challenge of S256 is always 43 characters long (§4.2).
    if (
      (challenge !== null || method !== null) &&
      (method !== "S256" || challenge === null || !/^[A-Za-z0-9_-]{43}$/.test(challenge))
    ) {
      return redirectBack({ error: "invalid_request" })
    }
    const scope = (query.get("scope") ?? "").split(/\s+/).filter((name) => name !== "").join(" ")
    const decided = decision ?? (autoApprove ? { choice: "agree" as const } : undefined)
    if (decided === undefined) {
      return HttpServerResponse.text(
        ConsentPage.consent({ client, people, redirectUri, scope }),
        { ...html, headers: { ...html.headers, "content-security-policy": consentPolicy } }
      )
    }
    if (decided.choice === "cancel") return redirectBack({ error: "access_denied" })
    const person = yield* Effect.option(settings.findPerson(decided.person))
    if (Option.isNone(person)) return refuse(ConsentPage.unknownPerson(people))
    const code = yield* ledger.issueCode({
      clientId: client.clientId,
      person: person.value.id,
      redirectUri,
      scope,
      challenge: challenge ?? undefined
    })
    return redirectBack({ code })
  })

  const issue = Effect.fnUntraced(function*(form: URLSearchParams, authorization: string | undefined) {
    const grantType = form.get("grant_type")
    if (grantType === null || grantType === "") {
      return yield* new TokenRefusal({
        error: "unsupported_grant_type",
        description: "grant_type parameter is missing"
      })
    }
    const caller = yield* identify((yield* settings.get).clients, form, authorization)
    switch (grantType) {
      case "authorization_code":
        return yield* ledger.exchangeCode(caller, {
          code: yield* required(form, "code"),
          redirectUri: yield* required(form, "redirect_uri"),
          verifier: form.get("code_verifier") ?? undefined
        })
      case "refresh_token":
        return yield* ledger.refresh(caller, yield* required(form, "refresh_token"))
      case "client_credentials":
        return yield* ledger.clientCredentials(caller)
      default:
        // The code is RFC 6749's; Spotify's text for it is not recorded anywhere.
        return yield* new TokenRefusal({ error: "unsupported_grant_type" })
    }
  })

  return AccountsService.of({
    authorize,
    token: (form, authorization) =>
      Effect.match(issue(form, authorization), {
        onFailure: ({ description, error }) =>
          HttpServerResponse.jsonUnsafe(
            description === undefined ? { error } : { error, error_description: description },
            { status: 400, headers: noStore }
          ),
        onSuccess: (issued) => HttpServerResponse.jsonUnsafe(tokenBody(issued), { headers: noStore })
      })
  })
})

// =============================================================================
// Layers
// =============================================================================

/** Layer that uses the ledger and the settings in force. */
export const layer: Layer.Layer<AccountsService, never, CurrentSettings | TokenLedger> = Layer.effect(
  AccountsService,
  make
)
