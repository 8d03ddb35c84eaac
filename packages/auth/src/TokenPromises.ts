/**
 * A `TokenService` for code without Effect: Promises, an async iterable, and `await using`.
 *
 * **Details**
 *
 * This is the only module of this package that runs Effects. `SpotifyPromises` of `@app/api` has the operations, too.
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
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { AccessToken } from "./AccessToken.ts"
import { AuthError } from "./AuthError.ts"
import type { Grant } from "./Grant.ts"
import { type Service, TokenService } from "./TokenService.ts"
import type { TokenStatus } from "./TokenStatus.ts"

/**
 * A token service whose methods return Promises.
 *
 * **Details**
 *
 * Promises reject with `AuthError`, whose `reason` and `message` say what to do, and whose stack is that of the caller. The methods do what those of
 * `TokenService.Service` do.
 *
 * @category models
 * @since 0.1.0
 */
export interface TokenPromises extends AsyncDisposable {
  /** Returns a token that is good now. Its `value` is `Redacted`: read it with `Redacted.value`. */
  readonly get: () => Promise<AccessToken>
  /** Returns the `authorization` header for an API. It has the secret in it: do not log it. */
  readonly headers: () => Promise<{ readonly authorization: string }>
  /** Requests a new token now. */
  readonly refresh: () => Promise<AccessToken>
  /** Reports that an API rejected `token` with a 401, and returns whether to retry with the next `get`. */
  readonly invalidate: (token: AccessToken) => Promise<boolean>
  /** Signs in with a new grant. */
  readonly authorize: (grant: Grant) => Promise<AccessToken>
  /** Asks the server once more for a token after it has ended the sign-in. */
  readonly retryEndedSignIn: () => Promise<AccessToken>
  /** Deletes the tokens, and records that the person has signed out. */
  readonly signOut: () => Promise<void>
  /** Reads the current status. */
  readonly status: () => Promise<TokenStatus>
  /** Returns the current status, then each new one, until `close`. */
  readonly changes: () => AsyncIterable<TokenStatus>
  /** Ends the service, after a token request in flight has been answered and its tokens stored. */
  readonly close: () => Promise<void>
}

/**
 * Builds a token service from its layer.
 *
 * **Details**
 *
 * Rejects when the layer cannot be built.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = async <E>(layer: Layer.Layer<TokenService, E>): Promise<TokenPromises> => {
  const caller = callerOf(make)
  const runtime = ManagedRuntime.make(layer)
  return of(runtime, await runtime.runPromise(TokenService).catch((error) => Promise.reject(calledBy(error, caller))))
}

/**
 * Makes the methods of a token service return Promises.
 *
 * **When to use**
 *
 * Use where the service is part of a larger runtime, as that of a web framework.
 *
 * **Details**
 *
 * `close` disposes of the runtime.
 *
 * @category constructors
 * @since 0.1.0
 */
export const of = <R, E>(runtime: ManagedRuntime.ManagedRuntime<R, E>, tokens: Service): TokenPromises => {
  const method = <Args extends ReadonlyArray<unknown>, A>(
    call: (...args: Args) => Effect.Effect<A, AuthError>
  ) => {
    const called = (...args: Args): Promise<A> => {
      const caller = callerOf(called)
      return runtime.runPromise(Effect.mapError(call(...args), (error) => calledBy(error, caller)))
    }
    return called
  }
  const close = () => runtime.dispose()
  return {
    get: method(() => tokens.get),
    headers: method(() =>
      Effect.map(tokens.get, ({ value }) => ({ authorization: `Bearer ${Redacted.value(value)}` }))
    ),
    refresh: method(() => tokens.refresh),
    invalidate: method((token: AccessToken) => tokens.invalidate(token)),
    authorize: method((grant: Grant) => tokens.authorize(grant)),
    retryEndedSignIn: method(() => tokens.retryEndedSignIn),
    signOut: method(() => tokens.signOut),
    status: method(() => tokens.status),
    changes: () => Stream.toAsyncIterable(tokens.changes),
    close,
    [Symbol.asyncDispose]: close
  }
}

/** Returns an error with the stack of whoever has called a function, where the platform can leave out the function itself. */
const callerOf = (called: (...args: ReadonlyArray<never>) => unknown): Error => {
  const caller = new Error()
  if ("captureStackTrace" in Error) Error.captureStackTrace(caller, called)
  return caller
}

/** Returns a failure with the stack of the caller, and its reason without one: both are those of a scheduler. */
const calledBy = <E>(error: E, caller: Error): E | AuthError => {
  if (!(error instanceof AuthError)) return error
  const copy = new AuthError(error)
  copy.reason.stack = `${copy.reason.name}: ${copy.reason.message}`
  copy.stack = `${copy.name}: ${copy.message}\n${caller.stack?.slice(caller.stack.indexOf("\n") + 1)}`
  return copy
}
