/** Calls that are refused, and the error that each refusal becomes. */
import type { AuthError } from "@app/auth/AuthError"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { AudioApi } from "../../src/contract/AudioApi.ts"
import { ProfileApi } from "../../src/contract/ProfileApi.ts"
import { TracksApi } from "../../src/contract/TracksApi.ts"
import { TrackId, UserId } from "../../src/Ids.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import * as SpotifyClient from "../../src/SpotifyClient.ts"
import type * as SpotifyError from "../../src/SpotifyError.ts"
import * as Answers from "./Answers.ts"
import * as ScriptedTransport from "./ScriptedTransport.ts"

const trackId = TrackId.make(Answers.trackId)
/** A call that any token may make. */
export const anyone = SpotifyClient.call(TracksApi, (tracks) => tracks.get({ params: { id: trackId }, query: {} }))
/** A call that needs a scope. */
export const scoped = SpotifyClient.call(ProfileApi, (profile) => profile.topTracks({ query: {} }))
/** A call that only apps in Extended Quota Mode are served. */
export const extended = SpotifyClient.call(
  ProfileApi,
  (profile) => profile.user({ params: { user_id: UserId.make("some.one") } })
)
/** A call that only apps of before November 2024 are served. */
export const legacy = SpotifyClient.call(AudioApi, (audio) => audio.features({ params: { id: trackId } }))

/** Makes a body in the form of the Web API. */
export const json = (status: number, message?: string, reason?: string) => ({
  error: { status, ...(message !== undefined && { message }), ...(reason !== undefined && { reason }) }
})
/** A page for people, with the words of other refusals in it. */
export const page = "<!DOCTYPE html><html><head><title>premium scope registered</title></head></html>"

/** A refusal, and the call that it answers: `anyone` unless another is given. */
export interface Refusal {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body: unknown
  readonly call?: Effect.Effect<unknown, SpotifyError.SpotifyError | AuthError, SpotifyClient.SpotifyClient>
  /** Scopes of the token; absent when it does not tell them. */
  readonly scopes?: ReadonlyArray<string>
}

/** The error that a refusal becomes, without a retry. */
export const failureOf = Effect.fnUntraced(
  function*(row: Refusal) {
    const tokens = yield* ScriptedTransport.Tokens
    tokens.scopes = row.scopes ?? []
    tokens.replace = false
    const error = yield* Effect.flip((row.call ?? anyone).pipe(
      Effect.provideService(RetryPolicy.RetryPolicy, { ...RetryPolicy.once, whileLimited: "fail" })
    ))
    return error._tag === "SpotifyError" ? error : assert.fail(error.message)
  },
  (effect, { body, headers, status }) =>
    Effect.provide(effect, ScriptedTransport.layer(ScriptedTransport.answer(status, body, headers)))
)
