import { assert, it } from "@effect/vitest"
import { DueSpread } from "../src/internal/shared/DueSpread.ts"

const minute = 60_000
const hour = 60 * minute

/** Draws the same numbers in every run. */
const numbers = () => {
  let state = 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** The refreshes of each minute, of accounts that were all signed in within the first one. */
const refreshes = (accounts: number, lives: number) => {
  const spread = new DueSpread()
  const random = numbers()
  const next = (now: number) =>
    spread.choose({
      issuedAt: now,
      lifetime: hour,
      now,
      planned: now + 52.5 * minute + random() * 1.9 * minute,
      randoms: [random(), random()]
    })
  let due = Array.from({ length: accounts }, () => next(random() * minute))
  const perMinute: Array<number> = []
  for (let at = 0; at < lives * hour; at += minute) {
    const now = due.filter((one) => one < at + minute)
    perMinute.push(now.length)
    due = [...due.filter((one) => one >= at + minute), ...now.map(next)]
  }
  return perMinute
}

it("accounts that were signed in together are spread evenly by their refreshes", () => {
  const perMinute = refreshes(3000, 8)
  const settled = perMinute.slice(5 * 60)
  const mean = settled.reduce((sum, one) => sum + one, 0) / settled.length
  assert.isAtMost(Math.max(...settled), 2 * mean)
  // None is refreshed before half of its life, and hardly more often than it has to be.
  assert.isAtMost(mean, 1.25 * 3000 / 53)
  assert.isAtMost(Math.max(...perMinute.slice(0, 60)), 3 * mean)
})

it("accounts that are few stay where the policy wants them", () => {
  const spread = new DueSpread()
  for (let one = 0; one < 30; one++) {
    const options = { issuedAt: 0, lifetime: hour, now: 0, planned: 53 * minute, randoms: [0.1, 0.2] } as const
    assert.strictEqual(spread.choose(options), 53 * minute)
  }
})
