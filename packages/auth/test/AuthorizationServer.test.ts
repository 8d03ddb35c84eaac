import { AuthorizationServer } from "@app/auth/AuthorizationServer"
import { spotify } from "@app/auth/Providers"
import * as TokenEndpoint from "@app/auth/TokenEndpoint"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Schema from "effect/Schema"

describe("the same provider at another base URL", () => {
  it.each([
    ["http://127.0.0.1:8889", "http://127.0.0.1:8889"],
    ["http://127.0.0.1:8889/", "http://127.0.0.1:8889"],
    [" \t\nhttp://127.0.0.1:8889//\r\n", "http://127.0.0.1:8889"],
    ["https://gateway.example.com/spotify-accounts", "https://gateway.example.com/spotify-accounts"],
    ["https://gateway.example.com/a/b///", "https://gateway.example.com/a/b"],
    ["http://127.0.0.1:1/?x=1", "http://127.0.0.1:1"],
    ["http://127.0.0.1:1?x=1", "http://127.0.0.1:1"],
    ["http://127.0.0.1:1/base?x=/y#z", "http://127.0.0.1:1/base"],
    ["https://someone:secret@gateway.example.com/base", "https://gateway.example.com/base"],
    ["HTTPS://Gateway.Example.com:443/Base", "https://gateway.example.com/Base"],
    ["http://[::1]:8889/", "http://[::1]:8889"]
  ])("%j keeps its path, and nothing that is no part of one (F94)", (baseUrl, base) => {
    const { authorizationEndpoint, issuer, refreshTokenLifetime, tokenEndpoint } = spotify.at(baseUrl)
    assert.deepStrictEqual({ authorizationEndpoint, issuer, tokenEndpoint }, {
      authorizationEndpoint: `${base}/authorize`,
      issuer: base,
      tokenEndpoint: `${base}/api/token`
    })
    assert.strictEqual(refreshTokenLifetime, spotify.refreshTokenLifetime)
  })

  it.prop(
    "keeps every endpoint it has, and adds none (F94)",
    {
      path: Schema.String.check(Schema.isPattern(/^(\/[a-z0-9]{1,8}){0,3}$/)),
      slashes: Schema.Literals(["", "/", "//"])
    },
    ({ path, slashes }) => {
      const server = new AuthorizationServer({
        issuer: "https://login.example.com/tenant",
        tokenEndpoint: "https://token.example.com:8443/tenant/token?v=2",
        revocationEndpoint: "https://login.example.com/revoke"
      })
      assert.deepStrictEqual({ ...server.at(`https://gateway.example.com${path}${slashes}`) }, {
        issuer: `https://gateway.example.com${path}/tenant`,
        tokenEndpoint: `https://gateway.example.com${path}/tenant/token?v=2`,
        revocationEndpoint: `https://gateway.example.com${path}/revoke`
      })
    },
    { arbitrary: { runs: 100 } }
  )

  it.effect.each(["", "127.0.0.1:8889", "localhost:8889", "ftp://gateway.example.com", "gateway", "http://"])(
    "%j is no base URL, and nothing is made of it (F94)",
    (baseUrl) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(TokenEndpoint.make({ server: spotify.at(baseUrl), client: { clientId: "a" } }))
        assert.strictEqual(error.reason._tag, "InvalidConfiguration")
        assert.include(error.message, "tokenEndpoint cannot be used")
      }).pipe(Effect.provide(FetchHttpClient.layer))
  )
})
