import * as Effect from "effect/Effect"
import { compare, cpu } from "../Comparison.ts"
import { atMost, type Figure, type Row } from "../Figure.ts"
import { exactly, summary } from "../Statistics.ts"
import * as Transports from "../Transports.ts"
import type * as Worker from "../Worker.ts"

const best = `Tracks.get over ${Transports.best}`
const overFetch = "Tracks.get over fetch"

const others: Readonly<Record<string, Worker.Options>> = {
  "raw fetch": { subject: "fetch" },
  "@spotify/web-api-ts-sdk": { subject: "webApiTsSdk" },
  "@soundify/web-api": { subject: "soundify" },
  "spotify-web-api-node": { subject: "spotifyWebApiNode" }
}

export const peers: Figure = {
  name: "peers",
  title: "CPU time of one track, beside other clients",
  about:
    "Ratios to bare undici.request + JSON.parse. The others validate nothing and hold a token that is handed to them.",
  measure: Effect.gen(function*() {
    const { ratios } = yield* compare<string>({
      baseline: { subject: "undici" },
      subjects: {
        [best]: { subject: "tracksGet", way: Transports.best },
        [overFetch]: { subject: "tracksGet", way: "fetch" },
        ...others
      },
      of: cpu
    })
    const of = (label: string) => ratios[label] ?? []
    const rows = Object.entries(ratios).map(([label, ratios]): Row => ({ label, value: summary(ratios), unit: "×" }))
    const ahead = Object.keys(others).map((other): Row => ({
      label: `${best}, of ${other}`,
      value: summary(of(best).map((ratio, i) => ratio / (of(other)[i] ?? NaN))),
      unit: "×",
      target: atMost(1)
    }))
    const cheapest = summary(
      Object.keys(others).map(of).toSorted((a, b) => summary(a).median - summary(b).median)[0] ?? []
    )
    const noise = (cheapest.high - cheapest.low) / cheapest.median
    return {
      rows: [...rows, ...ahead, {
        label: `${overFetch}, of the cheapest; its own spread is allowed`,
        value: exactly(summary(of(overFetch)).median / cheapest.median),
        unit: "×",
        target: atMost(1 + noise)
      }]
    }
  })
}
