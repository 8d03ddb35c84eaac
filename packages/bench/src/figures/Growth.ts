import * as Effect from "effect/Effect"
import { Bench } from "../Bench.ts"
import { compare, cpu } from "../Comparison.ts"
import { atMost, type Figure, type Row } from "../Figure.ts"
import type { Series } from "../Plot.ts"
import { exactly, summary } from "../Statistics.ts"
import * as Transports from "../Transports.ts"
import * as Worker from "../Worker.ts"
import { each } from "./LiveAccounts.ts"

type Point = readonly [along: number, value: number]

/** The ratio up to which a line counts as flat, because of noise. */
const flat = atMost(1.25)

/** Returns the greatest rise of a few medians from fewer to more. What falls, as a share of fixed costs does, is no growth. */
const rise = (label: string, points: ReadonlyArray<Point>): Row => {
  const values = points.map(([, value]) => value)
  const rises = values.flatMap((fewer, i) => values.slice(i + 1).map((more) => more / fewer))
  return { label, value: exactly(Math.max(...rises)), unit: "×", target: flat }
}

/** Compares the later half of many values with the earlier one. */
const drift = (label: string, points: ReadonlyArray<Point>): Row => {
  const values = points.map(([, value]) => value)
  const [earlier, later] = [values.slice(0, values.length / 2), values.slice(values.length / 2)].map(summary)
  return { label, value: exactly((later?.median ?? NaN) / (earlier?.median ?? NaN)), unit: "×", target: flat }
}

const overConcurrency = Effect.gen(function*() {
  const { effort } = yield* Bench
  return yield* Effect.forEach(effort.concurrency, (concurrency) =>
    Effect.map(
      compare({
        baseline: { subject: "undici", concurrency },
        subjects: { tracksGet: { subject: "tracksGet", way: Transports.best, concurrency } },
        of: cpu
      }),
      ({ ratios }): Point => [concurrency, summary(ratios.tracksGet).median]
    ))
})

const overAccounts = Effect.gen(function*() {
  const { effort } = yield* Bench
  return yield* Effect.forEach(
    effort.growingAccounts,
    (accounts) => Effect.map(each("live", accounts), ({ bytes }): Point => [accounts, bytes])
  )
})

const overPages = Effect.gen(function*() {
  const { effort } = yield* Bench
  const worker = yield* Worker.start({ subject: "savedTracks" })
  // The first time is V8's.
  for (let i = 0; i < (effort.isQuick ? 1 : 3); i++) yield* worker.run(1)
  const samples = yield* Effect.forEach(Array.from({ length: effort.isQuick ? 2 : 5 }), () => worker.run(1))
  const pages = Object.keys(samples[0]?.counts ?? {})
  return pages.map((page): Point => [Number(page), summary(samples.map(({ counts }) => counts[page] ?? NaN)).median])
})

export const growth: Figure = {
  name: "growth",
  title: "what a call, an account, a page cost as there are more of them",
  about:
    "A call as a ratio to undici with as many callers. The greatest rise, the later half by the earlier: 1 is flat.",
  measure: Effect.gen(function*() {
    const concurrency = yield* overConcurrency
    const accounts = yield* overAccounts
    const pages = yield* overPages
    const line = (label: string, points: ReadonlyArray<Point>): Series["lines"] => [{ label, points }]
    return {
      rows: [
        ...concurrency.map(([callers, ratio]): Row => ({
          label: `a call, ${callers} at a time, to undici`,
          value: exactly(ratio),
          unit: "×"
        })),
        rise("a call: the greatest rise from fewer to more at a time", concurrency),
        rise("an account: the greatest rise from fewer to more", accounts),
        drift("a page of 50, the later half of 10,000 rows by the earlier", pages)
      ],
      series: [
        {
          title: "One Tracks.get",
          along: "callers at a time",
          unit: "CPU time, × undici.request + JSON.parse",
          lines: line(`over ${Transports.best}`, concurrency)
        },
        {
          title: "One live account",
          along: "accounts",
          unit: "heap, bytes",
          lines: line("through Accounts", accounts)
        },
        {
          title: "One page of Tracks.saved().pages",
          along: "page",
          unit: "CPU time, µs",
          lines: line("50 rows a page", pages)
        }
      ]
    }
  })
}
