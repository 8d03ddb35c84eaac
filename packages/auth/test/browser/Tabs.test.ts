/** Tabs that share the tokens of one sign-in, in a real Chromium. */
import { Fault, Sandbox } from "@app/sandbox"
import { assert, layer } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type { Page } from "playwright-core"
import * as Chromium from "../support/browser/Chromium.ts"
import * as Tabs from "../support/browser/Tabs.ts"

const slowly = Fault.Latency({ duration: Duration.millis(400), times: "always" })

const setUp = (settings: Partial<Sandbox.Settings> = {}) =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox.Sandbox
    yield* sandbox.clearFaults
    yield* sandbox.clearLog
    yield* sandbox.configure({ accessTokenLifetime: Duration.hours(1), rotateRefreshTokens: true, ...settings })
    const { profile } = yield* Chromium.Chromium
    const { url } = yield* Tabs.serve()
    const context = yield* profile()
    const open = Tabs.open(context, url)
    const first = yield* open
    yield* Tabs.signIn(first)
    const others = (count: number) =>
      Effect.all(Array.from({ length: count }, () => open), { concurrency: "unbounded" })
    return { ...sandbox, context, url, first, open, others }
  })

/** The refresh requests so far: how many, how many of them with a refresh token of their own, how many were refused. */
const refreshes = Effect.map(
  Effect.flatMap(Sandbox.Sandbox, ({ requests }) => requests),
  (requests) => {
    const sent = requests.filter(({ grantType }) => grantType === "refresh_token")
    return {
      sent: sent.length,
      tokens: new Set(sent.map(({ refreshToken }) => refreshToken)).size,
      refused: sent.filter(({ status }) => status === 400).length
    }
  }
)

const refresh = (page: Page) => Chromium.act(() => page.evaluate(() => globalThis.tab.refresh()))

const signOut = (page: Page) => Chromium.act(() => page.evaluate(() => globalThis.tab.signOut()))

/** The token of each tab, once all have the same. */
const same = (tabs: ReadonlyArray<Page>) =>
  Tabs.until(
    Effect.forEach(tabs, Tabs.get, { concurrency: "unbounded" }),
    (tokens) => new Set(tokens).size === 1
  )

