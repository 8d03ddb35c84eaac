/** What programs leave in memory, and the timers that they keep. */
import * as Effect from "effect/Effect"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

setFlagsFromString("--expose-gc")
const collectGarbage: unknown = runInNewContext("gc")

/** Bytes in use once everything that nobody needs is gone. */
const bytesInUse = Effect.gen(function*() {
  for (let i = 0; i < 3; i++) {
    // What a fiber has just left behind is let go of a turn later.
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    if (typeof collectGarbage === "function") collectGarbage()
  }
  return process.memoryUsage().heapUsed
})

/**
 * What each of many who come and go leaves behind, in bytes. The first third of them warm up whatever is made only once.
 */
export const leftBehind = <E, R>(count: number, comeAndGo: (from: number, to: number) => Effect.Effect<void, E, R>) =>
  Effect.gen(function*() {
    const warm = count / 3
    yield* comeAndGo(0, warm)
    const before = yield* bytesInUse
    yield* comeAndGo(warm, count)
    return ((yield* bytesInUse) - before) / (count - warm)
  })

/** The timers of the process. */
export const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length
