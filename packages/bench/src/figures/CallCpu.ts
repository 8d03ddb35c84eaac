import * as Effect from "effect/Effect"
import { Bench } from "../Bench.ts"
import { compare, cpu } from "../Comparison.ts"
import { atMost, type Figure, type Row, type Target } from "../Figure.ts"
import { summary } from "../Statistics.ts"
import * as Transports from "../Transports.ts"
import type * as Worker from "../Worker.ts"

const targets: Readonly<Record<string, Target>> = { recommended: atMost(1.5), layerUndici: atMost(2.7) }

const traced = `${Transports.best} traced`
/** When these differ much from the same without a collection, an old object holds something of each call. */
const collected = {
  [`${Transports.best} after a full collection`]: {
    subject: "tracksGet",
    way: Transports.best,
    nodeOptions: ["--expose-gc"]
  },
  "undici.request after a full collection": { subject: "undici", nodeOptions: ["--expose-gc"] }
} satisfies Readonly<Record<string, Worker.Options>>

export const callCpu: Figure = {
  name: "call-cpu",
  title: "CPU time of one Tracks.get, decoded and validated, everything on",
  about: "Ratios to bare undici.request + JSON.parse of the same undici; 32 callers, 256 tracks, real token service.",
  measure: Effect.gen(function*() {
    const { effort } = yield* Bench
    const ways = effort.isQuick ? new Set([Transports.best, "layerUndici"]) : Transports.names
    const { baseline, ratios } = yield* compare<string>({
      baseline: { subject: "undici" },
      subjects: Object.fromEntries([
        ...[...ways, traced].map((way) => [way, { subject: "tracksGet", way }] as const),
        ...(effort.isQuick ? [] : Object.entries(collected))
      ]),
      of: cpu,
      collecting: Object.keys(collected)
    })
    const rows = Object.entries(ratios).map(([label, ratios]): Row => ({
      label,
      value: summary(ratios),
      unit: "×",
      target: targets[label]
    }))
    const untraced = ratios[Transports.best] ?? []
    const more = (ratios[traced] ?? []).map((ratio, i) => ratio - (untraced[i] ?? NaN))
    return {
      rows: [
        { label: "undici.request + JSON.parse", value: summary(baseline), unit: "µs" },
        ...rows,
        { label: "a tracer that takes spans, in addition", value: summary(more), unit: "×", target: atMost(0.5) }
      ]
    }
  })
}