layer(Layer.mergeAll(Chromium.layer(), Sandbox.layer()), { excludeTestServices: true })("tabs of a browser", (it) => {
  it.effect("F84, I2: five tabs send one request a generation as tokens end, with rotation and a slow server", () =>
    Effect.gen(function*() {
      const { first, inject, others } = yield* setUp({ accessTokenLifetime: Duration.seconds(4) })
      yield* inject("POST /api/token", slowly)
      const tabs = [first, ...yield* others(4)]
      const { sent: before } = yield* refreshes
      yield* Tabs.until(refreshes, ({ sent }) => sent >= before + 3)
      yield* same(tabs)
      const { refused, sent, tokens } = yield* refreshes
      assert.strictEqual(refused, 0)
      assert.strictEqual(tokens, sent)
      for (const tab of tabs) assert.notStrictEqual((yield* Tabs.status(tab)).phase, "SignInRequired")
    }))

  it.effect("F84: five tabs that open after the token has ended send one request", () =>
    Effect.gen(function*() {
      const { configure, first, inject, others } = yield* setUp({ accessTokenLifetime: Duration.seconds(3) })
      const { expiresAt } = yield* Tabs.status(first)
      yield* Chromium.act(() => first.close())
      const { sent: before } = yield* refreshes
      yield* configure({ accessTokenLifetime: Duration.hours(1) })
      yield* inject("POST /api/token", slowly)
      yield* Tabs.until(Clock.currentTimeMillis, (now) => now > expiresAt)
      yield* same(yield* others(5))
      assert.strictEqual((yield* refreshes).sent, before + 1)
    }))

  it.effect("F84: under the lock of a record, each tab reads what the last one has written", () =>
    Effect.gen(function*() {
      const { first, others } = yield* setUp()
      const tabs = [first, ...yield* others(4)]
      const rounds = 20
      yield* Effect.forEach(
        tabs,
        (tab) => Chromium.act(() => tab.evaluate((rounds) => globalThis.tab.count(rounds), rounds)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(
        Tabs.valueOf(yield* Chromium.act(() => first.evaluate(() => globalThis.tab.count(0)))),
        tabs.length * rounds
      )
    }))

  it.effect("wait for a record that another one keeps locked as long as they are told to, and then say so", () =>
    Effect.gen(function*() {
      const { first, others } = yield* setUp()
      const [second] = yield* others(1)
      assert.isDefined(second)
      yield* Chromium.act(() => first.evaluate(() => globalThis.tab.lock()))
      const outcome = yield* Chromium.act(() => second.evaluate(() => globalThis.tab.count(1, "100 millis")))
      assert.propertyVal(outcome, "kind", "Locked")
      yield* Chromium.act(() => first.evaluate(() => globalThis.tab.release()))
      assert.deepStrictEqual(yield* Chromium.act(() => second.evaluate(() => globalThis.tab.count(1))), { value: 1 })
    }))

  it.effect("wait for a database that the browser does not open as long as they are told to, and then say so", () =>
    Effect.gen(function*() {
      const { first, others } = yield* setUp()
      const [second] = yield* others(1)
      assert.isDefined(second)
      yield* Chromium.act(() => first.evaluate(() => globalThis.tab.occupy()))
      const outcome = yield* Chromium.act(() => second.evaluate(() => globalThis.tab.count(1, "100 millis")))
      assert.propertyVal(outcome, "kind", "Locked")
      yield* Chromium.act(() => first.close())
      assert.deepStrictEqual(yield* Chromium.act(() => second.evaluate(() => globalThis.tab.count(1))), { value: 1 })
    }))

  it.effect("look at a record without its lock as long as they are told to, and then say that it cannot be read", () =>
    Effect.gen(function*() {
      const { first } = yield* setUp()
      const outcome = yield* Chromium.act(() => first.evaluate(() => globalThis.tab.peekOccupied("100 millis")))
      assert.propertyVal(outcome, "kind", "Locked")
    }))

  it.effect("F84: the other tabs take over a token, a sign-out and a sign-in without a request", () =>
    Effect.gen(function*() {
      const { count, first, others } = yield* setUp()
      const [second, third] = yield* others(2)
      assert.isDefined(second)
      assert.isDefined(third)
      const tabs = [first, second, third]
      yield* same(tabs)
      yield* refresh(first)
      yield* same(tabs)
      const before = yield* count("POST /api/token")

      assert.deepStrictEqual(yield* signOut(second), { value: undefined })
      for (const tab of tabs) {
        yield* Tabs.until(Tabs.status(tab), ({ kind }) => kind === "SignedOut")
        const outcome = yield* Chromium.act(() => tab.evaluate(() => globalThis.tab.get()))
        assert.propertyVal(outcome, "kind", "SignedOut")
      }
      assert.strictEqual(yield* count("POST /api/token"), before)

      yield* Tabs.signIn(third)
      for (const tab of tabs) yield* Tabs.until(Tabs.status(tab), ({ phase }) => phase === "Valid")
      yield* same(tabs)
      assert.strictEqual(yield* count("POST /api/token"), before + 1)
    }))

  it.effect("F85: a tab that is closed in the middle of its refresh leaves the others signed in", () =>
    Effect.gen(function*() {
      const { clearFaults, first, inject, others } = yield* setUp()
      const [second] = yield* others(1)
      assert.isDefined(second)
      const token = yield* Tabs.get(second)
      yield* inject("POST /api/token", Fault.Latency({ duration: Duration.seconds(30) }))
      yield* Chromium.act(() => first.evaluate(() => void globalThis.tab.refresh()))
      yield* Tabs.until(refreshes, ({ sent }) => sent === 1)
      const waiting = yield* Effect.forkChild(refresh(second))
      yield* clearFaults
      yield* Chromium.act(() => first.close())
      assert.deepStrictEqual(yield* Fiber.join(waiting), { value: undefined })
      assert.notStrictEqual(yield* Tabs.get(second), token)
      assert.strictEqual((yield* refreshes).refused, 0)
    }))

  it.effect("F85: a tab that sleeps in the middle of its refresh keeps its lock, and nobody steals it", () =>
    Effect.gen(function*() {
      const { first, inject, others } = yield* setUp()
      const tabs = [first, ...yield* others(2)]
      yield* same(tabs)
      yield* inject("POST /api/token", slowly)
      yield* Chromium.act(() => first.evaluate(() => void globalThis.tab.refresh()))
      yield* Tabs.until(refreshes, ({ sent }) => sent === 1)
      const wake = yield* Chromium.stop(first)
      const waiting = yield* Effect.forkChild(
        Effect.forEach(tabs.slice(1), refresh, { concurrency: "unbounded" })
      )
      // The server has answered, and the others have had every chance to send a request of their own.
      yield* Tabs.until(
        Effect.flatMap(Sandbox.Sandbox, ({ requests }) => requests),
        (requests) => requests.some(({ grantType, status }) => grantType === "refresh_token" && status === 200)
      )
      for (const tab of tabs.slice(1)) yield* Tabs.until(Tabs.status(tab), ({ phase }) => phase === "Refreshing")
      yield* wake
      for (const outcome of yield* Fiber.join(waiting)) assert.deepStrictEqual(outcome, { value: undefined })
      yield* same(tabs)
      assert.deepStrictEqual(yield* refreshes, { sent: 1, tokens: 1, refused: 0 })
    }))

  it.effect("F85: a tab that slept past the end of its token takes over the token of the others", () =>
    Effect.gen(function*() {
      const { first, others } = yield* setUp({ accessTokenLifetime: Duration.seconds(3) })
      const [second] = yield* others(1)
      assert.isDefined(second)
      const asleep = yield* Tabs.get(second)
      const wake = yield* Chromium.stop(second)
      const { sent: before } = yield* refreshes
      yield* Tabs.until(refreshes, ({ sent }) => sent >= before + 2)
      yield* Tabs.get(first)
      yield* wake
      assert.notStrictEqual(yield* Tabs.get(second), asleep)
      yield* same([first, second])
      const { refused, sent, tokens } = yield* refreshes
      assert.strictEqual(refused, 0)
      assert.strictEqual(tokens, sent)
    }))

  it.effect("F86: where site data is switched off, each tab has a sign-in of its own and says why", () =>
    Effect.gen(function*() {
      yield* setUp()
      const { url } = yield* Tabs.serve()
      const profile = yield* Chromium.withoutSiteData
      const tabs = yield* Effect.all([Tabs.open(profile, url), Tabs.open(profile, url)])
      yield* keepApart(tabs, "keeps no data for this page")
    }))

  it.effect("F86: where there are no Web Locks, each tab has a sign-in of its own and says why", () =>
    Effect.gen(function*() {
      const { context, url } = yield* setUp()
      yield* Chromium.act(() => context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, "locks")))
      const tabs = yield* Effect.all([Tabs.open(context, url), Tabs.open(context, url)])
      yield* keepApart(tabs, "no Web Locks")
    }))
})

/** Signs two tabs in, and checks that neither has anything to do with the other. */
const keepApart = Effect.fnUntraced(function*(tabs: ReadonlyArray<Page>, issue: string) {
  for (const tab of tabs) {
    const unshared = yield* Chromium.act(() => tab.evaluate(() => globalThis.tab.unshared()))
    assert.include(Tabs.valueOf(unshared), issue)
    const outcome = yield* Chromium.act(() => tab.evaluate(() => globalThis.tab.popup()))
    assert.deepStrictEqual(outcome, { value: undefined })
  }
  const [first, second] = tabs
  assert.isDefined(first)
  assert.isDefined(second)
  assert.notStrictEqual(yield* Tabs.get(first), yield* Tabs.get(second))
  for (const tab of tabs) assert.deepStrictEqual(yield* refresh(tab), { value: undefined })
  yield* signOut(first)
  yield* Tabs.get(second)
  assert.strictEqual((yield* refreshes).refused, 0)
})
