/**
 * Spotify's Accounts service: `GET /authorize` and `POST /api/token`.
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
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { RegisteredClient } from "../../Settings.ts"
import { CurrentSettings } from "../CurrentSettings.ts"
import { consentPolicy } from "../server/SecurityHeaders.ts"
import * as ConsentPage from "./ConsentPage.ts"
import * as RedirectUri from "./RedirectUri.ts"
import { TokenLedger, TokenRefusal } from "./TokenLedger.ts"
import type { Caller, Issued } from "./TokenLedger.ts"

/**
 * What the person does on the consent page.
 *
 * @category models
 * @since 0.1.0
 */
export interface Decision {
  readonly answer: "agree" | "cancel"
  /** Who does it, by id. Absent: the first of the settings' people. */
  readonly person?: string | undefined
}

/**
 * The Accounts service, one function a request.
 *
 * @category services
 * @since 0.1.0
 */
export class AccountsService extends Context.Service<AccountsService, {
  /** `decision` is what the person already said; absent, the settings decide whether to ask. */
  readonly authorize: (
    query: URLSearchParams,
    decision: Decision | undefined
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse>
  /** `form` is empty when the body was not form-urlencoded. */
  readonly token: (
    form: URLSearchParams,
    authorization: string | undefined
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse>
}>()("@app/sandbox/AccountsService") {
  /** On the ledger and the settings in force. */
  static readonly layer = Layer.effect(
    AccountsService,
    Effect.gen(function*() {
      const settings = yield* CurrentSettings
      const ledger = yield* TokenLedger

      const authorize = Effect.fnUntraced(function*(query: URLSearchParams, decision: Decision | undefined) {
        const { autoApprove, clients, people } = yield* settings.get
        const client = clients.find(({ clientId }) => clientId === query.get("client_id"))
        if (client === undefined) return refuse("INVALID_CLIENT: Invalid client")
        const redirectUri = query.get("redirect_uri")
        const complaint = RedirectUri.complaint(redirectUri, client.redirectUris)
        if (complaint !== undefined || redirectUri === null) {
          return refuse(complaint ?? "INVALID_CLIENT: Invalid redirect URI")
        }
        const back = (parameters: Record<string, string>) => {
          const url = new URL(redirectUri)
          const state = query.get("state")
          const all = state === null ? parameters : { ...parameters, state }
          for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value)
          return HttpServerResponse.redirect(url.href, { headers: { "cache-control": "no-store" } })
        }
        // RFC 6749 §4.1.2.1: with a good client and redirect URI, every other mistake goes back to the app.
        if (query.get("response_type") !== "code") return back({ error: "unsupported_response_type" })
        const challenge = query.get("code_challenge")
        const method = query.get("code_challenge_method")
        // RFC 7636 §4.4.1; a challenge of S256 is always 43 characters long (§4.2).
        if (
          (challenge !== null || method !== null) &&
          (method !== "S256" || challenge === null || !/^[A-Za-z0-9_-]{43}$/.test(challenge))
        ) {
          return back({ error: "invalid_request" })
        }
        const scope = (query.get("scope") ?? "").split(/\s+/).filter((name) => name !== "").join(" ")
        const decided = decision ?? (autoApprove ? { answer: "agree" as const } : undefined)
        if (decided === undefined) {
          return HttpServerResponse.text(
            ConsentPage.consent({ clientId: client.clientId, people, redirectUri, scope }),
            { ...html, headers: { ...html.headers, "content-security-policy": consentPolicy } }
          )
        }
        if (decided.answer === "cancel") return back({ error: "access_denied" })
        const person = decided.person === undefined ? people[0] : people.find(({ id }) => id === decided.person)
        if (person === undefined) return refuse("There is nobody of that name here")
        const code = yield* ledger.issueCode({
          clientId: client.clientId,
          person: person.id,
          redirectUri,
          scope,
          challenge: challenge ?? undefined
        })
        return back({ code })
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
  )
}

/** RFC 6749 §5.1: nobody may keep a token answer. */
const noStore = { "cache-control": "no-store", "pragma": "no-cache" }

const html = { contentType: "text/html; charset=utf-8", headers: { "cache-control": "no-store" } }

const refuse = (reason: string) => HttpServerResponse.text(ConsentPage.refusal(reason), { ...html, status: 400 })

const tokenBody = (issued: Issued) => ({
  access_token: issued.accessToken,
  token_type: "Bearer",
  expires_in: issued.expiresIn,
  ...(issued.refreshToken === undefined ? {} : { refresh_token: issued.refreshToken }),
  ...(issued.scope === undefined ? {} : { scope: issued.scope })
})

/** RFC 6749 §5.2 gives the code; Spotify's text for a missing parameter is not recorded anywhere. */
const required = (form: URLSearchParams, name: string): Effect.Effect<string, TokenRefusal> => {
  const value = form.get(name)
  return value === null || value === ""
    ? Effect.fail(new TokenRefusal({ error: "invalid_request", description: `${name} must be supplied` }))
    : Effect.succeed(value)
}

/** Who asks: id and secret by HTTP Basic or in the form, or the id alone (RFC 6749 §2.3.1). */
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
  if (given.secret === null) return Effect.succeed({ clientId: client.clientId, proved: false })
  return client.clientSecret !== undefined && Redacted.value(client.clientSecret) === given.secret
    ? Effect.succeed({ clientId: client.clientId, proved: true })
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
