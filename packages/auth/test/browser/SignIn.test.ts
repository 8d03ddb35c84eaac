/** Sign-in from a page, in a real Chromium. */
import { Sandbox } from "@app/sandbox"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type { Page } from "playwright-core"
import * as Chromium from "../support/browser/Chromium.ts"
import * as Tabs from "../support/browser/Tabs.ts"

const setUp = Effect.gen(function*() {
  const { profile } = yield* Chromium.Chromium
  const { url } = yield* Tabs.serve()
  const context = yield* profile()
  return { context, url, page: yield* Tabs.open(context, url) }
})

const popup = (page: Page) => Chromium.act(() => page.evaluate(() => globalThis.tab.popup()))

const completed = (page: Page) => Chromium.act(() => page.evaluate(() => globalThis.tab.completed()))

/** The consent page of the sandbox, which a sign-in ends up at when the person has to agree. */
const consent = Effect.flatMap(
  Sandbox.Sandbox,
  ({ configure }) => Effect.acquireRelease(configure({ autoApprove: false }), () => configure({ autoApprove: true }))
)

layer(
  Layer.mergeAll(
    Chromium.layer({ without: ["--disable-popup-blocking", "--disable-back-forward-cache"] }),
    Sandbox.layer()
  ),
  {
    excludeTestServices: true
  }
)("a sign-in from a page", (it) => {
  it.effect("by a redirect comes back signed in, with neither code nor state in the address and the history", () =>
    Effect.gen(function*() {
      const { page, url } = yield* setUp
      yield* Tabs.signIn(page)
      assert.strictEqual(page.url(), url)
      assert.strictEqual(yield* Chromium.act(() => page.evaluate(() => globalThis.tab.addressAtStart)), url)
      const token = yield* Tabs.get(page)
      yield* Chromium.act(() => page.reload())
      assert.strictEqual(yield* Tabs.get(page), token)
    }))

  it.effect("by a redirect that the person declines says so, and can begin again", () =>
    Effect.gen(function*() {
      const { page, url } = yield* setUp
      yield* consent
      yield* Chromium.act(async () => {
        await page.evaluate(() => void globalThis.tab.redirect())
        await page.getByRole("button", { name: "Cancel" }).click()
        await page.waitForURL(url)
      })
      assert.propertyVal(yield* completed(page), "reason", "AuthorizationDenied")
      yield* Effect.flatMap(Sandbox.Sandbox, ({ configure }) => configure({ autoApprove: true }))
      yield* Tabs.signIn(page)
      yield* Tabs.get(page)
    }))

  it.effect("ends in no other tab than the one that it began in, and leaves no code in the address there either", () =>
    Effect.gen(function*() {
      const { context, page, url } = yield* setUp
      yield* consent
      yield* Chromium.act(async () => {
        await page.evaluate(() => void globalThis.tab.redirect())
        await page.getByRole("button", { name: "Cancel" }).waitFor()
      })
      const { approve, count } = yield* Sandbox.Sandbox
      const before = yield* count("POST /api/token")
      const callback = yield* approve(page.url())
      const other = yield* Tabs.open(context, callback.href)
      assert.strictEqual(other.url(), url)
      assert.propertyVal(yield* completed(other), "reason", "StateMismatch")
      assert.strictEqual(yield* count("POST /api/token"), before)
      // The sign-in goes on in its own tab.
      yield* Chromium.act(async () => {
        await page.goto(callback.href)
      })
      assert.deepStrictEqual(yield* completed(page), { value: true })
    }))

  it.effect("in a window of its own signs the page in, and closes the window", () =>
    Effect.gen(function*() {
      const { context, page, url } = yield* setUp
      assert.deepStrictEqual(yield* popup(page), { value: undefined })
      yield* Tabs.get(page)
      yield* Tabs.until(Effect.sync(() => context.pages().length), (count) => count === 1)
      assert.strictEqual(page.url(), url)
    }))

  it.effect("in a window that is cut off from the page by its Cross-Origin-Opener-Policy works as well", () =>
    Effect.gen(function*() {
      const { profile } = yield* Chromium.Chromium
      const { url } = yield* Tabs.serve({ headers: { "cross-origin-opener-policy": "same-origin" } })
      const page = yield* Tabs.open(yield* profile(), url)
      assert.deepStrictEqual(yield* popup(page), { value: undefined })
      yield* Tabs.get(page)
    }))

  it.effect("in a window that the person closes ends, and can begin again", () =>
    Effect.gen(function*() {
      const { context, page } = yield* setUp
      yield* consent
      const window = yield* Effect.forkChild(Chromium.act(() => context.waitForEvent("page")))
      const outcome = yield* Effect.forkChild(popup(page))
      const opened = yield* Fiber.join(window)
      yield* Chromium.act(async () => {
        await opened.getByRole("button", { name: "Cancel" }).waitFor()
        assert.strictEqual(await opened.evaluate(() => String(globalThis.opener)), "null")
        await opened.close()
      })
      assert.propertyVal(yield* Fiber.join(outcome), "kind", "Abandoned")
    }))

  it.effect("by a redirect that the person comes back from says so, and can begin again", () =>
    Effect.gen(function*() {
      const { page, url } = yield* setUp
      yield* consent
      yield* Chromium.act(async () => {
        // A page that holds the store's lock as it is left is loaded anew, and has nothing to say.
        await page.evaluate(() => globalThis.tab.get())
        await page.evaluate(() => void globalThis.tab.redirect())
        await page.getByRole("button", { name: "Cancel" }).waitFor()
        await page.evaluate(() => history.back()).catch(() => {})
        await page.waitForURL(url, { waitUntil: "commit" })
      })
      const outcome = yield* Chromium.act(() => page.evaluate(() => globalThis.tab.departed))
      assert.propertyVal(outcome, "kind", "Abandoned")
      yield* Effect.flatMap(Sandbox.Sandbox, ({ configure }) => configure({ autoApprove: true }))
      yield* Tabs.signIn(page)
    }))

  it.effect("in a window that the browser blocks says so, and what to do", () =>
    Effect.gen(function*() {
      const { context, url } = yield* setUp
      const page = yield* Tabs.open(context, `${url}#popup`)
      const outcome = yield* Chromium.act(() => page.evaluate(() => globalThis.tab.unasked))
      assert.propertyVal(outcome, "kind", "PopupBlocked")
      yield* Tabs.signIn(page)
    }))

  it.effect("where site data is switched off: a redirect says so, and a window signs this tab in", () =>
    Effect.gen(function*() {
      const { url } = yield* Tabs.serve()
      const page = yield* Tabs.open(yield* Chromium.withoutSiteData, url)
      const outcome = yield* Chromium.act(() => page.evaluate(() => globalThis.tab.redirect()))
      assert.propertyVal(outcome, "kind", "StorageOff")
      assert.strictEqual(page.url(), url)
      assert.deepStrictEqual(yield* popup(page), { value: undefined })
      yield* Tabs.get(page)
    }))
})
