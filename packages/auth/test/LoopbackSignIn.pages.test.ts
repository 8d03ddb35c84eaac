/** The pages of a sign-in, as a browser with an address bar comes to them. */
import * as SignInPage from "@app/auth/node/SignInPage"
import { Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { get, type IncomingMessage } from "node:http"
import { begin, reasonOf, visit, withSandbox } from "./support/LoopbackProgram.ts"

/** Asks as a browser does for a page that it is going to show; `fetch` says that it is none. */
const navigate = (url: URL | string) =>
  Effect.callback<
    { readonly status: number | undefined; readonly location: string | undefined; readonly text: string }
  >(
    (resume) => {
      const asking = get(url, { headers: { "sec-fetch-mode": "navigate" } }, (response: IncomingMessage) => {
        let text = ""
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part
        })
        response.once(
          "close",
          () => resume(Effect.succeed({ status: response.statusCode, location: response.headers.location, text }))
        )
      })
      asking.once("error", (error) => resume(Effect.die(error)))
    }
  )

describe("the address bar", () => {
  it.live("is left without code and state, and a reload shows the same page", () =>
    withSandbox(Effect.gen(function*() {
      const { approve } = yield* Sandbox.Sandbox
      const { fiber, port, tokens, url } = yield* begin({ programName: "Playlist <Keeper>" })
      const sent = yield* navigate(yield* approve(url))
      assert.strictEqual(sent.status, 303)
      assert.strictEqual(sent.location, `http://127.0.0.1:${port}/callback`)
      yield* tokens.get
      const shown = yield* navigate(sent.location ?? "")
      assert.strictEqual(shown.status, 200)
      assert.include(shown.text, "You are signed in")
      assert.include(shown.text, "Playlist &#60;Keeper&#62; can now use your account at 127.0.0.1:")
      yield* Fiber.join(fiber)
    })))

  it.live("is left without them where the person said no", () =>
    withSandbox(Effect.gen(function*() {
      const { deny } = yield* Sandbox.Sandbox
      const { fiber, url } = yield* begin()
      const sent = yield* navigate(yield* deny(url))
      const shown = yield* navigate(sent.location ?? "")
      assert.strictEqual(shown.status, 403)
      assert.include(shown.text, "You are not signed in")
      assert.strictEqual((yield* reasonOf(Fiber.join(fiber)))._tag, "AuthorizationDenied")
    })))

  it.live("is left without those of another sign-in, and the own one still counts", () =>
    withSandbox(Effect.gen(function*() {
      const { approve } = yield* Sandbox.Sandbox
      const { fiber, port, url } = yield* begin()
      const sent = yield* navigate(`http://127.0.0.1:${port}/callback?code=AQ&state=another`)
      assert.strictEqual(sent.location, `http://127.0.0.1:${port}/callback`)
      const shown = yield* navigate(sent.location ?? "")
      assert.strictEqual(shown.status, 400)
      assert.include(shown.text, "This does not end the sign-in under way")
      assert.strictEqual((yield* visit(yield* approve(url))).status, 200)
      yield* Fiber.join(fiber)
    })))

  it.live("keeps nobody waiting: a browser that does not come back holds up no program", () =>
    withSandbox(Effect.gen(function*() {
      const { approve } = yield* Sandbox.Sandbox
      const { fiber, url } = yield* begin()
      yield* navigate(yield* approve(url))
      yield* Effect.timeout(Fiber.join(fiber), "5 seconds")
    })))
})

describe("a page", () => {
  it.effect.prop("keeps every text a text", { text: Schema.String }, ({ text }) =>
    Effect.sync(() => {
      const nasty = `${text}<script>"'&`
      const page = SignInPage.render({
        title: nasty,
        header: nasty,
        footer: nasty,
        outcome: "failure",
        content: SignInPage.html`<p title="${nasty}">${nasty}</p>`
      })
      assert.notInclude(page, nasty)
      assert.strictEqual(
        page.split("<").length,
        SignInPage.render({
          title: "",
          header: "",
          footer: "",
          outcome: "failure",
          content: SignInPage.html`<p title="">${""}</p>`
        }).split("<").length
      )
    }))

  it("has its mark beside words, and no script", () => {
    const content = SignInPage.html`<p>Go on.</p>`
    const page = SignInPage.render({ title: "You are signed in", outcome: "success", content })
    assert.match(page, /<svg class="success"[^>]* aria-hidden="true">/)
    assert.include(page, "<h1>You are signed in</h1>")
    assert.notInclude(page, "<script")
    assert.notInclude(SignInPage.render({ title: "Wait", content }), "<svg")
  })
})
