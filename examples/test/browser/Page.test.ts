/** The example in a browser: what a person sees, with a mouse, a keyboard, a screen reader, a phone. */
import { Catalogue, Sandbox } from "@app/sandbox"
import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Chromium from "../../../packages/auth/test/support/browser/Chromium.ts"
import * as ExamplePage from "../support/ExamplePage.ts"

const { act } = Chromium

/** The address of the page, which is built once for all tests. */
class Site extends Context.Service<Site, string>()("test/Site") {}

const setUp = Effect.fnUntraced(function*(...options: Parameters<typeof ExamplePage.profile>) {
  const url = yield* Site
  const { complaints, context } = yield* ExamplePage.profile(...options)
  return { complaints, context, url, page: yield* Chromium.tab(context, url) }
})

/** The consent page of the sandbox, where a sign-in stops until the person agrees. */
const consent = Effect.flatMap(
  Sandbox.Sandbox,
  ({ configure }) => Effect.acquireRelease(configure({ autoApprove: false }), () => configure({ autoApprove: true }))
)

const lifetime = (accessTokenLifetime: Duration.Duration) =>
  Effect.flatMap(Sandbox.Sandbox, ({ configure }) =>
    Effect.acquireRelease(
      configure({ accessTokenLifetime }),
      () => configure({ accessTokenLifetime: Duration.hours(1) })
    ))

const everything = Layer.effect(Site, ExamplePage.serve).pipe(
  Layer.provideMerge(Layer.merge(Chromium.layer({ without: ["--disable-popup-blocking"] }), Sandbox.layer()))
)

