/**
 * One call after the other by so many callers at a time, each for another track than its neighbours ask for.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { MeasurementFailed } from "./MeasurementFailed.ts"
import type { Subject } from "./Subject.ts"

/** Ids that are well-formed, and all different. */
export const trackIds = (count: number, from = 0): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, i) => String(from + i).padStart(22, "0"))

const isTrack = (id: string) => Schema.is(Schema.Struct({ id: Schema.Literal(id) }))

/** Makes a subject of `call`, and fails when it does not return the requested track: failures may be cheap. */
export const calls = Effect.fnUntraced(function*(
  concurrency: number,
  call: (id: string) => Promise<unknown>,
  /** Returns the track of a result that is not the track itself. */
  trackOf: (result: unknown) => unknown = (result) => result
): Effect.fn.Return<Subject, MeasurementFailed> {
  const ids = trackIds(Math.max(256, 2 * concurrency))
  for (const id of ids.slice(0, 2)) {
    const result = yield* Effect.promise(() => call(id))
    if (!isTrack(id)(trackOf(result))) {
      return yield* new MeasurementFailed({ subject: "a call", issue: `it was not answered with the track ${id}` })
    }
  }
  let next = 0
  return {
    run: async (times) => {
      let left = times
      await Promise.all(Array.from({ length: Math.min(concurrency, times) }, async () => {
        while (left-- > 0) await call(ids[next++ % ids.length] ?? "")
      }))
    }
  }
})
