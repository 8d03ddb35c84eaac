import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as Tracks from "../src/Tracks.ts"
import * as Answers from "./support/Answers.ts"
import * as ScriptedTransport from "./support/ScriptedTransport.ts"

describe("callers of one run", () => {
  it.live("all get what comes of it, wherever the scheduler lets others go first", () =>
    Effect.gen(function*() {
      const client = yield* SpotifyClient.SpotifyClient
      for (let operations = 4; operations <= 24; operations++) {
        let runs = 0
        const run = Effect.andThen(Effect.yieldNow, Effect.sync(() => runs += 1))
        const caller = Effect.forEach([1, 2, 3, 4], () => client.coalesce("key", run), { discard: true })
        yield* Effect.all(Array.from({ length: 20 }, () => caller), { concurrency: "unbounded", discard: true }).pipe(
          Effect.timeoutOrElse({
            duration: "2 seconds",
            orElse: () => Effect.die(`someone waits for ever, at ${operations} operations`)
          }),
          Effect.provideService(Scheduler.MaxOpsBeforeYield, operations)
        )
        assert.isAtLeast(runs, 4)
      }
    }).pipe(Effect.provide(ScriptedTransport.layer(ScriptedTransport.answer(200, Answers.developmentTrack)))))
})

it.live("calls end, and are repeated, wherever the scheduler lets others go first", () =>
  Effect.forEach(Array.from({ length: 20 }, (_, i) => i + 4), (operations) => {
    const get = (n: number) => Tracks.get(`track${String(n % 5).padStart(17, "0")}`)
    const { answer } = ScriptedTransport
    return Effect.all(Array.from({ length: 20 }, (_, n) => get(n)), { concurrency: "unbounded", discard: true }).pipe(
      Effect.timeoutOrElse({
        duration: "2 seconds",
        orElse: () => Effect.die(`someone waits for ever, at ${operations} operations`)
      }),
      Effect.provideService(RetryPolicy.RetryPolicy, {
        ...RetryPolicy.standard,
        retryAfterDefault: 1,
        pauses: RetryPolicy.fullJitter({ base: 1, times: 4 })
      }),
      Effect.provide(
        ScriptedTransport.layer(
          answer(503),
          answer(429),
          answer(401),
          { _tag: "Reset" },
          answer(200, Answers.developmentTrack)
        )
      ),
      Effect.provideService(Scheduler.MaxOpsBeforeYield, operations)
    )
  }, { discard: true }))
