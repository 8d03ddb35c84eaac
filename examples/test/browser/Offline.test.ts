/** The example without a network: what opens, what it says, how it goes on, and what the browser keeps for it. */
import { Sandbox } from "@app/sandbox"
import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { appendFile, readdir } from "node:fs/promises"
import { join } from "node:path"
import type { BrowserContext, Page } from "playwright-core"
import * as Chromium from "../../../packages/auth/test/support/browser/Chromium.ts"
import * as ExamplePage from "../support/ExamplePage.ts"

const { act } = Chromium

class Site extends Context.Service<Site, ExamplePage.Site>()("test/Site") {}

const setUp = Effect.gen(function*() {
  const { url } = yield* Site
  const { complaints, context } = yield* ExamplePage.profile()
  return { complaints, context, url, page: yield* Chromium.tab(context, url) }
})

/** Waits until the browser has kept the files of the page. */
const installed = (page: Page) => act(() => page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined)))

const setOffline = (context: BrowserContext, isOffline: boolean) => act(() => context.setOffline(isOffline))

const reload = (page: Page) => act(() => page.reload())

const isStillSignedIn = (page: Page) =>
  act(() => ExamplePage.network(page).getByText("You are offline. You are still signed in.").waitFor())

interface Kept {
  readonly cache: string
  readonly url: string
  readonly text: string
  readonly policy: string | null
}

/** Reads everything that is in any cache of the page's origin. */
const keptFiles = (page: Page): Effect.Effect<ReadonlyArray<Kept>> =>
  act(() =>
    page.evaluate(async () => {
      const kept: Array<Kept> = []
      for (const name of await caches.keys()) {
        const cache = await caches.open(name)
        for (const request of await cache.keys()) {
          const response = await cache.match(request)
          kept.push({
            cache: name,
            url: request.url,
            text: await response?.text() ?? "",
            policy: response?.headers.get("content-security-policy") ?? null
          })
        }
      }
      return kept
    })
  )

/** The text at the foot of the page that is kept. */
const keptFoot = (page: Page): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(
    keptFiles(page),
    (kept) =>
      kept.flatMap(({ text, url }) => new URL(url).pathname === "/" ? [/id="about">(.*?)</.exec(text)?.[1] ?? ""] : [])
  )

const foot = (page: Page, text: string) => act(() => page.locator("#about", { hasText: text }).waitFor())

const everything = Layer.effect(Site, ExamplePage.site).pipe(
  Layer.provideMerge(Layer.merge(Chromium.layer(), Sandbox.layer()))
)

