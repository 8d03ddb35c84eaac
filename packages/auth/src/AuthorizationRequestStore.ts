/**
 * Storage for sign-ins that wait for their callback, which hands each of them out once.
 *
 * **When to use**
 *
 * Use in a web application, where the callback comes to another request, process or page load than the one that the
 * sign-in began in:
 *
 * | layer | for | hands each out once |
 * | --- | --- | --- |
 * | `layerMemory` | tests, and servers of one process | in this process |
 * | `SqlAuthorizationRequestStore` | servers | to all who connect |
 * | `CookieAuthorizationRequestStore` | servers without state of their own | not by itself |
 * | `KeyValueAuthorizationRequestStore` | pages, in `BrowserSignIn.layer` | in this tab or process |
 *
 * **Details**
 *
 * A sign-in is found by the SHA-256 of its `state`, so that the time of a search tells nothing of the states there are.
 *
 * **Gotchas**
 *
 * A store on a server does not know which browser a callback comes from. Give `begin` and `handleCallback` the secret of a
 * browser session: the value of a cookie with `HttpOnly` and `SameSite=Lax`. Without it, somebody else's callback signs a
 * person in as somebody else.
 *
 * **Example** (The two requests of a sign-in)
 *
 * ```ts
 * import * as AuthorizationRequestStore from "@app/auth/AuthorizationRequestStore"
 * import * as Providers from "@app/auth/Providers"
 * import * as TokenService from "@app/auth/TokenService"
 * import * as Effect from "effect/Effect"
 * import type * as Redacted from "effect/Redacted"
 *
 * const login = (session: Redacted.Redacted<string>) =>
 *   AuthorizationRequestStore.begin({
 *     server: Providers.spotify,
 *     client: { clientId: "your client id" },
 *     redirectUri: "https://example.com/callback",
 *     session
 *   }).pipe(Effect.map(({ url }) => url))
 *
 * const callback = (url: URL, session: Redacted.Redacted<string>) =>
 *   AuthorizationRequestStore.handleCallback(url, { session }).pipe(
 *     Effect.flatMap(TokenService.authorize)
 *   )
 * ```
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-10.12
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Digest from "effect/crypto/Digest"
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as AuthError from "./AuthError.ts"
import * as AuthorizationRequest from "./AuthorizationRequest.ts"
import * as Clocks from "./Clocks.ts"
import type { Grant } from "./Grant.ts"
import * as AuthorizationResponse from "./internal/oauth/AuthorizationResponse.ts"
import * as CallbackParameters from "./internal/oauth/CallbackParameters.ts"
import * as RequestText from "./internal/storage/RequestText.ts"
import * as StoredName from "./internal/storage/StoredName.ts"

// =============================================================================
// Service
// =============================================================================

/**
 * A store of pending sign-ins.
 *
 * @category services
 * @since 0.1.0
 */
export class AuthorizationRequestStore extends Context.Service<AuthorizationRequestStore, {
  /**
   * Keeps a sign-in until its callback comes or its lifetime is over.
   *
   * **Details**
   *
   * Fails with `InvalidConfiguration` when its redirect URI and its scopes are larger than the store takes, and with
   * `StoreFailed` when the store cannot be written.
   */
  readonly put: (request: AuthorizationRequest.AuthorizationRequest) => Effect.Effect<void, AuthError.AuthError>
  /**
   * Removes the sign-in with a state, and returns it; none when it has been taken, was never put, or is over.
   *
   * **Details**
   *
   * Of all who take a sign-in at the same time, one gets it. Fails with `StoreFailed` when the store cannot be read.
   */
  readonly take: (
    state: Redacted.Redacted<string>
  ) => Effect.Effect<Option.Option<AuthorizationRequest.AuthorizationRequest>, AuthError.AuthError>
}>()("@app/auth/AuthorizationRequestStore") {}

// =============================================================================
// Sign-in
// =============================================================================

/**
 * Begins a sign-in, and keeps it in the store until its callback comes.
 *
 * @see {@link AuthorizationRequest.make}
 * @category sign-in
 * @since 0.1.0
 */
export const begin = <Scope extends string = string>(
  options: AuthorizationRequest.Options<Scope>
): Effect.Effect<
  AuthorizationRequest.AuthorizationRequest,
  AuthError.AuthError,
  AuthorizationRequestStore | Digest.Digest | SecureRandom.SecureRandom
> =>
  Effect.tap(AuthorizationRequest.make(options), (request) => AuthorizationRequestStore.use(({ put }) => put(request)))

