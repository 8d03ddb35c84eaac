import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import * as TestClock from "effect/testing/TestClock"
import { ModelServer } from "./support/ModelServer.ts"
import { simulate } from "./support/TokenServiceModel.ts"

/** Starts an effect, lets it take so many steps, and interrupts it there. */
const interruptedAfter = <A, E, R>(steps: number, effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(
    Effect.forkChild(Effect.provideService(effect, Scheduler.MaxOpsBeforeYield, steps), { startImmediately: true }),
    Fiber.interrupt
  )

const whileTimePasses = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    yield* TestClock.adjust("1 minute")
    return yield* Fiber.join(fiber)
  })

describe("a caller interrupted at any step", () => {
  it.effect.each(Array.from({ length: 40 }, (_, index) => index + 2))(
    "I4: leaves the service as able as before (step %i)",
    (steps) =>
      simulate(Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const server = yield* ModelServer
        yield* whileTimePasses(tokens.get)
        yield* interruptedAfter(steps, tokens.refresh)
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* tokens.status).phase, "Valid")
        const before = server.requests()
        yield* whileTimePasses(tokens.refresh)
        assert.strictEqual(server.requests(), before + 1)
      }))
  )
})
