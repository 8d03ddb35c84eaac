import * as Effect from "effect/Effect"
import { Bench } from "../Bench.ts"
import { atMost, type Figure } from "../Figure.ts"
import { bracketed, exactly, summary } from "../Statistics.ts"
import * as Worker from "../Worker.ts"

const callers = 10_000

export const expiry: Figure = {
  name: "expiry",
  title: "10,000 callers at the moment of a token's expiry",
  about:
    "CPU time by caller, its own fiber included; ratio to as many fibers that wait for one such answer by a Deferred.",
  measure: Effect.gen(function*() {
    const { effort, server } = yield* Bench
    const waiting = yield* Worker.start({ subject: "expiry" })
    const deferred = yield* Worker.start({ subject: "expiry", way: "deferred" })
    for (let i = 0; i < 2; i++) {
      yield* waiting.run(1)
      yield* deferred.run(1)
    }
    const each = ({ cpu }: { readonly cpu: number }) => cpu / callers
    const baselines = [each(yield* deferred.run(1))]
    const values: Array<number> = []
    const requests: Array<number> = []
    let failures = 0
    for (let round = 0; round < (effort.isQuick ? 4 : 12); round++) {
      yield* server.requests
      const sample = yield* waiting.run(1)
      requests.push((yield* server.requests).token)
      failures += sample.counts["failures"] ?? NaN
      values.push(each(sample))
      baselines.push(each(yield* deferred.run(1)))
    }
    return {
      rows: [
        { label: "token requests, at most", value: exactly(Math.max(...requests)), unit: "", target: atMost(1) },
        { label: "failures", value: exactly(failures), unit: "", target: atMost(0) },
        { label: "a fiber that waits for a Deferred", value: summary(baselines), unit: "µs" },
        { label: "a waiter of TokenService.get", value: summary(values), unit: "µs", target: atMost(20) },
        { label: "the same", value: summary(bracketed(baselines, values)), unit: "×" }
      ]
    }
  })
}
