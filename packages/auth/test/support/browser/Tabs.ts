/** Tabs of the page `TabPage`, over a sandbox of their own. */
import { Sandbox } from "@app/sandbox"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { fileURLToPath } from "node:url"
import type { BrowserContext, Page } from "playwright-core"
import * as Chromium from "./Chromium.ts"
import * as PageServer from "./PageServer.ts"
import type { Outcome, Settings } from "./TabPage.ts"

const entry = fileURLToPath(new URL("TabPage.ts", import.meta.url))

/** Serves the page, and registers it with the sandbox in context. */
export const serve = (options?: {
  readonly headers?: Readonly<Record<string, string>>
}): Effect.Effect<{ readonly url: string }, never, Sandbox.Sandbox | Scope.Scope> =>
  Effect.gen(function*() {
    const { accountsUrl, configure } = yield* Sandbox.Sandbox
    const clientId = "page"
    // Any port of the loopback address counts as registered.
    const redirectUri = "http://127.0.0.1/"
    yield* configure({ clients: [{ clientId, redirectUris: [redirectUri] }] })
    return yield* PageServer.serve({
      entry,
      ...options,
      settings: (origin): Settings => ({ accountsUrl, clientId, redirectUri: `${origin}/` })
    })
  })

/** The value of an outcome that is expected to be one. */
export const valueOf = <A>(outcome: Outcome<A>): A =>
  "value" in outcome ? outcome.value : assert.fail(`${outcome.reason}: ${outcome.message}`)

/** Waits until something holds, looking again as fast as the browser answers. */
export const until = <A, R>(
  look: Effect.Effect<A, never, R>,
  holds: (value: A) => boolean
): Effect.Effect<A, never, R> => look.pipe(Effect.repeat({ until: holds, schedule: Schedule.spaced("20 millis") }))

export const open = (profile: BrowserContext, url: string): Effect.Effect<Page> =>
  Effect.tap(Chromium.tab(profile, url), (page) => Chromium.act(() => page.waitForFunction(() => "tab" in globalThis)))

/** Signs in by a redirect in a tab, which is back at its address then. */
export const signIn = (page: Page): Effect.Effect<void> =>
  Chromium.act(async () => {
    await page.evaluate(() => void globalThis.tab.redirect())
    await page.waitForFunction(() => globalThis.tab?.completed().then((outcome) => "value" in outcome && outcome.value))
  })

export const get = (page: Page): Effect.Effect<string> =>
  Effect.map(Chromium.act(() => page.evaluate(() => globalThis.tab.get())), valueOf)

export const status = (page: Page) => Chromium.act(() => page.evaluate(() => globalThis.tab.status()))
