import * as Effect from "effect/Effect"
import { compare, cpu } from "../Comparison.ts"
import { atMost, type Figure } from "../Figure.ts"
import { summary } from "../Statistics.ts"

export const callOverFetch: Figure = {
  name: "call-over-fetch",
  title: "CPU time of one Tracks.get over fetch",
  about: "Ratio to raw fetch + json; 32 callers, 256 tracks, real token service.",
  measure: Effect.gen(function*() {
    const { baseline, ratios } = yield* compare({
      baseline: { subject: "fetch" },
      subjects: { tracksGet: { subject: "tracksGet", way: "fetch" } },
      of: cpu
    })
    return {
      rows: [
        { label: "raw fetch + json", value: summary(baseline), unit: "µs" },
        { label: "Tracks.get over fetch", value: summary(ratios.tracksGet), unit: "×", target: atMost(1.25) }
      ]
    }
  })
}
