import * as Accounts from "@app/auth/Accounts"
import * as Grant from "@app/auth/Grant"
import * as KeyValueTokenStorage from "@app/auth/KeyValueTokenStorage"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStorage from "@app/auth/TokenStorage"
import { layerMemory, type TokenKey, TokenStore } from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { leftBehind, timers } from "./support/Heap.ts"
import { provideWhileTimePasses } from "./support/TokenServiceModel.ts"

const keyOf = (account: number): TokenKey => ({
  issuer: "https://example.com",
  clientId: "client",
  account: `${account}`
})

describe("many accounts that come and go", () => {
  const forgetful = KeyValueStore.makeStringOnly({
    get: () => Effect.undefined,
    set: () => Effect.void,
    remove: () => Effect.void,
    clear: Effect.void,
    keys: Effect.succeed([]),
    size: Effect.succeed(0)
  })
  const stores = {
    "memory, where they kept nothing": layerMemory,
    "a storage that has forgotten them": TokenStorage.layerTokenStore.pipe(
      Layer.provide(KeyValueTokenStorage.layer()),
      Layer.provide(Layer.succeed(KeyValueStore.KeyValueStore, forgetful))
    )
  }

  it.live.each(Object.entries(stores))(
    "a hundred thousand leave nothing behind in %s (F75)",
    ([, store]) =>
      Effect.gen(function*() {
        const { modify } = yield* TokenStore
        const bytes = yield* leftBehind(
          150_000,
          Effect.fnUntraced(function*(from, to) {
            for (let account = from; account < to; account++) yield* modify(keyOf(account), (entry) => entry.read)
          })
        )
        assert.isBelow(bytes, 20)
      }).pipe(Effect.provide(store)),
    120_000
  )

  it.effect("thousands cost one token request each, and leave nothing behind (F75)", () => {
    let requests = 0
    const httpClient = HttpClient.make((request) => {
      requests += 1
      const answer = Response.json({ access_token: "token", token_type: "Bearer", expires_in: 3600 })
      return Effect.succeed(HttpClientResponse.fromWeb(request, answer))
    })
    const nothingKept = Layer.succeed(TokenStore, {
      peek: () => Effect.succeedNone,
      modify: (_key, use) => use({ read: Effect.succeedNone, write: () => Effect.void })
    })
    return Effect.gen(function*() {
      const bytes = yield* leftBehind(
        3000,
        Effect.fnUntraced(function*(from, to) {
          for (let account = from; account < to; account++) {
            yield* Effect.provide(TokenService.get, Accounts.get(`${account}`))
            if (account % 100 === 99) yield* TestClock.adjust("6 minutes")
          }
        })
      )
      // A service that stays costs tens of thousands.
      assert.isBelow(bytes, 1000)
      yield* TestClock.adjust("3 hours")
      assert.strictEqual(requests, 3000)
    }).pipe(
      provideWhileTimePasses(
        Accounts.layer({
          client: { clientId: "client" },
          grantFor: (account) => Effect.succeed(Grant.RefreshToken({ refreshToken: Redacted.make(account) }))
        }).pipe(Layer.provide([nothingKept, Layer.succeed(HttpClient.HttpClient, httpClient)]))
      )
    )
  }, 120_000)
})

describe("many accounts that stay", () => {
  it.live("cost less than 4 kB each, and one timer in all (F75)", () => {
    let requests = 0
    const httpClient = HttpClient.make((request) => {
      requests += 1
      const answer = Response.json({
        access_token: `${requests}`.padStart(200, "B"),
        token_type: "Bearer",
        expires_in: 3600,
        refresh_token: `${requests}`.padStart(130, "A")
      })
      return Effect.succeed(HttpClientResponse.fromWeb(request, answer))
    })
    const nothingKept = Layer.succeed(TokenStore, {
      peek: () => Effect.succeedNone,
      modify: (_key, use) => use({ read: Effect.succeedNone, write: () => Effect.void })
    })
    return Effect.gen(function*() {
      const timersBefore = timers()
      const bytes = yield* leftBehind(
        9000,
        Effect.fnUntraced(function*(from, to) {
          for (let account = from; account < to; account++) {
            yield* Effect.provide(TokenService.get, Accounts.get(`${account}`))
          }
        })
      )
      assert.isBelow(bytes, 4000)
      assert.isAtMost(timers() - timersBefore, 1)
      assert.strictEqual(requests, 9000)
    }).pipe(
      Effect.provide(
        Accounts.layer({
          client: { clientId: "client" },
          grantFor: (account) => Effect.succeed(Grant.RefreshToken({ refreshToken: Redacted.make(account) })),
          idleTimeToLive: "1 hour"
        }).pipe(Layer.provide([nothingKept, Layer.succeed(HttpClient.HttpClient, httpClient)]))
      )
    )
  }, 120_000)
})
