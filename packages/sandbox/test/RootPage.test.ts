import { Catalogue, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { inSandbox, send } from "./support/Requests.ts"

describe("the page at the root", () => {
  it.live("shows what a program needs, who there is, and links that lead somewhere", () =>
    Effect.gen(function*() {
      const { accountsUrl, apiUrl, client } = yield* Sandbox.Sandbox
      const page = yield* send(`${accountsUrl}/`)
      assert.strictEqual(page.status, 200)
      const shown = [accountsUrl, apiUrl, client.clientId, Redacted.value(client.clientSecret), client.redirectUri]
      for (const text of [...shown, "Sandy Box", "stranger", ...Catalogue.tracks.map(({ id }) => id)]) {
        assert.include(page.text, text)
      }
      const links = Array.from(page.text.matchAll(/href="([^"]+)"/g), ([, path]) => path ?? "")
      assert.include(links, "/sandbox/catalogue")
      for (const path of links) {
        // A browser's own headers for a link of the page.
        const seen = yield* send(`${accountsUrl}${path}`, { headers: { "sec-fetch-site": "same-origin" } })
        assert.strictEqual(seen.status, 200)
      }
    }).pipe(inSandbox()))

  it.live("escapes people, and shows no secret but the sandbox's own", () =>
    Effect.gen(function*() {
      const { accountsUrl } = yield* Sandbox.Sandbox
      const { text } = yield* send(`${accountsUrl}/`)
      assert.notInclude(text, "<script>")
      assert.include(text, "&#60;script&#62;")
      assert.notInclude(text, "used elsewhere too")
    }).pipe(inSandbox({
      people: [{
        id: "<script>",
        accountId: "x",
        displayName: null,
        country: "SE",
        email: "",
        product: null,
        followers: null,
        registered: true
      }],
      clients: [{
        clientId: "app",
        clientSecret: Redacted.make("used elsewhere too"),
        redirectUris: ["http://127.0.0.1:8900/callback"]
      }]
    })))
})
