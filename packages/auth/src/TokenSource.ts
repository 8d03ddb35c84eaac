/**
 * A `TokenService` for tokens that the program gets elsewhere.
 *
 * **When to use**
 *
 * Use for tokens from a metadata service, a vault, or a file that another process refreshes.
 *
 * **Details**
 *
 * The tokens are treated as any others: refreshed ahead of their end, requested one at a time, with delays after
 * failures, and with a status.
 *
 * **Example** (Tokens from a company's own service)
 *
 * ```ts
 * import * as TokenSource from "@app/auth/TokenSource"
 * import * as Effect from "effect/Effect"
 * import * as HttpClient from "effect/http/HttpClient"
 * import * as HttpClientResponse from "effect/http/HttpClientResponse"
 * import * as Schema from "effect/Schema"
 *
 * const Answer = Schema.Struct({ token: Schema.RedactedFromValue(Schema.String), seconds: Schema.Finite })
 *
 * const Tokens = TokenSource.layer({
 *   acquire: HttpClient.get("https://tokens.example.com/mine").pipe(
 *     Effect.flatMap(HttpClientResponse.schemaBodyJson(Answer)),
 *     Effect.map(({ seconds, token }) => ({ value: token, expiresIn: seconds * 1000 }))
 *   )
 * })
 * ```
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { AccessToken } from "./AccessToken.ts"
import * as AuthError from "./AuthError.ts"
import * as Common from "./internal/lifecycle/Common.ts"
import * as Lifecycle from "./internal/lifecycle/Lifecycle.ts"
import * as SourceErrors from "./internal/lifecycle/SourceErrors.ts"
import type * as TokenRequests from "./internal/lifecycle/TokenRequests.ts"
import * as Credential from "./internal/oauth/Credential.ts"
import * as IssuedToken from "./internal/oauth/IssuedToken.ts"
import { withTelemetry } from "./internal/oauth/RequestTelemetry.ts"
import { invalidSetting } from "./internal/settings/InvalidSetting.ts"
import * as RefreshPolicy from "./RefreshPolicy.ts"
import * as TokenService from "./TokenService.ts"
import { TokenSet } from "./TokenSet.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * A token from a source.
 *
 * **Details**
 *
 * Where both `expiresAt` and `expiresIn` are given, the earlier end counts. A token without an end is refreshed every 10
 * minutes or so, as the policy says.
 *
 * @category models
 * @since 0.1.0
 */
export interface SourcedToken {
  /** The secret: printable ASCII without spaces, as every bearer token (RFC 6750 §2.1). */
  readonly value: Redacted.Redacted<string>
  /** The time at which the token ends. */
  readonly expiresAt?: DateTime.Utc | undefined
  /** The lifetime, counted from the moment when the source was asked. Plain numbers are milliseconds. */
  readonly expiresIn?: Duration.Input | undefined
  /** The scopes of the token. Default: unknown. */
  readonly scopes?: ReadonlyArray<string> | undefined
}

/**
 * Options for `make` and `layer`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<E = never, R = never> {
  /**
   * Gets a new token. It never runs twice at the same time.
   *
   * **Details**
   *
   * Errors count as transient: they become `TokenRequestFailed` with their tag, without their text, which may quote a
   * secret. An `AuthError` stays as it is, so that a source may fail with `ReauthorizationRequired`, after which it is not
   * asked again.
   */
  readonly acquire: Effect.Effect<SourcedToken, E, R>
  /** The name of the source in errors and metrics. Default: `"token source"`. */
  readonly name?: string | undefined
  /** Scopes that the program cannot do without, as in `TokenService.Options`. Default: none. */
  readonly scopes?: ReadonlyArray<string> | undefined
  /** Default: `RefreshPolicy.standard`. */
  readonly policy?: RefreshPolicy.RefreshPolicy | undefined
  /** The time limit of `acquire`, which is interrupted then. Default: 30 seconds. */
  readonly timeout?: Duration.Input | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * Creates a token service over a source that lives as long as the scope.
 *
 * **Details**
 *
 * The first token is requested at once, in the background. As there is no sign-in, `authorize` fails with
 * `InvalidConfiguration`, `retryEndedSignIn` asks the source once more, and `signOut` ends the service for good.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*<E = never, R = never>(
  options: Options<E, R>
): Effect.fn.Return<TokenService.Service, never, R | Scope.Scope> {
  const timeout = Duration.fromInputUnsafe(options.timeout ?? "30 seconds")
  const name = options.name ?? "token source"
  const context = yield* Effect.context<R>()
  // The span of the request stays the parent of what the source does, whatever span the service was made in.
  const acquire = Effect.updateContext(options.acquire, (own: Context.Context<never>) => Context.merge(context, own))

  let isSignedOut = false

  const acquired = Effect.fnUntraced(function*() {
    const issuedAt = yield* DateTime.now
    const token = yield* SourceErrors.contain(acquire, {
      name: `the ${name}`,
      timeout
    })
    return new TokenSet({ accessToken: yield* accept(token, issuedAt, name) })
  }, withTelemetry("TokenSource.acquire", { issuer: name, grant: "TokenSource" }))

  const requests = ({ beforeSending }: TokenRequests.Host): TokenRequests.TokenRequests => ({
    refresh: () => Effect.andThen(beforeSending, acquired()),
    retryEndedSignIn: () => isSignedOut ? Effect.fail(signedOut) : Effect.andThen(beforeSending, acquired()),
    storeHasChanged: Effect.succeed(false),
    find: () => Effect.undefined,
    watch: undefined,
    authorize: () => withoutSignIn,
    unsaved: () => undefined,
    save: Effect.succeed(false),
    signOut: Effect.sync(() => {
      isSignedOut = true
      return Option.none()
    })
  })

  const common = Common.make({
    policy: options.policy ?? RefreshPolicy.standard,
    scopes: options.scopes ?? [],
    areScopesVerbatim: true,
    issuer: name,
    clientId: undefined,
    signInWarning: Duration.infinity,
    refreshTokenLifetime: undefined,
    closeTimeout: timeout
  }, yield* Effect.context<never>())
  return yield* Lifecycle.scoped(() => Lifecycle.start(common, undefined, requests))
})

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that provides a token service over a source.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <E = never, R = never>(
  options: Options<E, R>
): Layer.Layer<TokenService.TokenService, never, R> => Layer.effect(TokenService.TokenService, make(options))

// =============================================================================
// Acceptance
// =============================================================================

const accept = (
  { expiresAt, expiresIn, scopes, value }: SourcedToken,
  issuedAt: DateTime.Utc,
  name: string
): Effect.Effect<AccessToken, AuthError.AuthError> => {
  const issue = Credential.accessToken(Redacted.value(value))
  if (issue !== undefined) {
    return Effect.fail(SourceErrors.failed(`the ${name} gave what cannot be a token: ${issue.fault}`))
  }
  const ends = [
    expiresAt,
    expiresIn === undefined ? undefined : IssuedToken.endOf(issuedAt, Duration.fromInputUnsafe(expiresIn))
  ].filter((end) => end !== undefined)
  const end = ends.length === 0 ? undefined : ends.reduce(DateTime.min)
  return Effect.succeed(
    new AccessToken({ value, scopes: scopes ?? [], issuedAt, ...(end !== undefined && { expiresAt: end }) })
  )
}

const signedOut = new AuthError.AuthError({ reason: new AuthError.ReauthorizationRequired({ kind: "SignedOut" }) })

const withoutSignIn = invalidSetting(
  "TokenSource",
  "its tokens come from the program, so there is nobody to sign in. Use TokenService.layer for grants."
)