layer(everything, { excludeTestServices: true, timeout: 60_000 })("the example's page without a network", (it) => {
  it.effect("opens, says that the person is still signed in, and goes on by itself", () =>
    Effect.gen(function*() {
      const { context, page } = yield* setUp
      yield* ExamplePage.signIn(page)
      yield* installed(page)
      yield* setOffline(context, true)
      yield* reload(page)
      yield* isStillSignedIn(page)
      const status = page.getByRole("status")
      yield* act(() => status.getByText("You are offline. You are still signed in.").waitFor())
      yield* act(() => page.getByText("This part comes by itself once you are connected.").nth(1).waitFor())
      yield* act(() => page.getByRole("button", { name: "Sign out" }).waitFor())
      assert.strictEqual(yield* act(() => ExamplePage.notice(page).innerText()), "")
      assert.deepStrictEqual(yield* ExamplePage.barriers(page), [])
      yield* setOffline(context, false)
      yield* act(() => ExamplePage.signedIn(page).waitFor())
      yield* act(() => page.locator(".tracks li").first().waitFor())
      yield* act(() => status.getByText("You are online again.").waitFor())
      assert.strictEqual(yield* act(() => ExamplePage.network(page).innerText()), "")
    }))

  it.effect("keeps a sign-in whose token has ended, and has a new token as soon as there is a network", () =>
    Effect.gen(function*() {
      const { configure } = yield* Sandbox.Sandbox
      yield* Effect.acquireRelease(
        configure({ accessTokenLifetime: Duration.seconds(2) }),
        () => configure({ accessTokenLifetime: Duration.hours(1) })
      )
      const { context, page } = yield* setUp
      yield* ExamplePage.signIn(page)
      yield* installed(page)
      yield* setOffline(context, true)
      yield* act(() => page.getByText("0:00", { exact: true }).waitFor())
      yield* reload(page)
      yield* isStillSignedIn(page)
      yield* setOffline(context, false)
      yield* act(() => ExamplePage.signedIn(page).waitFor())
      yield* act(() => page.locator(".tracks li").first().waitFor())
    }))

  it.effect("opens for somebody who is not signed in, and says when they can be", () =>
    Effect.gen(function*() {
      const { context, page } = yield* setUp
      yield* installed(page)
      yield* setOffline(context, true)
      yield* reload(page)
      yield* act(() => ExamplePage.signedOut(page).waitFor())
      yield* act(() => ExamplePage.network(page).getByText("Connect to the internet to sign in.").waitFor())
      yield* setOffline(context, false)
      yield* ExamplePage.signIn(page)
      assert.strictEqual(yield* act(() => ExamplePage.network(page).innerText()), "")
    }))

  it.effect("looks up by itself the track that it could not look up", () =>
    Effect.gen(function*() {
      const { context, page } = yield* setUp
      yield* ExamplePage.signIn(page)
      yield* setOffline(context, true)
      yield* act(() => page.getByLabel("Link, URI or id of a track").fill("11dFghVXANMlKmJXsNCbNl"))
      yield* act(() => page.getByRole("button", { name: "Look up" }).click())
      const fault = page.getByRole("alert").filter({ hasText: "You are offline." })
      yield* act(() => fault.getByRole("button", { name: "Try again" }).waitFor())
      yield* setOffline(context, false)
      yield* act(() => page.getByRole("article", { name: "Cut To The Feeling" }).waitFor())
    }))

  it.effect("keeps the files of the page, and no token, response or callback", () =>
    Effect.gen(function*() {
      const { folder, url } = yield* Site
      const { complaints, context, page } = yield* setUp
      yield* installed(page)
      const secrets: Array<string> = []
      const visited: Array<string> = []
      context.on("request", (request) => {
        visited.push(request.url())
        const bearer = request.headers()["authorization"]?.replace("Bearer ", "")
        if (bearer !== undefined) secrets.push(bearer)
        const form = new URLSearchParams(request.postData() ?? "")
        secrets.push(...["code", "code_verifier", "refresh_token"].flatMap((name) => form.get(name) ?? []))
      })
      yield* ExamplePage.signIn(page)
      yield* act(() => page.getByRole("button", { name: "Refresh now" }).click())
      yield* act(() => page.getByText("A new token is here.").waitFor())
      yield* reload(page)
      yield* act(() => ExamplePage.signedIn(page).waitFor())
      // The sign-in went by the callback, and each secret was on its way.
      assert.isTrue(visited.some((address) => address.startsWith(`${url}callback?code=`)))
      assert.isAtLeast(new Set(secrets).size, 5)
      const kept = yield* keptFiles(page)
      const assets = yield* act(() => readdir(join(folder, "assets")))
      assert.sameMembers(kept.map((file) => file.url), [url, ...assets.map((name) => `${url}assets/${name}`)])
      for (const { text } of kept) {
        for (const secret of secrets) assert.notInclude(text, secret)
        assert.notInclude(text, "Sandy Box")
      }
      // A page from the cache works under the same policy.
      assert.isTrue(kept.every(({ policy }) => policy?.includes("require-trusted-types-for 'script'")))
      assert.deepStrictEqual(complaints, [])
    }))

  it.effect("shows each build at once, keeps only the newest, and is not held up by one that is broken", () =>
    Effect.gen(function*() {
      const { folder, publish } = yield* Site
      const { context, page } = yield* setUp
      yield* installed(page)
      const keeps = (text: string) =>
        Effect.repeat(Effect.delay(keptFoot(page), "100 millis"), { until: (feet) => feet.join() === text })
      yield* publish("Second build.")
      yield* reload(page)
      yield* foot(page, "Second build.")
      yield* keeps("Second build.")
      // A document that is not the one that was built cannot be kept.
      yield* publish("Third build.")
      yield* act(() => appendFile(join(folder, "index.html"), "<!-- broken -->"))
      yield* reload(page)
      yield* foot(page, "Third build.")
      yield* act(() =>
        page.evaluate(async () => {
          const registration = await navigator.serviceWorker.ready
          await registration.update().catch(() => undefined)
        })
      )
      yield* setOffline(context, true)
      yield* reload(page)
      yield* foot(page, "Second build.")
      yield* setOffline(context, false)
      yield* publish("Fourth build.")
      yield* reload(page)
      yield* foot(page, "Fourth build.")
      yield* keeps("Fourth build.")
      assert.strictEqual(yield* act(() => page.evaluate(async () => (await caches.keys()).length)), 1)
    }))
})
