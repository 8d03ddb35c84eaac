/**
 * A thousand tracks that nobody has asked for yet: by `Tracks.get` all at once, by `Tracks.getMany`, or by raw `fetch` so
 * many at a time. `far` before it has every answer take 20 ms.
 */
import * as Tracks from "@app/api/Tracks"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { trackIds } from "../Calls.ts"
import * as Spotify from "../Spotify.ts"
import type { MakeSubject, Subject } from "../Subject.ts"
import { accessToken } from "../Token.ts"
import * as Transports from "../Transports.ts"

const count = 1_000

export const thousandTracks: MakeSubject = ({ concurrency, origin, way = "" }) =>
  Effect.gen(function*() {
    const [distance, how] = way.split(" ")
    const apiUrl = distance === "far" ? `${origin}/far/v1` : `${origin}/v1`
    const transport = yield* Effect.promise(() => Transports.load(Transports.best))
    const context = yield* Layer.build(Spotify.layer(origin, transport, { apiUrl, quotaMode: "extended" }))
    const runPromise = Effect.runPromiseWith(context)
    const headers = { authorization: `Bearer ${accessToken}` }
    let asked = 0
    const ids = () => trackIds(count, count * asked++)
    const ways: Readonly<Record<string, Subject["run"]>> = {
      get: () => runPromise(Effect.forEach(ids(), (id) => Tracks.get(id), { concurrency: "unbounded", discard: true })),
      getMany: () => runPromise(Effect.asVoid(Tracks.getMany(ids()))),
      fetch: async () => {
        const left = ids()[Symbol.iterator]()
        await Promise.all(Array.from({ length: concurrency }, async () => {
          for (const id of left) {
            await fetch(`${apiUrl}/tracks/${id}`, { headers }).then((response) => response.json())
          }
        }))
      }
    }
    const run = ways[how ?? ""]
    return run === undefined ? yield* Effect.die(`There is no way ${how}`) : { run }
  })
