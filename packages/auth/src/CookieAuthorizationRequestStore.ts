/**
 * Pending sign-ins in cookies of the browser that signs in, sealed by the server.
 *
 * **When to use**
 *
 * Use on servers that keep no state: functions, several processes without a database. A cookie belongs to one browser, so
 * that no other browser's callback fits, and needs no `session`.
 *
 * **Details**
 *
 * Each sign-in has a cookie of its own, so several tabs can sign in at the same time. It is sealed with AES-256-GCM, as in
 * `EncryptedTokenStorage` and with the same kind of keys, and bound to its state. It is `HttpOnly` and `SameSite=Lax`,
 * lasts as long as its sign-in, and is deleted when the sign-in is taken. Where the redirect URI is https, it is `Secure`
 * and named `__Host-…`. A browser keeps the latest four.
 *
 * **Gotchas**
 *
 * Deleting a cookie asks the browser to forget it. Whoever has a copy of the cookie can present it again until its sign-in
 * is over. What then remains is the authorization server's own rule that a code works once (RFC 6749 §4.1.2). Where the
 * server itself must hand each sign-in out once, use `SqlAuthorizationRequestStore`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265
 */
import type * as Aead from "effect/crypto/Aead"
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as AuthError from "./AuthError.ts"
import { AuthorizationRequestStore } from "./AuthorizationRequestStore.ts"
import { invalidSetting } from "./internal/settings/InvalidSetting.ts"
import type * as KeyRing from "./internal/storage/KeyRing.ts"
import * as RequestText from "./internal/storage/RequestText.ts"
import * as SealedText from "./internal/storage/SealedText.ts"
import * as StoredName from "./internal/storage/StoredName.ts"
import * as StoreErrors from "./internal/storage/StoreErrors.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * A cookie to set, or to delete where `maxAge` is zero.
 *
 * @category models
 * @since 0.1.0
 */
export interface Cookie {
  readonly name: string
  /** Letters, digits, `.`, `-` and `_`. */
  readonly value: string
  readonly options: {
    readonly httpOnly: true
    readonly sameSite: "lax"
    readonly secure: boolean
    readonly path: "/"
    readonly maxAge: Duration.Duration
  }
}

/**
 * The cookies of the HTTP request at hand, and of its response.
 *
 * @category models
 * @since 0.1.0
 */
export interface Jar {
  /** Reads the cookies of the request, by name. */
  readonly read: Effect.Effect<Readonly<Record<string, string | undefined>>, AuthError.AuthError>
  /** Adds a cookie to the response. */
  readonly set: (cookie: Cookie) => Effect.Effect<void, AuthError.AuthError>
}

// =============================================================================
// Cookies
// =============================================================================

/** The sign-ins that a browser may have begun and not finished, so that its requests do not outgrow a server's limits. */
const maxPending = 4

/** The largest sign-in, in bytes: sealed, it fits into the 4,096 bytes of a cookie (RFC 6265 §6.1). */
const sizeLimit = 2800

const prefixes = { secure: "__Host-oauth-sign-in-", plain: "oauth-sign-in-" }

const cookieOf = (name: string, value: string, maxAge: Duration.Duration): Cookie => ({
  name,
  value,
  options: { httpOnly: true, sameSite: "lax", secure: name.startsWith(prefixes.secure), path: "/", maxAge }
})

const isOfSignIn = (name: string): boolean => name.startsWith(prefixes.secure) || name.startsWith(prefixes.plain)

const boundTo = (state: Redacted.Redacted<string>): ReadonlyArray<string> => [
  "authorization request",
  Redacted.value(state)
]

// =============================================================================
// Constructor
// =============================================================================

/**
 * Makes an `AuthorizationRequestStore` of the cookies in a jar, sealed with the newest key first.
 *
 * **When to use**
 *
 * Use with servers other than Effect's, with a jar made for each request. `layer` is for Effect's.
 *
 * **Details**
 *
 * Fails with `InvalidConfiguration` when there is no key, a key is not 32 bytes long, or two keys have one id. A cookie
 * that no key opens counts as none: anybody can send one.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  keys: ReadonlyArray<KeyRing.EncryptionKey>,
  jar: Jar
): Effect.fn.Return<
  AuthorizationRequestStore["Service"],
  AuthError.AuthError,
  Aead.Aead | SecureRandom.SecureRandom
> {
  const sealer = yield* SealedText.make(Effect.succeed(keys))

  const suffixOf = (state: Redacted.Redacted<string>) =>
    Effect.map(StoredName.ofSecret(state), (name) => name.slice(0, 16))

  const remove = (name: string) => jar.set(cookieOf(name, "", Duration.zero))

  return AuthorizationRequestStore.of({
    put: Effect.fnUntraced(function*(request) {
      const text = yield* RequestText.encode(request, sizeLimit)
      const value = yield* Effect.mapError(
        sealer.seal(boundTo(request.state), text),
        () => StoreErrors.make("write", "Unavailable", "a cookie", "its text could not be encrypted")
      )
      // Browsers send older cookies first (RFC 6265 §5.4).
      const pending = Object.keys(yield* jar.read).filter(isOfSignIn)
      yield* Effect.forEach(pending.slice(0, Math.max(0, pending.length - maxPending + 1)), remove)
      const prefix = request.redirectUri.startsWith("https:") ? prefixes.secure : prefixes.plain
      yield* jar.set(cookieOf(`${prefix}${yield* suffixOf(request.state)}`, value, request.lifetime))
    }),
    take: Effect.fnUntraced(function*(state) {
      const suffix = yield* suffixOf(state)
      const cookies = yield* jar.read
      for (const name of [`${prefixes.secure}${suffix}`, `${prefixes.plain}${suffix}`]) {
        const value = cookies[name]
        if (value === undefined) continue
        yield* remove(name)
        const text = yield* sealer.open(boundTo(state), value)
        if (Result.isSuccess(text)) return Option.some(yield* RequestText.decode("a cookie", text.success))
      }
      return Option.none()
    })
  })
})

// =============================================================================
// Layers
// =============================================================================

/** The jar of the request that Effect's HTTP server handles in the current fiber. */
const serverJar: Jar = {
  read: Effect.flatMap(
    Effect.serviceOption(HttpServerRequest.HttpServerRequest),
    Option.match({
      onNone: () => noRequest,
      onSome: ({ cookies }) => Effect.succeed(cookies)
    })
  ),
  set: ({ name, options, value }) =>
    Effect.flatMap(
      Effect.serviceOption(HttpServerRequest.HttpServerRequest),
      Option.match({
        onNone: () => noRequest,
        onSome: (request) =>
          HttpEffect.appendPreResponseHandler((_request, response) =>
            Effect.orDie(HttpServerResponse.setCookie(response, name, value, options))
          ).pipe(Effect.provideService(HttpServerRequest.HttpServerRequest, request))
      })
    )
}

const noRequest = invalidSetting(
  "HttpServerRequest",
  "there is none, so there are no cookies. Begin a sign-in and take its callback in handlers of Effect's HTTP server."
)

/**
 * Layer that keeps sign-ins in cookies of the requests that Effect's HTTP server handles.
 *
 * **Details**
 *
 * Cookies are read from the `HttpServerRequest` of the fiber that begins a sign-in or takes its callback, and set in its
 * response.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  keys: ReadonlyArray<KeyRing.EncryptionKey>
): Layer.Layer<AuthorizationRequestStore, AuthError.AuthError, Aead.Aead | SecureRandom.SecureRandom> =>
  Layer.effect(AuthorizationRequestStore, make(keys, serverJar))
