import * as Effect from "effect/Effect"
import { Bench } from "../Bench.ts"
import { compare, cpu } from "../Comparison.ts"
import { atMost, type Figure, type Row } from "../Figure.ts"
import { summary } from "../Statistics.ts"

const ways = {
  generator: "as a step of a generator",
  runSync: "each by Effect.runSync",
  runPromise: "each by Effect.runPromise"
}

export const validToken: Figure = {
  name: "valid-token",
  title: "TokenService.get while a good token is held",
  about: "Ratios to Effect.suspend(() => success) run the same way; a token of the real service.",
  measure: Effect.gen(function*() {
    const { effort } = yield* Bench
    const times = effort.isQuick ? 20_000 : 500_000
    const rows = yield* Effect.forEach(Object.entries(ways), ([way, label]) =>
      Effect.map(
        compare({
          baseline: { subject: "validToken", way: `success ${way}` },
          subjects: { get: { subject: "validToken", way: `TokenService.get ${way}` } },
          of: cpu,
          warmUp: times,
          times
        }),
        ({ baseline, ratios }): ReadonlyArray<Row> => [
          { label: `success, ${label}`, value: summary(baseline.map((micros) => micros * 1000)), unit: "ns" },
          { label: `TokenService.get, ${label}`, value: summary(ratios.get), unit: "×", target: atMost(2) }
        ]
      ))
    return { rows: rows.flat() }
  })
}
