import * as Scope from "@app/api/model/Scope"
import { Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { authorizeUrl, inSandbox, send } from "./support/Requests.ts"

describe("the page that asks for consent", () => {
  it.live("says in words what each scope allows, and who asks", () =>
    Effect.gen(function*() {
      const { text } = yield* send(yield* authorizeUrl({ scope: `${Scope.Scope.literals.join(" ")} made-up` }))
      for (const scope of Scope.Scope.literals) assert.include(text, `${Scope.describe(scope)} <small><code>${scope}<`)
      assert.include(text, "Spotify has no such permission. <small><code>made-up<")
      assert.include(text, "<h1>Connect Sandbox App?</h1>")
    }).pipe(inSandbox({ autoApprove: false })))

  it.live("names an app without a name by its id, and says what an app without scopes sees", () =>
    Effect.gen(function*() {
      const { client } = yield* Sandbox.Sandbox
      const { text } = yield* send(yield* authorizeUrl({ scope: "" }))
      assert.include(text, "<h1>Connect this app?</h1>")
      assert.include(text, client.clientId)
      assert.include(text, "See what everybody can see.")
    }).pipe(inSandbox({
      autoApprove: false,
      clients: [{ clientId: Sandbox.defaultClient.clientId, redirectUris: Sandbox.defaultClient.redirectUris }]
    })))
})

describe("the page for a request that is refused", () => {
  it.live.each(
    [
      [{ client_id: "other" }, ["The app sent the client id <code>other</code>", Sandbox.defaultClient.clientId]],
      [{ redirect_uri: "http://localhost:1/callback" }, [
        "The app sent <code>http://localhost:1/callback</code>",
        "<code>http://127.0.0.1:8900/callback</code>",
        "not for <code>localhost</code>"
      ]],
      [{ redirect_uri: "http://127.0.0.1/other" }, ["<code>http://[::1]:8900/callback</code>", "Every letter counts"]]
    ] as const
  )("says what is registered and how to go on: %o", ([parameters, sentences]) =>
    Effect.gen(function*() {
      const { status, text } = yield* send(yield* authorizeUrl(parameters))
      assert.strictEqual(status, 400)
      for (const sentence of [...sentences, "Then sign in again from the app."]) assert.include(text, sentence)
    }).pipe(inSandbox()))
})