layer(everything, { excludeTestServices: true, timeout: 60_000 })("the example's page", (it) => {
  it.effect("shows the picture of the profile, and a letter where there is none", () =>
    Effect.gen(function*() {
      const { complaints, context, page } = yield* setUp()
      // Nobody in the sandbox has a picture.
      yield* act(() =>
        context.route("**/v1/me", async (route) => {
          const response = await route.fetch()
          const images = [{ url: "https://i.scdn.co/image/picture", height: 64, width: 64 }]
          await route.fulfill({ response, json: { ...await response.json(), images } })
        })
      )
      yield* ExamplePage.signIn(page)
      const picture = page.locator(".profile img")
      yield* act(() => picture.waitFor())
      assert.isAbove(yield* act(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)), 0)
      assert.deepStrictEqual(complaints, [])
      yield* act(() => context.unroute("**/v1/me"))
      yield* act(() => page.reload())
      yield* act(() => page.locator(".profile .picture", { hasText: "S" }).waitFor())
    }))

  it.effect("signs in, shows the profile and what is played most, and leaves no code in the address", () =>
    Effect.gen(function*() {
      yield* consent
      const { complaints, page, url } = yield* setUp()
      yield* act(async () => {
        await page.getByRole("button", { name: "Sign in", exact: true }).click()
        await page.getByRole("button", { name: "Agree" }).click()
        await ExamplePage.signedIn(page).waitFor()
      })
      assert.strictEqual(page.url(), url)
      yield* act(() => page.locator("h1:focus").waitFor())
      assert.strictEqual(yield* act(() => page.getByRole("status").innerText()), "You are signed in as Sandy Box.")
      assert.strictEqual(yield* act(() => page.locator(".tracks li").count()), 10)
      yield* act(() => page.getByLabel("4 weeks").check())
      yield* act(() => page.locator(".tracks li").first().waitFor())
      assert.deepStrictEqual(complaints, [])
      yield* act(async () => {
        await page.reload()
        await ExamplePage.signedIn(page).waitFor()
      })
      const visited = yield* act(() =>
        page.evaluate(() => performance.getEntriesByType("navigation").map(({ name }) => name))
      )
      assert.notInclude(visited.join(), "code")
    }))

  it.effect("finds a track by its link, and says of anything else what to paste", () =>
    Effect.gen(function*() {
      const { complaints, page } = yield* setUp()
      yield* ExamplePage.signIn(page)
      const input = page.getByLabel("Link, URI or id of a track")
      const find = (text: string) =>
        act(async () => {
          await input.fill(text)
          await input.press("Enter")
        })
      yield* find(`https://open.spotify.com/track/${Catalogue.ids.cutToTheFeeling}?si=x`)
      yield* act(() => page.getByRole("article", { name: "Cut To The Feeling" }).waitFor())
      assert.deepStrictEqual(complaints, [])
      yield* find("nonsense <img src=x onerror=alert(1)>")
      yield* act(() => page.getByText("That is not a track. Paste a link to a track").waitFor())
      assert.strictEqual(yield* act(() => page.getByRole("article").count()), 0)
      assert.strictEqual(yield* act(() => input.getAttribute("aria-invalid")), "true")
      yield* act(() => page.locator("input:focus").waitFor())
      yield* find("4uLU6hMCjMI75M1A2tKUQC")
      yield* act(() => page.getByText("There is no such track here. Check the link.").waitFor())
    }))

  it.effect("blames the network and not what was typed when the network fails, and asks for the same track again", () =>
    Effect.gen(function*() {
      const { context, page } = yield* setUp()
      yield* ExamplePage.signIn(page)
      const input = page.getByLabel("Link, URI or id of a track")
      yield* act(() => context.route("**/v1/tracks/**", (route) => route.abort()))
      yield* act(() => input.fill(Catalogue.ids.cutToTheFeeling))
      yield* act(() => page.getByRole("button", { name: "Look up" }).click())
      const fault = page.getByRole("alert").filter({ hasText: "Spotify could not be reached." })
      yield* act(() => fault.waitFor())
      assert.isNull(yield* act(() => input.getAttribute("aria-invalid")))
      assert.strictEqual(yield* act(() => page.locator("#track-problem").innerText()), "")
      assert.deepStrictEqual(yield* ExamplePage.barriers(page), [])
      yield* act(() => context.unroute("**/v1/tracks/**"))
      yield* act(() => input.fill("something else"))
      yield* act(() => fault.getByRole("button", { name: "Try again" }).press("Enter"))
      yield* act(() => page.getByRole("article", { name: "Cut To The Feeling" }).waitFor())
      assert.strictEqual(yield* act(() => page.getByRole("alert").filter({ hasText: /./ }).count()), 0)
      // The button that had the focus is gone.
      yield* act(() => page.locator("input:focus").waitFor())
    }))

  it.effect("keeps the focus near what is asked for again, and says aloud which tracks are here", () =>
    Effect.gen(function*() {
      const { context, page } = yield* setUp()
      yield* ExamplePage.signIn(page)
      yield* act(() => page.locator(".tracks li").first().waitFor())
      yield* act(() => context.route("**/v1/me/top/**", (route) => route.abort()))
      yield* act(() => page.getByLabel("1 year").check())
      const again = page.locator("#top-list").getByRole("alert").getByRole("button", { name: "Try again" })
      yield* act(() => again.waitFor())
      yield* act(() => context.unroute("**/v1/me/top/**"))
      yield* act(() => again.press("Enter"))
      yield* act(() => page.locator(".tracks li").first().waitFor())
      yield* act(() => page.locator("h2:focus", { hasText: "What you play most" }).waitFor())
      yield* act(() => page.getByLabel("4 weeks").check())
      yield* act(() => page.getByRole("status").getByText("These are your tracks of 4 weeks.").waitFor())
    }))

  it.effect("lets the token run down, and shows that it is refreshed before its end", () =>
    Effect.gen(function*() {
      yield* lifetime(Duration.seconds(5))
      const { complaints, page } = yield* setUp()
      yield* ExamplePage.signIn(page)
      const share = act(() => page.getByRole("progressbar").evaluate((bar: HTMLProgressElement) => bar.value))
      const first = yield* share
      yield* Effect.repeat(Effect.delay(share, "100 millis"), { until: (value) => value < first })
      const history = page.getByRole("list", { name: "What happened" })
      yield* act(() => history.getByText("A new token is here.").waitFor())
      assert.strictEqual(yield* act(() => page.getByRole("status").innerText()), "The access token was refreshed.")
      yield* act(() => page.getByRole("button", { name: "Refresh now" }).click())
      yield* act(() => history.getByText("A new token is here.").nth(1).waitFor())
      assert.deepStrictEqual(complaints, [])
    }))

  it.effect("signs out, in every tab", () =>
    Effect.gen(function*() {
      const { context, page, url } = yield* setUp()
      yield* ExamplePage.signIn(page)
      const other = yield* Chromium.tab(context, url)
      yield* act(() => ExamplePage.signedIn(other).waitFor())
      yield* act(() => other.getByLabel("Link, URI or id of a track").focus())
      yield* act(() => page.getByRole("button", { name: "Sign out" }).click())
      yield* act(() => ExamplePage.signedOut(other).waitFor())
      yield* act(() => ExamplePage.notice(other).getByText("You signed out in another tab.").waitFor())
      // The field that had the focus is gone.
      yield* act(() => other.locator("h1:focus").waitFor())
      yield* act(() => page.locator("h1:focus").waitFor())
      assert.strictEqual(yield* act(() => page.getByRole("status").innerText()), "You are signed out.")
      assert.strictEqual(yield* act(() => ExamplePage.notice(page).innerText()), "")
    }))

  it.effect("follows a sign-in that another tab finishes", () =>
    Effect.gen(function*() {
      yield* consent
      const { context, page, url } = yield* setUp()
      yield* act(() => page.getByRole("button", { name: "Sign in", exact: true }).click())
      yield* act(() => page.getByRole("button", { name: "Agree" }).waitFor())
      const other = yield* Chromium.tab(context, url)
      yield* act(() => ExamplePage.signedOut(other).waitFor())
      yield* act(() => page.getByRole("button", { name: "Agree" }).click())
      yield* act(() => ExamplePage.signedIn(other).waitFor())
    }))

  it.effect("says what became of a sign-in that began in another tab, or was declined", () =>
    Effect.gen(function*() {
      yield* consent
      const { context, page, url } = yield* setUp()
      const other = yield* Chromium.tab(context, `${url}callback?code=AQ&state=another`)
      yield* act(() => ExamplePage.notice(other).getByText("That sign-in is over, or began in another tab.").waitFor())
      assert.strictEqual(other.url(), url)
      yield* act(() => page.getByRole("button", { name: "Sign in", exact: true }).click())
      yield* act(() => page.getByRole("button", { name: "Cancel" }).click())
      yield* act(() => ExamplePage.notice(page).getByText("You did not agree, so you are not signed in.").waitFor())
      yield* act(() => ExamplePage.signedOut(page).waitFor())
    }))

  it.effect("signs in in a window of its own", () =>
    Effect.gen(function*() {
      const { complaints, context, page } = yield* setUp()
      yield* act(() => page.getByRole("button", { name: "Use a new window" }).click())
      yield* act(() => ExamplePage.signedIn(page).waitFor())
      yield* Effect.repeat(Effect.sync(() => context.pages().length), { until: (count) => count === 1 })
      assert.deepStrictEqual(complaints, [])
    }))

  it.effect("says that the browser has blocked that window, and how to do without", () =>
    Effect.gen(function*() {
      const { page } = yield* setUp()
      yield* act(() => ExamplePage.signedOut(page).waitFor())
      // A click lets a page open one window, and no more.
      yield* act(() =>
        page.getByRole("button", { name: "Use a new window" }).evaluate((button: HTMLButtonElement) => {
          for (let opened = window.open(); opened !== null; opened = window.open()) opened.close()
          button.click()
        })
      )
      yield* act(() => ExamplePage.notice(page).getByText("Your browser blocked the window for the sign-in.").waitFor())
      yield* ExamplePage.signIn(page)
      assert.strictEqual(yield* act(() => ExamplePage.notice(page).innerText()), "")
    }))

  it.effect("signs a tab in by a window where site data is switched off, and says why it is needed", () =>
    Effect.gen(function*() {
      const { context } = yield* Effect.flatMap(Chromium.withoutSiteData, ExamplePage.watched)
      const page = yield* Chromium.tab(context, yield* Site)
      yield* act(() => page.getByRole("button", { name: "Sign in", exact: true }).click())
      yield* act(() => ExamplePage.notice(page).getByText("This browser keeps no data for this page").waitFor())
      yield* act(() => page.getByRole("button", { name: "Use a new window" }).click())
      yield* act(() => ExamplePage.signedIn(page).waitFor())
      yield* act(() => page.getByText("in this tab alone").waitFor())
    }))

  it.effect("says that it is offline, and goes on by itself when it is not", () =>
    Effect.gen(function*() {
      const { context, page } = yield* setUp()
      yield* act(() => ExamplePage.signedOut(page).waitFor())
      yield* act(() => context.setOffline(true))
      yield* act(() => page.getByRole("button", { name: "Sign in", exact: true }).click())
      yield* act(() => ExamplePage.notice(page).getByText("You are offline. Connect to the internet").waitFor())
      yield* act(() => context.setOffline(false))
      yield* ExamplePage.signIn(page)
      yield* act(() => context.setOffline(true))
      yield* act(() => page.getByLabel("1 year").check())
      yield* act(() => page.locator("#top-list").getByText("You are offline.").waitFor())
      yield* act(() => context.setOffline(false))
      yield* act(() => page.locator(".tracks li").first().waitFor())
    }))

  it.effect("asks to sign in again when Spotify no longer accepts the sign-in", () =>
    Effect.gen(function*() {
      const { revokeAccessTokens, revokeRefreshTokens } = yield* Sandbox.Sandbox
      const { page } = yield* setUp()
      yield* ExamplePage.signIn(page)
      yield* revokeRefreshTokens
      yield* revokeAccessTokens
      yield* act(() => page.getByLabel("1 year").check())
      yield* act(() => ExamplePage.notice(page).getByText("Spotify no longer accepts this sign-in.").waitFor())
      yield* act(() => ExamplePage.signedOut(page).waitFor())
      yield* ExamplePage.signIn(page)
    }))

  it.effect("can be used by the keyboard alone", () =>
    Effect.gen(function*() {
      yield* consent
      const { page } = yield* setUp()
      yield* act(() => ExamplePage.signedOut(page).waitFor())
      /** Tabs on until something with this name has the focus. */
      const reach = (name: string) =>
        act(() => page.keyboard.press("Tab")).pipe(
          Effect.andThen(act(() =>
            page.evaluate(() => {
              const { activeElement } = document
              const label = activeElement instanceof HTMLInputElement ? activeElement.labels?.[0] : activeElement
              return label?.textContent
            })
          )),
          Effect.repeat({ until: (reached) => reached === name, times: 20 }),
          Effect.tap((reached) => Effect.sync(() => assert.strictEqual(reached, name)))
        )
      const press = (key: string) => act(() => page.keyboard.press(key))
      yield* reach("Sign in")
      yield* press("Enter")
      yield* act(() => page.getByRole("button", { name: "Agree" }).waitFor())
      yield* press("Tab")
      yield* press("Tab")
      yield* press("Enter")
      yield* act(() => page.locator("h1:focus", { hasText: "Sandy Box" }).waitFor())
      yield* reach("Link, URI or id of a track")
      yield* act(() => page.keyboard.type(Catalogue.ids.cutToTheFeeling))
      yield* press("Enter")
      yield* act(() => page.getByRole("article", { name: "Cut To The Feeling" }).waitFor())
      yield* reach("Refresh now")
      yield* press("Space")
      yield* act(() => page.getByText("A new token is here.").waitFor())
      yield* reach("6 months")
      yield* press("ArrowRight")
      assert.isTrue(yield* act(() => page.getByLabel("1 year").isChecked()))
      yield* act(() => page.locator("body").press("Home"))
      yield* act(() => page.getByRole("button", { name: "Sign out" }).press("Enter"))
      yield* act(() => page.locator("h1:focus", { hasText: "See what you listen to" }).waitFor())
    }))

  it.effect("has no barrier, and nothing wider than the window, on a phone and on a desk, light and dark", () =>
    Effect.gen(function*() {
      const { page } = yield* setUp()
      const looksGood = Effect.gen(function*() {
        for (const colorScheme of ["light", "dark"] as const) {
          for (const width of [320, 390, 1280]) {
            yield* act(() => page.emulateMedia({ colorScheme }))
            yield* act(() => page.setViewportSize({ width, height: 844 }))
            assert.deepStrictEqual(yield* ExamplePage.barriers(page), [], `${colorScheme}, ${width}`)
            assert.isAtMost(yield* act(() => page.evaluate(() => document.documentElement.scrollWidth)), width)
          }
        }
      })
      yield* act(() => ExamplePage.signedOut(page).waitFor())
      yield* looksGood
      yield* ExamplePage.signIn(page)
      yield* act(() => page.locator(".tracks li").first().waitFor())
      yield* act(() => page.getByLabel("Link, URI or id of a track").fill("nonsense"))
      yield* act(() => page.getByRole("button", { name: "Look up" }).click())
      yield* act(() => page.getByText("That is not a track.").waitFor())
      yield* looksGood
    }))
})
