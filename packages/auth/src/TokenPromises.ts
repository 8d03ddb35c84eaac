/**
 * Tokens for code without Effect: Promises, an async iterable, and `await using`.
 *
 * This module runs Effects, which nothing else in this package does: it is the door between the two worlds.
 *
 * **Example** (A token for `fetch`)
 *
 * ```ts
 * import * as TokenPromises from "@app/auth/TokenPromises"
 * import * as TokenService from "@app/auth/TokenService"
 * import * as TokenStore from "@app/auth/TokenStore"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * export const profile = async () => {
 *   await using tokens = await TokenPromises.make(TokenService.layerConfig().pipe(
 *     Layer.provide([TokenStore.layerMemory, FetchHttpClient.layer])
 *   ))
 *   const response = await fetch("https://api.spotify.com/v1/me", { headers: await tokens.headers() })
 *   return response.json()
 * }
 * ```
 */
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { AccessToken } from "./AccessToken.ts"
import type { Grant } from "./Grant.ts"
import { TokenService } from "./TokenService.ts"
import type { TokenStatus } from "./TokenStatus.ts"

/**
 * A token service as Promises. They reject with `AuthError`, whose `reason` and `message` say what to do.
 *
 * @category models
 * @since 0.1.0
 */
export interface TokenPromises extends AsyncDisposable {
  /** A token that is good now. Its value is `Redacted`; `Redacted.value` opens it. */
  readonly get: () => Promise<AccessToken>
  /** The headers that show it to an API. They hold the secret: send them, and print them nowhere. */
  readonly headers: () => Promise<{ readonly authorization: string }>
  /** A new token now. */
  readonly refresh: () => Promise<AccessToken>
  /** Tells that an API refused a token; whether one more try makes sense. */
  readonly invalidate: (token: AccessToken) => Promise<boolean>
  /** Starts over from a new grant. */
  readonly authorize: (grant: Grant) => Promise<AccessToken>
  /** Puts a sign-in that the server has ended to the test once more. */
  readonly retryEndedSignIn: () => Promise<AccessToken>
  /** Forgets the tokens. */
  readonly signOut: () => Promise<void>
  /** Where things stand. */
  readonly status: () => Promise<TokenStatus>
  /** `status`, first as it is and then at every transition; it ends with `close`. */
  readonly changes: () => AsyncIterable<TokenStatus>
  /** Stops the refreshing, after a token request in flight has been answered and stored. */
  readonly close: () => Promise<void>
}

/**
 * A token service out of its layer. Rejects when the layer cannot be built.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = async <E>(layer: Layer.Layer<TokenService, E>): Promise<TokenPromises> => {
  const runtime = ManagedRuntime.make(layer)
  const tokens = await runtime.runPromise(TokenService)
  const close = () => runtime.dispose()
  return {
    get: () => runtime.runPromise(tokens.get),
    headers: async () => {
      const { value } = await runtime.runPromise(tokens.get)
      return { authorization: `Bearer ${Redacted.value(value)}` }
    },
    refresh: () => runtime.runPromise(tokens.refresh),
    invalidate: (token) => runtime.runPromise(tokens.invalidate(token)),
    authorize: (grant) => runtime.runPromise(tokens.authorize(grant)),
    retryEndedSignIn: () => runtime.runPromise(tokens.retryEndedSignIn),
    signOut: () => runtime.runPromise(tokens.signOut),
    status: () => runtime.runPromise(tokens.status),
    changes: () => Stream.toAsyncIterable(tokens.changes),
    close,
    [Symbol.asyncDispose]: close
  }
}
