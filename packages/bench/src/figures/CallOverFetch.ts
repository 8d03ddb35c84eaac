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
      subjects: {
        direct: { subject: "tracksGet", way: "fetch" },
        general: { subject: "tracksGet", way: "effectFetch" }
      },
      of: cpu
    })
    return {
      rows: [
        { label: "raw fetch + json", value: summary(baseline), unit: "µs" },
        { label: "Tracks.get over FetchHttpClient", value: summary(ratios.direct), unit: "×", target: atMost(1.25) },
        { label: "Tracks.get over Effect's FetchHttpClient", value: summary(ratios.general), unit: "×" }
      ]
    }
  })
}
