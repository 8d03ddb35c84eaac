import * as Effect from "effect/Effect"
import { Bench } from "../Bench.ts"
import { compare } from "../Comparison.ts"
import { atMost, type Figure, type Target } from "../Figure.ts"
import { summary } from "../Statistics.ts"
import * as Transports from "../Transports.ts"
import { countingBytes } from "../Worker.ts"

const targets: Readonly<Record<string, Target>> = { recommended: atMost(1.6) }

export const callBytes: Figure = {
  name: "call-bytes",
  title: "heap allocated by one Tracks.get",
  about: "Ratios to bare undici.request + JSON.parse. Little disturbs this figure: it is the one to look at first.",
  measure: Effect.gen(function*() {
    const { effort } = yield* Bench
    const ways = effort.isQuick ? new Set([Transports.best, "layerUndici"]) : Transports.names
    const { baseline, ratios } = yield* compare<string>({
      baseline: { subject: "undici", nodeOptions: countingBytes },
      subjects: Object.fromEntries([
        ...Array.from(
          ways,
          (way) => [way, { subject: "tracksGet", way, nodeOptions: countingBytes }] as const
        ),
        ["raw fetch", { subject: "fetch", nodeOptions: countingBytes }]
      ]),
      of: ({ allocated }) => allocated,
      times: 256,
      collecting: "all"
    })
    return {
      rows: [
        { label: "undici.request + JSON.parse", value: summary(baseline.map((bytes) => bytes / 1024)), unit: "KiB" },
        ...Object.entries(ratios).map(([label, ratios]) => ({
          label,
          value: summary(ratios),
          unit: "×",
          target: targets[label]
        }))
      ]
    }
  })
}
