/** Clocks that are set, and timers that come late. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { patient, punctual } from "./support/Policies.ts"
import { down, withAnswers } from "./support/ScriptedServer.ts"
import { secretOf } from "./support/TokenServiceModel.ts"
import { WallClock } from "./support/WallClock.ts"

describe("late timers", () => {
  it.effect.each(["the wall clock", "the other clock"] as const)(
    "leave it to callers, who need not wait, to notice by %s that a token is due (F7)",
    (which) =>
      withAnswers(
        () => ({ expires_in: 3600 }),
        ({ asked, tokens }) =>
          Effect.gen(function*() {
            const { shift, stall } = yield* WallClock
            const pass = (millis: number) =>
              which === "the wall clock" ? shift(millis) : Effect.andThen(stall(millis), shift(-millis))
            yield* TestClock.adjust("10 minutes")
            yield* tokens.refresh
            yield* pass(3_149_999)
            assert.strictEqual(secretOf(yield* tokens.get), "BQ-2")
            yield* TestClock.adjust(0)
            assert.strictEqual(asked.length, 2)
            yield* pass(1)
            assert.strictEqual(secretOf(yield* tokens.get), "BQ-2")
            yield* TestClock.adjust(0)
            assert.strictEqual(secretOf(yield* tokens.get), "BQ-3")
            assert.strictEqual(asked.length, 3)
          }),
        { policy: punctual }
      )
  )

  it.effect("leave a token's last chance to callers, whatever pause is on: one waits for what it brings", () =>
    withAnswers(
      (serial) => serial === 2 ? down() : { expires_in: 3600 },
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          const { shift } = yield* WallClock
          yield* TestClock.adjust(3_150_000)
          yield* shift(389_999)
          assert.strictEqual(secretOf(yield* tokens.get), "BQ-1")
          assert.strictEqual(asked.length, 2)
          yield* shift(1)
          assert.strictEqual(secretOf(yield* tokens.get), "BQ-3")
        }),
      { policy: patient }
    ))

  it.effect("leave it to them once: where it brings nothing, the old token serves to its end", () =>
    withAnswers(
      (serial) => serial === 1 ? { expires_in: 3600 } : down(),
      ({ asked, tokens }) =>
        Effect.gen(function*() {
          const { shift } = yield* WallClock
          yield* TestClock.adjust(3_150_000)
          yield* shift(390_000)
          for (let i = 0; i < 5; i++) assert.strictEqual(secretOf(yield* tokens.get), "BQ-1")
          yield* TestClock.adjust(0)
          assert.strictEqual(asked.length, 3)
        }),
      { policy: patient }
    ))

  it.effect("are seen in status: a token that ended meanwhile leaves it empty, until somebody asks", () =>
    withAnswers(() => ({ expires_in: 3600 }), ({ tokens }) =>
      Effect.gen(function*() {
        const { shift } = yield* WallClock
        assert.strictEqual((yield* tokens.status).phase, "Valid")
        yield* shift(3_600_000)
        assert.strictEqual((yield* tokens.status).phase, "Empty")
        yield* tokens.get
        assert.strictEqual((yield* tokens.status).phase, "Valid")
      })))

  it.effect("and a clock set back by a second cost no request; one set back by more does (F9)", () =>
    withAnswers(() => ({ expires_in: 3600 }), ({ asked, tokens }) =>
      Effect.gen(function*() {
        const { shift } = yield* WallClock
        yield* shift(5000)
        yield* tokens.refresh
        yield* tokens.get
        yield* shift(-1000)
        assert.strictEqual(secretOf(yield* tokens.get), "BQ-2")
        yield* TestClock.adjust(0)
        assert.strictEqual(asked.length, 2)
        yield* shift(-1)
        assert.strictEqual(secretOf(yield* tokens.get), "BQ-3")
      })))
})
