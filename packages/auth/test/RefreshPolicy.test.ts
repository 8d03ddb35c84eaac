import { standard } from "@app/auth/RefreshPolicy"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Runs from "./support/Runs.ts"

const Lifetime = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 30 * 86_400 }))
const Draw = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.999_999 }))
const Attempt = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 }))

const life = (seconds: number) => Option.some(Duration.seconds(seconds))
const runs = { arbitrary: { runs: Runs.upTo(500) } }

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
    [2, 1, 0.25, 0.2],
    [5, 2, 0.5, 0.5],
    [60, 7.5, 1.875, 1.25],
    [3600, 450, 112.5, 60],
    [86_400, 3600, 300, 60]
  ])("of %i s: %d s ahead, less up to %d s, waited for in the last %d s", (seconds, ahead, jitter, mandatory) => {
    assert.closeTo(ages(seconds, 0).refreshAt, seconds - ahead, 1e-6)
    assert.closeTo(ages(seconds, 1).refreshAt, seconds - ahead + jitter, 1e-6)
    assert.closeTo(ages(seconds, 0).mandatoryAt, seconds - mandatory, 1e-6)
  })

  it("whose end is unknown is refreshed after ten minutes, or up to eleven, and never waited for", () => {
    assert.strictEqual(Duration.toMinutes(standard.plan(Option.none(), 0).refreshAt), 10)
    const plan = standard.plan(Option.none(), 1)
    assert.strictEqual(Duration.toMinutes(plan.refreshAt), 11)
    assert.isFalse(Duration.isFinite(plan.mandatoryAt))
    assert.isFalse(Duration.isFinite(plan.expiresAt))
  })

  it.each([
    [1, 1, 0.9],
    [60, 30, 58.75],
    [600, 300, 587.5],
    [3600, 300, 3540]
  ])("of %i s that came a second time: not before %d s, waited for from %d s on", (seconds, refreshAt, mandatoryAt) => {
    const plan = standard.planWithoutProgress(life(seconds))
    assert.closeTo(Duration.toSeconds(plan.refreshAt), refreshAt, 1e-6)
    assert.closeTo(Duration.toSeconds(plan.mandatoryAt), mandatoryAt, 1e-6)
    assert.strictEqual(Duration.toSeconds(plan.expiresAt), seconds)
  })

  it("whose end is unknown and that came a second time is asked for after five minutes, and never waited for", () => {
    const plan = standard.planWithoutProgress(Option.none())
    assert.strictEqual(Duration.toMinutes(plan.refreshAt), 5)
    assert.isFalse(Duration.isFinite(plan.mandatoryAt))
    assert.isFalse(Duration.isFinite(plan.expiresAt))
  })
})

describe("pauses", () => {
  it.prop("while a token serves lie between half a second and five minutes, and grow", {
    seconds: Lifetime,
    attempt: Attempt,
    draw: Draw
  }, ({ attempt, draw, seconds }) => {
    const pause = Duration.toMillis(standard.retryDelay(life(seconds), attempt, draw))
    assert.isAtLeast(pause, 500)
    assert.isAtMost(pause, 300_000)
    assert.isAtLeast(Duration.toMillis(standard.retryDelay(life(seconds), attempt + 1, draw)), pause)
  }, runs)

  it.each([
    ["5 s", life(5), 0.5, 0.5, 0.5],
    ["1 min", life(60), 0.5, 0.75, 1.875],
    ["1 h", life(3600), 22.5, 45, 112.5],
    ["24 h", life(86_400), 180, 300, 300],
    ["no known end", Option.none(), 30, 60, 300]
  ])("while a token of %s serves: double from try to try, or half of that by chance", (_, lifetime, ...expected) => {
    const pause = (attempt: number, draw: number) => Duration.toSeconds(standard.retryDelay(lifetime, attempt, draw))
    const pauses = [pause(1, 1), pause(2, 1), pause(40, 1)]
    assert.deepStrictEqual(pauses, expected)
    assert.deepStrictEqual(
      [pause(1, 0), pause(40, 0)],
      [pauses[0], pauses[2]].map((longest) => Math.max((longest ?? 0) / 2, 0.5))
    )
  })

  it.each([[0, 800], [0.5, 1000], [1, 1200]])("without a token, drawn at %d, begin at %d ms", (draw, millis) => {
    assert.strictEqual(Duration.toMillis(standard.retryDelayWithoutToken(1, draw)), millis)
  })

  it.prop("without a token begin at a second and end at a minute, a fifth more or less", {
    attempt: Attempt,
    draw: Draw
  }, ({ attempt, draw }) => {
    const pause = Duration.toSeconds(standard.retryDelayWithoutToken(attempt, draw))
    const middle = Math.min(2 ** (attempt - 1), 60)
    assert.isAtLeast(pause, middle * 0.8 - 1e-6)
    assert.isAtMost(pause, middle * 1.2 + 1e-6)
  }, runs)

  it.prop("that a server asks for are kept, up to an hour", { seconds: Lifetime }, ({ seconds }) => {
    assert.strictEqual(Duration.toSeconds(standard.serverDelay(life(seconds))), Math.min(seconds, 3600))
  }, runs)

  it("after a 429 that asks for none: a minute", () => {
    assert.strictEqual(Duration.toSeconds(standard.serverDelay(Option.none())), 60)
  })

  it.each([
    ["2 s", life(2), 1],
    ["5 s", life(5), 1.25],
    ["1 min", life(60), 15],
    ["1 h", life(3600), 30],
    ["no known end", Option.none(), 30]
  ])("after a refusal, for a life of %s: %d s", (_, lifetime, expected) => {
    assert.strictEqual(Duration.toSeconds(standard.minAgeBeforeReplacement(lifetime)), expected)
  })
})
