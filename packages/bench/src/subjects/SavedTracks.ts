/**
 * The 10,000 rows of `Tracks.saved().pages`, 50 a page. Counts the CPU time of a page, in µs, by the page that a twentieth of
 * them ends with.
 */
import * as Tracks from "@app/api/Tracks"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Spotify from "../Spotify.ts"
import type { Counts, MakeSubject } from "../Subject.ts"
import * as Transports from "../Transports.ts"

export const pages = 200
const stretch = 20

export const savedTracks: MakeSubject = ({ origin }) =>
  Effect.gen(function*() {
    const transport = yield* Effect.promise(() => Transports.load(Transports.best))
    const context = yield* Layer.build(Spotify.layer(origin, transport))
    const runPromise = Effect.runPromiseWith(context)
    return {
      run: async () => {
        const counts: Record<string, number> = {}
        let page = 0
        let before = process.cpuUsage()
        const note = () => {
          page += 1
          if (page % stretch !== 0) return
          const { system, user } = process.cpuUsage(before)
          counts[page] = (system + user) / stretch
          before = process.cpuUsage()
        }
        await runPromise(Stream.runForEach(Tracks.saved().pages, () => Effect.sync(note)))
        return counts satisfies Counts
      }
    }
  })
