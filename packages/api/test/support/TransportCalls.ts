/** Calls over a transport, and what they fail with. */
import * as TokenService from "@app/auth/TokenService"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import type { Dispatcher } from "@effect/platform-node/Undici"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as UndiciHttpClient from "../../src/node/UndiciHttpClient.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import * as SpotifyClient from "../../src/SpotifyClient.ts"
import * as Tracks from "../../src/Tracks.ts"
import * as Answers from "./Answers.ts"

/** As soon as a condition holds that something else brings about. */
export const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => condition() ? Effect.void : Effect.delay(until(condition), "2 millis"))

export const over = (apiUrl: string, transport: Layer.Layer<HttpClient.HttpClient>, options?: SpotifyClient.Options) =>
  SpotifyClient.layer({ ...options, apiUrl }).pipe(
    Layer.provide([transport, TokenService.layerStatic({ value: Redacted.make("token") })]),
    Layer.orDie
  )

export const get = Tracks.get(Answers.trackId)

export const once = Effect.provideService(RetryPolicy.RetryPolicy, RetryPolicy.once)

export const withDispatcher = (dispatcher: Dispatcher) =>
  Layer.provide(UndiciHttpClient.layerNoDispatcher(), Layer.succeed(NodeHttpClient.Dispatcher, dispatcher))

/** The failure of a call that is made once. */
export const reasonOf = (
  apiUrl: string,
  transport: Layer.Layer<HttpClient.HttpClient> = UndiciHttpClient.layer(),
  options?: SpotifyClient.Options
) =>
  Effect.flip(once(get)).pipe(
    Effect.map(({ reason }) => reason),
    Effect.provide(over(apiUrl, transport, options))
  )

/** The failure of a program's own request. */
export const failureOf = (url: string, transport: Layer.Layer<HttpClient.HttpClient> = UndiciHttpClient.layer()) =>
  Effect.flip(Effect.flatMap(HttpClient.get(url), ({ text }) => text)).pipe(
    Effect.map(({ reason }) => reason),
    Effect.provide(transport)
  )
