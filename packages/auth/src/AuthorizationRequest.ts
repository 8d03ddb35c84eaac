/**
 * A sign-in in the person's browser: the URL to open, and the check of the callback.
 *
 * **When to use**
 *
 * Use in a web application, or where a person pastes the callback. A program on the person's own machine uses
 * `LoopbackSignIn`, which does all of it.
 *
 * **Details**
 *
 * Implements the authorization code grant with PKCE (RFC 6749 §4.1, RFC 7636) and the check of the issuer (RFC 9207).
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1
 */
import * as Clock from "effect/Clock"
import type * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as AuthError from "./AuthError.ts"
import type { AuthorizationServer } from "./AuthorizationServer.ts"
import type { Client } from "./Client.ts"
import * as Clocks from "./Clocks.ts"
import * as Grant from "./Grant.ts"
import * as SecureUrl from "./internal/http/SecureUrl.ts"
import * as AuthorizationResponse from "./internal/oauth/AuthorizationResponse.ts"
import * as CallbackParameters from "./internal/oauth/CallbackParameters.ts"
import * as Credential from "./internal/oauth/Credential.ts"
import * as RedirectUri from "./internal/oauth/RedirectUri.ts"
import { invalidSetting } from "./internal/settings/InvalidSetting.ts"
import * as Pkce from "./Pkce.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * A sign-in that has begun and waits for its callback.
 *
 * **Gotchas**
 *
 * Keep it until the callback arrives: it holds the state and the PKCE verifier of this sign-in.
 *
 * @category models
 * @since 0.1.0
 */
export interface AuthorizationRequest {
  /** The URL to open in the person's browser. Its only secret is `state`, which is worthless once the callback is used. */
  readonly url: URL
  /** The redirect URI, exactly as it was given. */
  readonly redirectUri: string
  /**
   * Checks a callback and returns the grant to exchange, for `TokenService.authorize`.
   *
   * **Details**
   *
   * Takes a URL, or a text that a person has copied: the whole address or its parameters alone, with whatever a mail, a
   * terminal or the source of a page has put around them.
   *
   * Fails with `StateMismatch` when the callback belongs to another sign-in, comes from another issuer, names no issuer
   * although the server always does, comes too late, or comes a second time. Fails with `AuthorizationDenied` when the
   * person or the server denied the sign-in.
   *
   * **Gotchas**
   *
   * A callback of another sign-in leaves this one as it was: its own callback may still come.
   */
  readonly handleCallback: (url: URL | string) => Effect.Effect<Grant.Grant, AuthError.AuthError>
}

/**
 * The options of a sign-in.
 *
 * **Details**
 *
 * The type parameter takes a provider's own type of scopes, such as `Scope` of `@app/api`, so that a misspelt scope is a
 * type error.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<Scope extends string = string> {
  readonly server: AuthorizationServer
  readonly client: Client
  /**
   * The URI that the server sends the person back to, exactly as registered.
   *
   * **Details**
   *
   * https, http on a loopback IP literal, or a scheme of the app's own, such as `com.example.app:/callback`
   * (RFC 8252 §7.1). It is sent letter for letter. White space, a fragment (RFC 6749 §3.1.2) and the name `localhost` are
   * refused.
   */
  readonly redirectUri: string
  /** The scopes to ask for. Default: none. */
  readonly scopes?: ReadonlyArray<Scope> | undefined
  /** Shows the consent screen to people who have agreed before, too; sent as `show_dialog`. Default: `false`. */
  readonly showDialog?: boolean | undefined
  /** The time for the callback; one that comes later is refused. Default: 10 minutes. */
  readonly lifetime?: Duration.Input | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * Begins a sign-in.
 *
 * **Details**
 *
 * Makes a `state` and a PKCE verifier of 256 random bits each. Fails with `InvalidConfiguration`, which names the option, when the redirect
 * URI, the authorization endpoint or the client cannot be used.
 *
 * **Example** (Signing in and taking the callback by hand)
 *
 * ```ts
 * import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
 * import * as AuthorizationServer from "@app/auth/AuthorizationServer"
 * import * as Providers from "@app/auth/Providers"
 * import * as Effect from "effect/Effect"
 *
 * const signIn = Effect.gen(function*() {
 *   const request = yield* AuthorizationRequest.make({
 *     server: Providers.spotify,
 *     client: { clientId: "your client id" },
 *     redirectUri: "http://127.0.0.1:8888/callback",
 *     scopes: ["user-read-private"]
 *   })
 *   yield* Effect.log(`Open ${request.url}`)
 *   return yield* request.handleCallback("http://127.0.0.1:8888/callback?code=…&state=…")
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*<Scope extends string = string>(
  options: Options<Scope>
): Effect.fn.Return<AuthorizationRequest, AuthError.AuthError, SecureRandom.SecureRandom | Digest.Digest> {
  const { client, redirectUri, server } = options
  yield* Credential.checkClient(client)
  yield* usable("redirectUri", RedirectUri.parse(redirectUri))
  if (server.authorizationEndpoint === undefined) {
    return yield* invalidSetting("authorizationEndpoint", `${server.issuer} has none, so nobody can sign in there.`)
  }
  const url = yield* usable("authorizationEndpoint", SecureUrl.parse(server.authorizationEndpoint))
  const random = yield* SecureRandom.SecureRandom
  const state = Base64Url.encode(yield* random.randomBytes(32))
  const pkce = yield* Pkce.make

  url.searchParams.set("client_id", client.clientId)
  url.searchParams.set("response_type", "code")
  url.searchParams.set("redirect_uri", redirectUri)
  url.searchParams.set("state", state)
  url.searchParams.set("code_challenge_method", "S256")
  url.searchParams.set("code_challenge", pkce.codeChallenge)
  if (options.scopes !== undefined && options.scopes.length > 0) {
    url.searchParams.set("scope", options.scopes.join(" "))
  }
  if (options.showDialog === true) url.searchParams.set("show_dialog", "true")

  const lifetime = Duration.fromInputUnsafe(options.lifetime ?? "10 minutes")
  const clock = yield* Clock.Clock
  const begun = Clocks.now(clock)
  let isUsed = false
  return {
    url,
    redirectUri,
    handleCallback: (callback) =>
      Effect.suspend(() => {
        const age = Clocks.elapsed(begun, Clocks.now(clock))
        const code = AuthorizationResponse.validate(CallbackParameters.read(callback), {
          server,
          state,
          lifetime,
          age,
          isUsed
        })
        if (Result.isFailure(code)) {
          isUsed ||= code.failure._tag === "AuthorizationDenied"
          return Effect.fail(new AuthError.AuthError({ reason: code.failure }))
        }
        isUsed = true
        return Effect.succeed(Grant.AuthorizationCode({
          code: Redacted.make(code.success, { label: "code" }),
          redirectUri,
          codeVerifier: pkce.codeVerifier
        }))
      })
  }
})

const usable = (setting: string, url: Result.Result<URL, string>): Effect.Effect<URL, AuthError.AuthError> =>
  Result.isSuccess(url) ? Effect.succeed(url.success) : invalidSetting(setting, url.failure)
