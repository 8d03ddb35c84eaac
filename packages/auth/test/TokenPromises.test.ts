import { AuthError } from "@app/auth/AuthError"
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as TokenPromises from "@app/auth/TokenPromises"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { Catalogue, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import { inspect } from "node:util"

/** A program that knows nothing of Effect, at work with tokens of the sandbox. */
const withoutEffect = (
  program: (tokens: Layer.Layer<TokenService.TokenService, AuthError>, apiUrl: string) => Promise<void>,
  secret?: string
) =>
  Effect.gen(function*() {
    const { accountsUrl, apiUrl, client } = yield* Sandbox.Sandbox
    yield* Effect.promise(() =>
      program(
        TokenService.layer({
          server: Providers.spotify.at(accountsUrl),
          client: { ...client, ...(secret !== undefined && { clientSecret: Redacted.make(secret) }) },
          grant: Grant.ClientCredentials({})
        }).pipe(
          Layer.provide([
            TokenStore.layerMemory,
            FetchHttpClient.layer,
            Layer.succeed(References.MinimumLogLevel, "None")
          ])
        ),
        apiUrl
      )
    )
  }).pipe(Effect.provide(Sandbox.layer()))

describe("TokenPromises", () => {
  it("rejects with the stack of the caller, without frames of the library", async () => {
    await using tokens = await TokenPromises.make(
      TokenService.layer({ client: { clientId: "a-client" } }).pipe(
        Layer.provide([
          TokenStore.layerMemory,
          FetchHttpClient.layer,
          Layer.succeed(References.MinimumLogLevel, "None")
        ])
      )
    )
    const whoAsks = async () => await tokens.get()
    const error: unknown = await whoAsks().then(() => undefined, (error) => error)
    assert.instanceOf(error, AuthError)
    // As Node prints an error that nobody catches.
    const printed = inspect(error, { customInspect: false, depth: 5 })
    assert.match(printed, /^AuthError[^\n]*: There is no usable access token [^\n]*\n +at whoAsks /)
    assert.notInclude(printed, "/packages/auth/src/")
    assert.notInclude(printed, "/effect/")
  })

  it.live("serves plain fetch, and ends with its block", () =>
    withoutEffect(async (layer, apiUrl) => {
      let client: TokenPromises.TokenPromises
      {
        await using tokens = await TokenPromises.make(layer)
        client = tokens
        const track = `${apiUrl}/tracks/${Catalogue.ids.typhoons}`
        assert.strictEqual((await fetch(track, { headers: await tokens.headers() })).status, 200)
        const first = await tokens.get()
        assert.notInclude(String(first.value), "BQ")
        const second = await tokens.refresh()
        assert.notStrictEqual(first, second)
        assert.isTrue(await tokens.invalidate(first))
        assert.strictEqual((await tokens.status()).phase, "Valid")
        for await (const { generation } of tokens.changes()) {
          assert.strictEqual(generation, 2)
          break
        }
      }
      const error = await client.get().then(() => undefined, (error: unknown) => error)
      assert.isDefined(error)
    }))

  it.live("tells of changes for as long as it is open, and then says that it is over", () =>
    withoutEffect(async (layer) => {
      const phases: Array<string> = []
      const tokens = await TokenPromises.make(layer)
      await tokens.get()
      const listening = (async () => {
        for await (const { phase } of tokens.changes()) phases.push(phase)
      })()
      await tokens.close()
      await listening
      assert.deepStrictEqual(phases, ["Valid"])
    }))

  it.live("rejects with AuthError, whose reason and message say what to do", () =>
    withoutEffect(async (layer) => {
      await using tokens = await TokenPromises.make(layer)
      const error = await tokens.get().then(() => undefined, (error: unknown) => error)
      assert.instanceOf(error, AuthError)
      if (error instanceof AuthError) {
        assert.strictEqual(error.reason._tag, "InvalidClient")
        assert.include(error.message, "Check the client id")
      }
    }, "wrong"))
})
