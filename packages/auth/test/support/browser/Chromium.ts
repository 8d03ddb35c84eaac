/** A running Chromium, driven over its DevTools protocol. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
  type Page
} from "playwright-core"
import * as BrowserPath from "./BrowserPath.ts"

/** Runs an action of the browser. One that fails is a defect: it is the test that is wrong, or the page. */
export const act = <A>(action: () => Promise<A>): Effect.Effect<A> => Effect.promise(action)

export class Chromium extends Context.Service<Chromium, {
  /** Opens a window with cookies, storage and tabs of its own, until the scope closes. */
  readonly profile: (options?: BrowserContextOptions) => Effect.Effect<BrowserContext, never, Scope.Scope>
}>()("test/Chromium") {}

export interface Options {
  /** Further switches of Chromium. */
  readonly args?: ReadonlyArray<string>
  /** Switches that Playwright gives and a test does without, such as `--disable-popup-blocking`. */
  readonly without?: ReadonlyArray<string>
}

const launchOptions = ({ args = [], without = [] }: Options): LaunchOptions => ({
  executablePath: BrowserPath.find() ?? "chromium",
  // Its sandbox does not start for root, as in a container.
  chromiumSandbox: process.getuid?.() !== 0,
  // Each tab has a process of its own, and with it its own copy of what the tabs share.
  args: ["--renderer-process-limit=20", ...args],
  ignoreDefaultArgs: [...without]
})

const launch = (options: Options): Effect.Effect<Browser, never, Scope.Scope> =>
  Effect.acquireRelease(
    act(() => chromium.launch(launchOptions(options))),
    (browser) => act(() => browser.close())
  )

export const layer = (options: Options = {}): Layer.Layer<Chromium> =>
  Layer.effect(
    Chromium,
    Effect.map(launch(options), (browser) => ({
      profile: (options) =>
        Effect.acquireRelease(act(() => browser.newContext(options)), (context) => act(() => context.close()))
    }))
  )

/**
 * Opens a window whose person has switched off cookies and site data, as in the settings of the browser, until the scope
 * closes.
 */
export const withoutSiteData: Effect.Effect<BrowserContext, never, Scope.Scope> = Effect.gen(function*() {
  const directory = yield* Effect.acquireRelease(
    act(() => mkdtemp(join(tmpdir(), "chromium-"))),
    (directory) => act(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))
  )
  const settings = { profile: { default_content_setting_values: { cookies: 2 } } }
  yield* act(async () => {
    await mkdir(join(directory, "Default"))
    await writeFile(join(directory, "Default/Preferences"), JSON.stringify(settings))
  })
  return yield* Effect.acquireRelease(
    act(() => chromium.launchPersistentContext(directory, launchOptions({}))),
    (context) => act(() => context.close())
  )
})

/**
 * Stops a tab from running anything, as sleep does, and returns what lets it go on. Its timers and responses are late
 * then, while the clock on the wall has gone on.
 */
export const stop = (page: Page): Effect.Effect<Effect.Effect<void>> =>
  act(async () => {
    const session = await page.context().newCDPSession(page)
    await session.send("Debugger.enable")
    const stopped = new Promise((resolve) => session.once("Debugger.paused", resolve))
    const statement = session.send("Runtime.evaluate", { expression: "debugger" })
    await stopped
    return act(async () => {
      await session.send("Debugger.resume")
      await statement
      await session.detach()
    })
  })

/** Opens a tab. */
export const tab = (profile: BrowserContext, url: string): Effect.Effect<Page> =>
  act(async () => {
    const page = await profile.newPage()
    await page.goto(url)
    return page
  })