/**
 * Takes the sign-in that a callback belongs to out of the store, checks the callback, and returns the grant to exchange.
 *
 * **Details**
 *
 * Takes what `AuthorizationRequest.handleCallback` takes, and fails as it does. Fails with `StateMismatch`, whose
 * `isUnknown` is true, when the store has no sign-in with the callback's state.
 *
 * **Gotchas**
 *
 * A callback with the state of a sign-in uses it up, whatever else is wrong with the callback.
 *
 * @category sign-in
 * @since 0.1.0
 */
export const handleCallback = Effect.fnUntraced(function*(
  callback: URL | string,
  options?: { readonly session?: Redacted.Redacted<string> | undefined }
): Effect.fn.Return<Grant, AuthError.AuthError, AuthorizationRequestStore> {
  const store = yield* AuthorizationRequestStore
  const state = AuthorizationResponse.stateOf(CallbackParameters.read(callback))
  if (Result.isFailure(state)) return yield* new AuthError.AuthError({ reason: state.failure })
  const request = yield* store.take(Redacted.make(state.success, { label: "state" }))
  return yield* Option.match(request, {
    onNone: () => unknown,
    onSome: (request) => request.handleCallback(callback, options)
  })
})

const unknown = Effect.fail(
  new AuthError.AuthError({
    reason: new AuthError.StateMismatch({
      parameter: "state",
      issue: "it has been used already, comes too late, or its sign-in began elsewhere",
      isUnknown: true
    })
  })
)

// =============================================================================
// Constructor
// =============================================================================

/**
 * A place for texts, of which each is handed out once.
 *
 * @category models
 * @since 0.1.0
 */
export interface Storage {
  /** The place of the texts, for messages: a table, the prefix of keys. */
  readonly place: string
  /** Keeps a text under a name of 64 hexadecimal digits, and may forget it once `lifetime` is over. */
  readonly write: (name: string, text: string, lifetime: Duration.Duration) => Effect.Effect<void, AuthError.AuthError>
  /** Removes the text of a name and returns it, in one step that only one taker can succeed with. */
  readonly take: (name: string) => Effect.Effect<Option.Option<string>, AuthError.AuthError>
}

/**
 * Makes a store of a place for texts.
 *
 * **When to use**
 *
 * Use to add a backend, such as Redis with `SET … EX` and `GETDEL`.
 *
 * **Details**
 *
 * A text is versioned JSON of 16 KiB at most, with bare secrets. One that cannot be read fails with `StoreFailed`
 * (`Corrupt`) and is gone.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = ({ place, take, write }: Storage): AuthorizationRequestStore["Service"] => ({
  put: Effect.fnUntraced(function*(request) {
    const text = yield* RequestText.encode(request, RequestText.sizeLimit)
    yield* write(yield* StoredName.ofSecret(request.state), text, request.lifetime)
  }),
  take: (state) =>
    Effect.flatMap(
      Effect.flatMap(StoredName.ofSecret(state), take),
      Option.match({
        onNone: () => Effect.succeedNone,
        onSome: (text) => Effect.asSome(RequestText.decode(place, text))
      })
    )
})

// =============================================================================
// Layers
// =============================================================================

/** The largest number of sign-ins in memory. */
const capacity = 10_000

/**
 * Layer that keeps sign-ins in the memory of this process, for as long as the layer lives.
 *
 * **Details**
 *
 * Keeps 10,000 sign-ins at most, without those that are over. One more takes the place of the oldest.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory: Layer.Layer<AuthorizationRequestStore> = Layer.sync(AuthorizationRequestStore, () => {
  const requests = new Map<string, AuthorizationRequest.AuthorizationRequest>()

  /** Forgets the oldest ones as long as they are over or too many. */
  const sweep = (now: Clocks.Instant) => {
    for (const [name, request] of requests) {
      if (requests.size <= capacity && request.ageAt(now) <= Duration.toMillis(request.lifetime)) return
      requests.delete(name)
    }
  }

  return AuthorizationRequestStore.of({
    put: Effect.fnUntraced(function*(request) {
      const name = yield* StoredName.ofSecret(request.state)
      const clock = yield* Clock.Clock
      requests.set(name, request)
      sweep(Clocks.now(clock))
    }),
    take: (state) =>
      Effect.map(StoredName.ofSecret(state), (name) => {
        const request = Option.fromUndefinedOr(requests.get(name))
        requests.delete(name)
        return request
      })
  })
})
