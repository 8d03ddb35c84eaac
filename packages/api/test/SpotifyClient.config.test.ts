import * as SpotifyClient from "@app/api/SpotifyClient"
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

/** What a client makes of these environment variables. */
const configured = (env: Readonly<Record<string, string>>) =>
  SpotifyClient.SpotifyClient.use(({ apiUrl, quotaMode }) => Effect.map(quotaMode, (mode) => [apiUrl, mode])).pipe(
    Effect.provide(
      SpotifyClient.layerConfig().pipe(Layer.provide([
        ConfigProvider.layer(ConfigProvider.fromEnv({ env })),
        FetchHttpClient.layer,
        Layer.orDie(TokenService.layerStatic({ value: Redacted.make("token") }))
      ]))
    )
  )

describe("layerConfig", () => {
  it.effect.each(
    [
      [{}, "https://api.spotify.com/v1", undefined],
      [{ SPOTIFY_API_URL: "", SPOTIFY_QUOTA_MODE: " \n" }, "https://api.spotify.com/v1", undefined],
      [{ SPOTIFY_API_URL: "http://127.0.0.1:8889/v1/\r\n" }, "http://127.0.0.1:8889/v1", undefined],
      [
        { SPOTIFY_API_URL: "https://gateway.example.com/spotify/v1" },
        "https://gateway.example.com/spotify/v1",
        undefined
      ],
      [{ SPOTIFY_QUOTA_MODE: "extended\r" }, "https://api.spotify.com/v1", "extended"],
      [{ SPOTIFY_QUOTA_MODE: " development\n" }, "https://api.spotify.com/v1", "development"]
    ] as const
  )("reads %j, whatever white space is around it (F93)", ([env, apiUrl, quotaMode]) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* configured(env), [apiUrl, quotaMode])
    }))

  it.effect.each(
    [
      ["SPOTIFY_API_URL", "api.spotify.com/v1", "in full"],
      ["SPOTIFY_API_URL", "http://api.spotify.com/v1", "in the clear"],
      ["SPOTIFY_API_URL", "http://localhost:8889/v1", "127.0.0.1"],
      ["SPOTIFY_API_URL", "https://api.spotify.com/v1?key=canary", "query"],
      ["SPOTIFY_API_URL", "https://me:canary@api.spotify.com/v1", "user name or a password"],
      ["SPOTIFY_API_URL", "'https://api.spotify.com/v1'", "quotation marks"],
      ["SPOTIFY_API_URL", "https://api.spotify.com/v1\u200b", "invisible character (U+200B)"],
      ["SPOTIFY_API_URL", "https://api.spotify .com/v1", "space"],
      ["SPOTIFY_QUOTA_MODE", "extendet", "development or extended"],
      ["SPOTIFY_QUOTA_MODE", "\"extended\"", "quotation marks"],
      ["SPOTIFY_QUOTA_MODE", "\ufeffextended", "byte order mark"]
    ] as const
  )("refuses %s=%j under that name (F139)", ([variable, value, mention]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(configured({ [variable]: value }))
      assert.strictEqual(error.reason._tag, "InvalidConfiguration")
      assert.match(error.message, new RegExp(`^${variable} cannot be used: [\\x20-\\x7e…]+$`))
      assert.include(error.message, mention)
      assert.notInclude(error.message, "me:canary")
    }))
})
