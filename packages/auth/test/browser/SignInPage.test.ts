/** The pages of a sign-in over loopback, and of the sandbox's consent, in a real Chromium. */
import { Sandbox } from "@app/sandbox"
import { assert, layer } from "@effect/vitest"
import * as axeCore from "axe-core"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type { Page } from "playwright-core"
import * as Chromium from "../support/browser/Chromium.ts"
import { begin, reasonOf } from "../support/LoopbackProgram.ts"

const { act } = Chromium

declare global {
  // oxlint-disable-next-line no-var -- only `var` declares a global.
  var axe: typeof axeCore
}

const newPage = Effect.gen(function*() {
  const { profile } = yield* Chromium.Chromium
  const context = yield* profile()
  return yield* act(() => context.newPage())
})

/** What keeps people from using a page, on a phone and on a desk, light and dark. */
const barriers = Effect.fnUntraced(function*(original: Page) {
  const page = yield* newPage
  return yield* act(async () => {
    // The pages let no script run, so a copy is looked at.
    await page.setContent(await original.content())
    await page.evaluate(axeCore.source)
    const found: Array<string> = []
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme })
      for (const width of [390, 1280]) {
        await page.setViewportSize({ width, height: 844 })
        const { violations } = await page.evaluate(() => globalThis.axe.run())
        found.push(
          ...violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${colorScheme} ${width} ${id}: ${html}`))
        )
        if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) {
          found.push(`${width} overflows`)
        }
      }
    }
    return found
  })
})

layer(Layer.merge(Chromium.layer(), Sandbox.layer()), { excludeTestServices: true })("a sign-in page", (it) => {
  it.effect("shows the end of a sign-in at an address without code and state", () =>
    Effect.gen(function*() {
      const page = yield* newPage
      const { fiber, port, url } = yield* begin({ programName: "Playlist Keeper" })
      yield* act(() => page.goto(url.href))
      yield* Fiber.join(fiber)
      assert.strictEqual(page.url(), `http://127.0.0.1:${port}/callback`)
      yield* act(() => page.getByRole("heading", { name: "You are signed in" }).waitFor())
      yield* act(() => page.getByText("Playlist Keeper can now use your account").waitFor())
      assert.deepStrictEqual(yield* barriers(page), [])
    }))

  it.effect("asks for consent in words, and leads back from there by Cancel", () =>
    Effect.gen(function*() {
      const { configure } = yield* Sandbox.Sandbox
      const page = yield* newPage
      yield* Effect.acquireRelease(configure({ autoApprove: false }), () => configure({ autoApprove: true }))
      const { fiber, url } = yield* begin()
      yield* act(() => page.goto(url.href))
      yield* act(() => page.getByText("See your country, and whether you have Premium.").waitFor())
      assert.deepStrictEqual(yield* barriers(page), [])
      yield* act(() => page.getByRole("button", { name: "Cancel" }).click())
      assert.strictEqual((yield* reasonOf(Fiber.join(fiber)))._tag, "AuthorizationDenied")
      yield* act(() => page.getByRole("heading", { name: "You are not signed in" }).waitFor())
      assert.notInclude(page.url(), "?")
      assert.deepStrictEqual(yield* barriers(page), [])
    }))

  it.effect("says what is registered where a request is refused", () =>
    Effect.gen(function*() {
      const { accountsUrl, client } = yield* Sandbox.Sandbox
      const page = yield* newPage
      const query = new URLSearchParams({ client_id: client.clientId, redirect_uri: "http://localhost/" })
      yield* act(() => page.goto(`${accountsUrl}/authorize?${query}`))
      yield* act(() => page.getByRole("listitem").getByText(client.redirectUri).waitFor())
      assert.deepStrictEqual(yield* barriers(page), [])
    }))
})
