/** A first program in a page, in a real Chromium and under a strict Content Security Policy. */
import { Sandbox } from "@app/sandbox"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { fileURLToPath } from "node:url"
import type { Page } from "playwright-core"
import * as Chromium from "../../../auth/test/support/browser/Chromium.ts"
import * as PageServer from "../../../auth/test/support/browser/PageServer.ts"
import type { Settings } from "../support/browser/GreetingPage.ts"

const entry = fileURLToPath(new URL("../support/browser/GreetingPage.ts", import.meta.url))

const setUp = Effect.gen(function*() {
  const { accountsUrl, apiUrl, configure } = yield* Sandbox.Sandbox
  const clientId = "page"
  yield* configure({ clients: [{ clientId, redirectUris: ["http://127.0.0.1/"] }] })
  const { url } = yield* PageServer.serve({
    entry,
    headers: {
      "content-security-policy": [
        "default-src 'none'",
        "script-src 'self'",
        "img-src data:",
        `connect-src ${accountsUrl} ${new URL(apiUrl).origin}`,
        "require-trusted-types-for 'script'"
      ].join("; ")
    },
    settings: (origin): Settings => ({ accountsUrl, apiUrl, clientId, redirectUri: `${origin}/` })
  })
  const { profile } = yield* Chromium.Chromium
  const context = yield* profile()
  const violations: Array<string> = []
  context.on("console", (message) => {
    if (/Content Security Policy|TrustedScript/.test(message.text())) violations.push(message.text())
  })
  return { context, url, violations, page: yield* Chromium.tab(context, url) }
})

const sees = (page: Page, text: string) => Chromium.act(() => page.getByText(text).waitFor())

const click = (page: Page, name: string) => Chromium.act(() => page.getByRole("button", { name, exact: true }).click())

layer(Layer.mergeAll(Chromium.layer(), Sandbox.layer()), { excludeTestServices: true })("a first page", (it) => {
  it.effect("asks for a sign-in, greets, and greets in other tabs and after a reload, until a tab signs out", () =>
    Effect.gen(function*() {
      const { context, page, url, violations } = yield* setUp
      yield* sees(page, "Ask the person to sign in")
      yield* click(page, "Sign in")
      yield* sees(page, "Hello, Sandy")
      assert.strictEqual(page.url(), url)
      const other = yield* Chromium.tab(context, url)
      yield* sees(other, "Hello, Sandy")
      yield* Chromium.act(() => page.reload())
      yield* sees(page, "Hello, Sandy")
      assert.strictEqual(yield* Chromium.act(() => page.evaluate(() => document.body.dataset["shared"])), "true")
      yield* click(other, "Sign out")
      yield* sees(page, "The person has been signed out")
      yield* click(page, "Sign in in a window")
      yield* sees(page, "Hello, Sandy")
      yield* sees(other, "Hello, Sandy")
      assert.deepStrictEqual(violations, [])
    }))

  it.effect("says how a sign-in ended that the person declined", () =>
    Effect.gen(function*() {
      const { page, url } = yield* setUp
      const { configure, deny } = yield* Sandbox.Sandbox
      yield* Effect.acquireRelease(configure({ autoApprove: false }), () => configure({ autoApprove: true }))
      yield* click(page, "Sign in")
      yield* Chromium.act(() => page.waitForURL((address) => address.pathname === "/authorize"))
      const callback = yield* deny(page.url())
      yield* Chromium.act(() => page.goto(callback.href))
      yield* sees(page, "The sign-in was refused")
      assert.strictEqual(page.url(), url)
    }))
})
