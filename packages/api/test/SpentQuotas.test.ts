/** The rules of spent quotas, each by itself. `RateLimit.test.ts` has the gate that follows them. */
import { assert, describe, it } from "@effect/vitest"
import * as SpentQuotas from "../src/internal/rateLimit/SpentQuotas.ts"

const at = (millis: number) => ({ wall: 1_000_000 + millis, monotonic: millis })

const day = 24 * 60 * 60 * 1000

const { quotas } = SpentQuotas.spend(SpentQuotas.none, "search", 5_000, at(0))

describe("a spent quota", () => {
  const lengths: ReadonlyArray<readonly [string, retryAfter: number | undefined, lasts: number]> = [
    ["what the server says", 5_000, 5_000],
    ["a minute when the server does not say", undefined, 60_000],
    ["no longer than a day", 1e15, day]
  ]
  for (const [what, retryAfter, lasts] of lengths) {
    it(`I16: lasts ${what}`, () => {
      assert.strictEqual(SpentQuotas.spend(SpentQuotas.none, "search", retryAfter, at(0)).lasts, lasts)
    })
  }

  it("I16: concerns its bucket alone, until its time is over by either clock", () => {
    assert.strictEqual(SpentQuotas.remaining(quotas, "search", at(4_999)), 1)
    assert.strictEqual(SpentQuotas.remaining(quotas, "search", at(5_000)), 0)
    assert.strictEqual(SpentQuotas.remaining(quotas, "search", { wall: 1_005_000, monotonic: 10 }), 0)
    assert.strictEqual(SpentQuotas.remaining(quotas, "tracks", at(0)), 0)
  })

  it("I16: is forgotten once its time is over, and the next to end is waited for", () => {
    const both = SpentQuotas.spend(quotas, "tracks", 9_000, at(1_000)).quotas
    assert.strictEqual(SpentQuotas.wakesIn(SpentQuotas.none, at(0)), Infinity)
    assert.strictEqual(SpentQuotas.wakesIn(both, at(1_000)), 4_000)
    assert.deepStrictEqual(Array.from(SpentQuotas.expire(both, at(4_999)).keys()), ["search", "tracks"])
    assert.deepStrictEqual(Array.from(SpentQuotas.expire(both, at(5_000)).keys()), ["tracks"])
    assert.strictEqual(SpentQuotas.wakesIn(SpentQuotas.expire(both, at(5_000)), at(5_000)), 5_000)
  })
})
