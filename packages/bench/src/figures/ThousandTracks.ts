import * as Effect from "effect/Effect"
import { Bench } from "../Bench.ts"
import { atLeast, atMost, type Figure, type Row } from "../Figure.ts"
import { exactly, summary } from "../Statistics.ts"
import * as Worker from "../Worker.ts"

/** Each beside raw `fetch` with at least as many requests under way. */
const ways = [
  { how: "get", label: "1,000 Tracks.get at once", fetches: 32 },
  { how: "getMany", label: "Tracks.getMany", fetches: 4 }
] as const

const distances = [
  { distance: "far", label: "20 ms an answer" },
  { distance: "near", label: "answers at once" }
] as const

export const thousandTracks: Figure = {
  name: "thousand-tracks",
  title: "1,000 different tracks in Extended Quota Mode",
  about: "Wall time, as how many times faster than 1,000 calls of raw fetch, so many of them at a time.",
  measure: Effect.gen(function*() {
    const { effort, server } = yield* Bench
    const rows: Array<Row> = []
    for (const { distance, label: place } of effort.isQuick ? distances.slice(0, 1) : distances) {
      for (const { fetches, how, label } of ways) {
        const ours = yield* Worker.start({ subject: "thousandTracks", way: `${distance} ${how}` })
        const raw = yield* Worker.start({
          subject: "thousandTracks",
          way: `${distance} fetch`,
          concurrency: fetches
        })
        yield* ours.run(1)
        if (!effort.isQuick) yield* raw.run(1)
        const faster: Array<number> = []
        const requests: Array<number> = []
        for (let round = 0; round < (effort.isQuick ? 1 : effort.rounds); round++) {
          const before = yield* raw.run(1)
          yield* server.requests
          faster.push(before.wall / (yield* ours.run(1)).wall)
          requests.push((yield* server.requests).api)
        }
        if (distance === "far") {
          rows.push({
            label: `${label}: requests, at most`,
            value: exactly(Math.max(...requests)),
            unit: "",
            target: atMost(20)
          })
        }
        rows.push({
          label: `${label}, ${place}, than fetch ${fetches} at a time`,
          value: summary(faster),
          unit: "×",
          // Where nothing takes time, requests saved save none.
          ...(distance === "far" && { target: atLeast(10) })
        })
      }
    }
    return { rows }
  })
}
