/** The gates of a process by app, each of which exists only while there is a limit to remember, and the apps' quota modes. */
import type { AuthError } from "@app/auth/AuthError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as SpotifyError from "../../SpotifyError.ts"
import * as Deadlines from "../time/Deadlines.ts"
import { AppGate } from "./AppGate.ts"
import type { Gate, GateRequest, Service } from "./Gate.ts"
import * as ObservedQuotaMode from "./ObservedQuotaMode.ts"

/**
 * Creates an empty registry, whose timers stop with the scope.
 *
 * **Details**
 *
 * Calls may still be under way then, and others may come. Those that would have to wait fail.
 */
export const make: Effect.Effect<Service, never, Scope.Scope> = Effect.withFiber((fiber) => {
  const clock = fiber.getRef(Clock.Clock)
  const deadlines = Deadlines.of(fiber)
  const gates = new Map<string | symbol, AppGate>()
  let isStopped = false
  const gateOf = (id: string | symbol): AppGate => {
    const known = gates.get(id)
    if (known !== undefined) return known
    const made: AppGate = new AppGate({
      id,
      clock,
      deadlines,
      onIdle: () => {
        if (gates.get(id) === made) gates.delete(id)
      }
    })
    gates.set(id, made)
    if (isStopped) made.stop()
    return made
  }
  const modes = new Map<string, ObservedQuotaMode.ObservedQuotaMode>()
  const stop = Effect.sync(() => {
    isStopped = true
    for (const gate of gates.values()) gate.stop()
  })

  return Effect.as(Effect.addFinalizer(() => stop), {
    gate: (clientId): Gate => {
      const id = clientId ?? Symbol("an app whose client id is not known")
      const learn = (request: GateRequest, error: Failure) =>
        Effect.suspend(() => isLimit(error) ? gateOf(id).learn(request, error) : Effect.void)
      return {
        isOpen: (bucket) => gates.get(id)?.isOpen(bucket) ?? true,
        learn,
        run: (request, send) => {
          const sendAndLearn = (waited: Duration.Duration) =>
            Effect.tapError(send(waited), (error) => learn(request, error))
          return Effect.suspend(() => gates.get(id)?.run(request, sendAndLearn) ?? sendAndLearn(Duration.zero))
        }
      }
    },
    quotaMode: (clientId) => {
      const mode = (clientId === undefined ? undefined : modes.get(clientId)) ?? ObservedQuotaMode.make()
      if (clientId !== undefined) modes.set(clientId, mode)
      return mode
    }
  })
})

type Failure = SpotifyError.SpotifyError | AuthError

const isLimit = (error: Failure): error is SpotifyError.SpotifyError =>
  error._tag === "SpotifyError" && (error.reason._tag === "RateLimited" || error.reason._tag === "QuotaExceeded")
