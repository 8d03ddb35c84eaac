/**
 * So many callers at the moment of a token's expiry, or, for comparison, as many fibers that wait for one answer of the
 * same kind. `run(1)` is one such moment.
 */
import * as TokenService from "@app/auth/TokenService"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { jumpingClock } from "../Clocks.ts"
import * as Spotify from "../Spotify.ts"
import type { Counts, MakeSubject } from "../Subject.ts"

const callers = 10_000

const ask = <R>(get: Effect.Effect<unknown, unknown, R>) =>
  Effect.forEach(Array.from({ length: callers }), () => Effect.match(get, { onFailure: () => 1, onSuccess: () => 0 }), {
    concurrency: "unbounded"
  }).pipe(Effect.map((failed): Counts => ({ failures: failed.reduce<number>((sum, one) => sum + one, 0) })))

/** Waits for one response of the token endpoint, and shares it by a `Deferred`. */
const shared = (origin: string) =>
  Effect.gen(function*() {
    const answer = yield* Deferred.make<string>()
    yield* Effect.forkChild(
      Deferred.complete(
        answer,
        Effect.promise(() => fetch(`${origin}/api/token`, { method: "POST" }).then((it) => it.text()))
      )
    )
    return yield* ask(Deferred.await(answer))
  })

export const expiry: MakeSubject = ({ origin, way }) =>
  Effect.gen(function*() {
    const { clock, jump } = jumpingClock(yield* Clock.Clock)
    const context = yield* Layer.build(Spotify.Tokens(origin, NodeHttpClient.layerUndici)).pipe(
      Effect.provideService(Clock.Clock, clock)
    )
    const runPromise = Effect.runPromiseWith(context)
    const moment = Effect.gen(function*() {
      yield* TokenService.get
      jump(2 * 3_600_000)
      return yield* ask(TokenService.get)
    }).pipe(Effect.provideService(Clock.Clock, clock))
    return { run: () => runPromise(way === "deferred" ? shared(origin) : moment) }
  })
