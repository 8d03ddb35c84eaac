/** The statuses of one token service, as those who watch them see them. */
import type { TokenStatus } from "@app/auth/TokenStatus"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { StatusChanges } from "../src/internal/lifecycle/StatusChanges.ts"
import * as TokenState from "../src/internal/lifecycle/TokenState.ts"
import { at, held, never, rules } from "./support/TokenStates.ts"

const starting = TokenState.status(TokenState.initial, at(0), rules, undefined)
const valid = TokenState.status(held(), at(0), rules, undefined)
const ended = TokenState.status(never(), at(0), rules, undefined)

/** Starts to watch, and returns what has been seen so far and how it ended. */
const watch = Effect.fnUntraced(function*(changes: StatusChanges, status: TokenStatus) {
  const seen: Array<TokenStatus> = []
  const watching = yield* Effect.forkChild(
    Stream.runForEach(changes.watch(() => status), (status) => Effect.sync(() => seen.push(status))),
    { startImmediately: true }
  )
  yield* TestClock.adjust(0)
  return { seen, exit: () => watching.pollUnsafe() }
})

describe("the changes of a status", () => {
  it.effect("begin with the current status, and reach all who watch", () =>
    Effect.gen(function*() {
      const changes = new StatusChanges()
      changes.publish(() => ended)
      const first = yield* watch(changes, starting)
      changes.publish(() => valid)
      const second = yield* watch(changes, valid)
      changes.publish(() => ended)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(first.seen, [starting, valid, ended])
      assert.deepStrictEqual(second.seen, [valid, ended])
      assert.isUndefined(first.exit())
    }).pipe(Effect.provide(TestClock.layer())))

  it.effect("end for all who watch, and where nobody does", () =>
    Effect.gen(function*() {
      const changes = new StatusChanges()
      yield* changes.end()
      const watching = yield* watch(changes, valid)
      yield* changes.end()
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(watching.seen, [valid])
      assert.deepStrictEqual(watching.exit(), Exit.void)
    }).pipe(Effect.provide(TestClock.layer())))
})
