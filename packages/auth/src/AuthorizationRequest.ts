/**
 * A sign-in in the person's browser: the URL to open, and the check of the callback.
 *
 * **When to use**
 *
 * Use in a web application, or where a person pastes the callback. `AuthorizationRequestStore` keeps a sign-in while the
 * person is away. A program on the person's own machine uses `LoopbackSignIn`, which does all of it.
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
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Inspectable from "effect/Inspectable"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
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
 * Schema for a sign-in that has begun and waits for its callback.
 *
 * **Details**
 *
 * A request is data. Its encoded form is plain JSON with bare secrets, which another request, process or page load decodes
 * to take the sign-in up again. In memory the secrets are `Redacted` and print as `<redacted>`.
 *
 * **Gotchas**
 *
 * Keep a request where nobody but the program, or the browser that signs in, can read it: it holds the state and the PKCE
 * verifier. `AuthorizationRequestStore` keeps requests, and hands each out once; a request that is decoded twice can be
 * used twice.
 *
 * **Example** (Writing a sign-in down, and taking it up again)
 *
 * ```ts
 * import { AuthorizationRequest } from "@app/auth/AuthorizationRequest"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * const Json = Schema.fromJsonString(AuthorizationRequest)
 *
 * const writeDown = (request: AuthorizationRequest) => Schema.encodeEffect(Json)(request)
 *
 * const takeUp = (text: string, callback: URL) =>
 *   Effect.flatMap(Schema.decodeEffect(Json)(text), (request) => request.handleCallback(callback))
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class AuthorizationRequest extends Schema.Class<AuthorizationRequest>("@app/auth/AuthorizationRequest")({
  /** The issuer of the server at which the person signs in. */
  issuer: Schema.String,
  /** True when a callback must name the issuer, as in `AuthorizationServer`. */
  authorizationResponseIssParameterSupported: Schema.optionalKey(Schema.Boolean),
  /** The client that the person signs in to. */
  clientId: Schema.String,
  /** The redirect URI, exactly as it was given. */
  redirectUri: Schema.String,
  /** The scopes that are asked for. */
  scopes: Schema.Array(Schema.String),
  /** The URL to open in the person's browser, without its `state`. `url` has both. */
  authorizationUrl: Schema.String.check(Schema.makeFilter((url: string) => URL.canParse(url))),
  /** The value that tells this sign-in's callback from any other (RFC 6749 §10.12). */
  state: Schema.RedactedFromValue(Schema.String, { label: "state" }),
  /** The PKCE verifier, which is sent with the code. */
  codeVerifier: Schema.RedactedFromValue(Schema.String, { label: "code_verifier" }),
  /** The secret of the browser session that the sign-in is bound to; absent when it is bound to none. */
  session: Schema.optionalKey(Schema.RedactedFromValue(Schema.String)),
  /** The time at which the sign-in began. */
  startedAt: Schema.DateTimeUtcFromMillis,
  /** The time for the callback. */
  lifetime: Schema.DurationFromMillis
}) {
  /** The first time at which the age was asked for: another process's monotonic clock means nothing here. */
  #noted: { readonly age: number; readonly monotonic: number } | undefined
  #isUsed = false

  /**
   * Returns the URL to open in the person's browser.
   *
   * **Details**
   *
   * Its only secret is `state`, which is worthless once the callback is used.
   */
  get url(): URL {
    const url = new URL(this.authorizationUrl)
    url.searchParams.set("state", Redacted.value(this.state))
    return url
  }

  /** Inspects the fields alone: `inspect` can evaluate `url`, which has the bare state. */
  [Inspectable.NodeInspectSymbol](): unknown {
    return { ...this }
  }

  /**
   * Returns the milliseconds since the sign-in began, by the clock that says more.
   *
   * **Details**
   *
   * Both clocks count from the first call on, which `make` does. Before it, in another process, the wall clock alone does.
   */
  ageAt({ monotonic, wall }: Clocks.Instant): number {
    const age = wall - this.startedAt.epochMilliseconds
    this.#noted ??= { age, monotonic }
    return Math.max(age, this.#noted.age + monotonic - this.#noted.monotonic)
  }

  /**
   * Checks a callback and returns the grant to exchange, for `TokenService.authorize`.
   *
   * **Details**
   *
   * Takes a URL, or a text that a person has copied: the whole address or its parameters alone, with whatever a mail, a
   * terminal or the source of a page has put around them. `session` is the one that the callback comes with.
   *
   * Fails with `StateMismatch` when the callback belongs to another sign-in or comes to another session, comes from
   * another issuer, names no issuer although the server always does, comes too late, or comes a second time. Fails with
   * `AuthorizationDenied` when the person or the server denied the sign-in.
   *
   * **Gotchas**
   *
   * A callback of another sign-in leaves this one as it was: its own callback may still come.
   */
  handleCallback(
    callback: URL | string,
    options?: { readonly session?: Redacted.Redacted<string> | undefined }
  ): Effect.Effect<Grant.Grant, AuthError.AuthError> {
    return Clock.clockWith((clock) => {
      const code = AuthorizationResponse.validate(CallbackParameters.read(callback), this, {
        session: options?.session,
        age: this.ageAt(Clocks.now(clock)),
        isUsed: this.#isUsed
      })
      if (Result.isFailure(code)) {
        this.#isUsed ||= code.failure._tag === "AuthorizationDenied"
        return Effect.fail(new AuthError.AuthError({ reason: code.failure }))
      }
      this.#isUsed = true
      return Effect.succeed(Grant.AuthorizationCode({
        code: Redacted.make(code.success, { label: "code" }),
        redirectUri: this.redirectUri,
        codeVerifier: this.codeVerifier
      }))
    })
  }
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
  /** The time for the callback; one that comes later is refused. Default: 10 minutes; at most a day. */
  readonly lifetime?: Duration.Input | undefined
  /**
   * A secret of the person's browser session, such as a random value in a cookie. Default: none.
   *
   * **When to use**
   *
   * Use in a web application that keeps its sign-ins on the server. `handleCallback` then demands the same session, so that
   * nobody can sign a person in as somebody else, by sending them the callback of a sign-in that began in another browser
   * (RFC 6749 §10.12).
   */
  readonly session?: Redacted.Redacted<string> | undefined
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
 * import * as Providers from "@app/auth/Providers"
 * import * as Effect from "effect/Effect"
 *
 * const signIn = (callbackOf: (url: URL) => Effect.Effect<URL>) =>
 *   Effect.gen(function*() {
 *     const request = yield* AuthorizationRequest.make({
 *       server: Providers.spotify,
 *       client: { clientId: "your client id" },
 *       redirectUri: "http://127.0.0.1:8900/callback",
 *       scopes: ["user-read-private"]
 *     })
 *     return yield* request.handleCallback(yield* callbackOf(request.url))
 *   })
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
  if (options.session !== undefined) yield* Credential.check("session", options.session, Credential.text)
  if (server.authorizationEndpoint === undefined) {
    return yield* invalidSetting("authorizationEndpoint", `${server.issuer} has none, so nobody can sign in there.`)
  }
  const url = yield* usable("authorizationEndpoint", SecureUrl.parse(server.authorizationEndpoint))
  const random = yield* SecureRandom.SecureRandom
  const state = Redacted.make(Base64Url.encode(yield* random.randomBytes(32)), { label: "state" })
  const pkce = yield* Pkce.make

  url.searchParams.delete("state")
  url.searchParams.set("client_id", client.clientId)
  url.searchParams.set("response_type", "code")
  url.searchParams.set("redirect_uri", redirectUri)
  url.searchParams.set("code_challenge_method", "S256")
  url.searchParams.set("code_challenge", pkce.codeChallenge)
  const scopes = options.scopes ?? []
  if (scopes.length > 0) url.searchParams.set("scope", scopes.join(" "))
  if (options.showDialog === true) url.searchParams.set("show_dialog", "true")

  const now = Clocks.now(yield* Clock.Clock)
  const request = new AuthorizationRequest({
    issuer: server.issuer,
    ...(server.authorizationResponseIssParameterSupported === true
      && { authorizationResponseIssParameterSupported: true }),
    clientId: client.clientId,
    redirectUri,
    scopes,
    authorizationUrl: url.href,
    state,
    codeVerifier: pkce.codeVerifier,
    ...(options.session !== undefined && { session: options.session }),
    startedAt: DateTime.makeUnsafe(Math.floor(now.wall)),
    lifetime: Duration.clamp(Duration.fromInputUnsafe(options.lifetime ?? "10 minutes"), {
      minimum: Duration.zero,
      maximum: longestLifetime
    })
  })
  request.ageAt(now)
  return request
})

/** The longest time for a callback, so that stores do not fill with sign-ins that nobody finishes. */
const longestLifetime = Duration.days(1)

const usable = (setting: string, url: Result.Result<URL, string>): Effect.Effect<URL, AuthError.AuthError> =>
  Result.isSuccess(url) ? Effect.succeed(url.success) : invalidSetting(setting, url.failure)
