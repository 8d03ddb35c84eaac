/** The example's page as it is built for a sandbox, served on loopback, and what a person finds on it. */
import { Sandbox } from "@app/sandbox"
import * as axeCore from "axe-core"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core"
import { build, type Plugin, preview } from "vite"
import * as Chromium from "../../../packages/auth/test/support/browser/Chromium.ts"
import { configurationOf } from "../../browser/Site.ts"

const { act } = Chromium

export interface Site {
  readonly url: string
  /** The folder that is served. */
  readonly folder: string
  /** Puts another build in the place of the one that is served: one with this text at the foot of the page. */
  readonly publish: (foot: string) => Effect.Effect<void>
}

/** Builds and serves the page for the sandbox in context until the scope closes. */
export const site: Effect.Effect<Site, never, Sandbox.Sandbox | Scope.Scope> = Effect.gen(function*() {
  const { accountsUrl, apiUrl, client: { clientId } } = yield* Sandbox.Sandbox
  const outDir = yield* Effect.acquireRelease(
    act(() => mkdtemp(join(tmpdir(), "example-page-"))),
    (folder) => act(() => rm(folder, { recursive: true, force: true }))
  )
  const base = configurationOf({ accountsUrl, apiUrl, clientId })
  const configuration = {
    ...base,
    configFile: false as const,
    build: { ...base.build, outDir },
    preview: { ...base.preview, port: 0 }
  }
  yield* act(() => build(configuration))
  const server = yield* Effect.acquireRelease(
    act(() => preview(configuration)),
    (server) => act(() => server.close())
  )
  const withFoot = (foot: string): Plugin => ({
    name: "foot",
    transformIndexHtml: (html) => html.replace(/(?<=<p id="about">).*?(?=<\/p>)/, foot)
  })
  return {
    url: server.resolvedUrls?.local[0] ?? "",
    folder: outDir,
    publish: (foot) =>
      act(async () => {
        await build({ ...configuration, plugins: [withFoot(foot), configuration.plugins] })
      })
  }
})

/** Builds and serves the page for the sandbox in context until the scope closes, and returns its address. */
export const serve: Effect.Effect<string, never, Sandbox.Sandbox | Scope.Scope> = Effect.map(site, ({ url }) => url)

/** A cover in place of those that only the network has. */
const cover = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#777"/></svg>`

/** Opens a window whose covers come from here, until the scope closes. `complaints` is what the browser says against the page. */
export const profile = Effect.fnUntraced(function*(options?: BrowserContextOptions) {
  const { profile } = yield* Chromium.Chromium
  return yield* watched(yield* profile(options))
})

/** Notes what the browser says against the pages of a window. */
export const watched = (context: BrowserContext) =>
  act(async () => {
    const complaints: Array<string> = []
    context.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text())
    })
    context.on("weberror", (error) => complaints.push(String(error.error())))
    await context.route("https://i.scdn.co/**", (route) => route.fulfill({ contentType: "image/svg+xml", body: cover }))
    return { complaints, context }
  })

export const signedOut = (page: Page) => page.getByRole("heading", { name: "See what you listen to" })

export const signedIn = (page: Page) => page.getByRole("heading", { name: "Sandy Box", level: 1 })

/** The notice about the page as a whole; parts of the page have alerts of their own. */
export const notice = (page: Page) => page.getByRole("main").locator("#notice[role=alert]")

/** The word that there is no network. */
export const network = (page: Page) => page.locator("#network")

/** Signs in on the page itself. */
export const signIn = (page: Page): Effect.Effect<void> =>
  act(async () => {
    await page.getByRole("button", { name: "Sign in", exact: true }).click()
    await signedIn(page).waitFor()
  })

/** Looks for what keeps people with other senses from using a page: names, roles, contrasts, labels. */
export const barriers = (page: Page): Effect.Effect<ReadonlyArray<string>> =>
  act(async () => {
    await page.evaluate(axeCore.source)
    const { violations } = await page.evaluate(() => globalThis.axe.run())
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
  })

declare global {
  // oxlint-disable-next-line no-var -- only `var` declares a global.
  var axe: typeof axeCore
}
