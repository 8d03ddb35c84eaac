/** The end of a process, which begins when it takes no further requests. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export class Stopping extends Context.Service<Stopping, {
  readonly isStopping: Effect.Effect<boolean>
  readonly begin: Effect.Effect<void>
}>()("@app/fleet/internal/Stopping") {}

export const layer = Layer.sync(Stopping, () => {
  let isStopping = false
  return Stopping.of({
    isStopping: Effect.sync(() => isStopping),
    begin: Effect.sync(() => {
      isStopping = true
    })
  })
})
