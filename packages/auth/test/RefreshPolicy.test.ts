import { standard } from "@app/auth/RefreshPolicy"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const Lifetime = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 30 * 86_400 }))
const Draw = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.999_999 }))
const Attempt = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 }))

const life = (seconds: number) => Option.some(Duration.seconds(seconds))
const runs = { arbitrary: { runs: 500 } }

const ages = (lifetimeSeconds: number, draw: number) => {
  const { expiresAt, mandatoryAt, refreshAt } = standard.plan(life(lifetimeSeconds), draw)
  return {
    refreshAt: Duration.toSeconds(refreshAt),
    mandatoryAt: Duration.toSeconds(mandatoryAt),
    expiresAt: Duration.toSeconds(expiresAt)
  }
}

describe("the plan for a token", () => {
  it.prop(
    "is served, then refreshed, then waited for, then over",
    { seconds: Lifetime, draw: Draw },
    ({ draw, seconds }) => {
      const { expiresAt, mandatoryAt, refreshAt } = ages(seconds, draw)
      assert.isAbove(refreshAt, 0)
      assert.isBelow(refreshAt, mandatoryAt)
      assert.isBelow(mandatoryAt, expiresAt)
      assert.strictEqual(expiresAt, seconds)
    },
    runs
  )

  it.prop(
    "is refreshed no sooner than at half its life, however short",
    { seconds: Lifetime, draw: Draw },
    ({ draw, seconds }) => {
      assert.isAtLeast(ages(seconds, draw).refreshAt, seconds / 2)
    },
    runs
  )

  it.prop("spreads a fleet, and only ever delays", { seconds: Lifetime, draw: Draw }, ({ draw, seconds }) => {
    const earliest = ages(seconds, 0).refreshAt
    const delay = ages(seconds, draw).refreshAt - earliest
    assert.isAtLeast(delay, 0)
    assert.isAtMost(delay, Math.min((seconds - earliest) / 4, 300) + 1e-6)
  }, runs)

  it.each([
    [5, 2, 0.5],
    [60, 7.5, 1.25],
    [3600, 450, 60],
    [86_400, 3600, 60]
  ])("of %i seconds: %d s ahead, waited for in the last %d s", (seconds, ahead, mandatory) => {
    assert.closeTo(ages(seconds, 0).refreshAt, seconds - ahead, 1e-6)
    assert.closeTo(ages(seconds, 0).mandatoryAt, seconds - mandatory, 1e-6)
  })

  it.prop("whose end is unknown is refreshed after ten minutes and never waited for", { draw: Draw }, ({ draw }) => {
    const plan = standard.plan(Option.none(), draw)
    assert.isAtLeast(Duration.toMinutes(plan.refreshAt), 10)
    assert.isAtMost(Duration.toMinutes(plan.refreshAt), 11)
    assert.isFalse(Duration.isFinite(plan.mandatoryAt))
    assert.isFalse(Duration.isFinite(plan.expiresAt))
  }, runs)

  it.prop("that came a second time is not asked for at once", { seconds: Lifetime }, ({ seconds }) => {
    const { refreshAt } = standard.planUnchanged(life(seconds))
    assert.isAtLeast(Duration.toSeconds(refreshAt), 1)
    assert.isAtMost(Duration.toSeconds(refreshAt), 300)
  }, runs)
})

describe("pauses", () => {
  it.prop("while a token serves lie between half a second and five minutes, and grow", {
    seconds: Lifetime,
    attempt: Attempt,
    draw: Draw
  }, ({ attempt, draw, seconds }) => {
    const pause = Duration.toMillis(standard.pauseWhileServing(life(seconds), attempt, draw))
    assert.isAtLeast(pause, 500)
    assert.isAtMost(pause, 300_000)
    assert.isAtLeast(Duration.toMillis(standard.pauseWhileServing(life(seconds), attempt + 1, draw)), pause)
  }, runs)

  it.prop("without a token begin at a second and end at a minute, a fifth more or less", {
    attempt: Attempt,
    draw: Draw
  }, ({ attempt, draw }) => {
    const pause = Duration.toSeconds(standard.pauseWithoutToken(attempt, draw))
    const middle = Math.min(2 ** (attempt - 1), 60)
    assert.isAtLeast(pause, middle * 0.8 - 1e-6)
    assert.isAtMost(pause, middle * 1.2 + 1e-6)
  }, runs)

  it.prop("that a server asks for are kept, up to an hour", { seconds: Lifetime }, ({ seconds }) => {
    assert.strictEqual(Duration.toSeconds(standard.pauseAsked(life(seconds))), Math.min(seconds, 3600))
  }, runs)

  it("after a 429 that asks for none: a minute", () => {
    assert.strictEqual(Duration.toSeconds(standard.pauseAsked(Option.none())), 60)
  })

  it.each([[5, 1.25], [60, 15], [3600, 30]])("after a refusal, for a life of %i s: %d s", (seconds, expected) => {
    assert.strictEqual(Duration.toSeconds(standard.pauseAfterRejection(life(seconds))), expected)
  })
})
