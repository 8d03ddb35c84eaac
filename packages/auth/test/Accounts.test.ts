import * as Accounts from "@app/auth/Accounts"
import { AuthError, ReauthorizationRequired } from "@app/auth/AuthError"
import * as Grant from "@app/auth/Grant"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import { around } from "./support/ObservedStore.ts"
import { provideWhileTimePasses } from "./support/TokenServiceModel.ts"

/** A server that gives each refresh token access tokens of its own; some accounts are in trouble. */
const provider = () => {
  const asked: Array<string> = []
  const httpClient = HttpClient.make((request) => {
    const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
    const account = new URLSearchParams(body).get("refresh_token") ?? ""
    asked.push(account)
    if (account.startsWith("dead")) {
      const refusal = Response.json({ error: "invalid_grant" }, { status: 400 })
      return Effect.succeed(HttpClientResponse.fromWeb(request, refusal))
    }
    if (account.startsWith("slow")) return Effect.never
    if (account.startsWith("throttled")) {
      const refusal = new Response("", { status: 429, headers: { "retry-after": "3600" } })
      return Effect.succeed(HttpClientResponse.fromWeb(request, refusal))
    }
    const answer = Response.json({ access_token: `${account}-${asked.length}`, token_type: "Bearer", expires_in: 3600 })
    return Effect.succeed(HttpClientResponse.fromWeb(request, answer))
  })
  return { asked, httpClient }
}

const withAccounts = <A, E>(
  program: (asked: ReadonlyArray<string>) => Effect.Effect<A, E, Accounts.Accounts>,
  options?: Partial<Accounts.Options<unknown>>,
  store: Layer.Layer<TokenStore.TokenStore> = TokenStore.layerMemory
) => {
  const { asked, httpClient } = provider()
  return program(asked).pipe(
    provideWhileTimePasses(
      Accounts.layer({
        client: { clientId: "client" },
        grantFor: (account) => Effect.succeed(Grant.RefreshToken({ refreshToken: Redacted.make(account) })),
        ...options
      }).pipe(Layer.provide([store, Layer.succeed(HttpClient.HttpClient, httpClient)]))
    ),
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.provide(TestClock.layer())
  )
}

const tokenOf = (account: string) =>
  Effect.map(Effect.provide(TokenService.get, Accounts.get(account)), ({ value }) => Redacted.value(value))

describe("Accounts", () => {
  it.effect("gives each account its own token, whoever asks and however often", () =>
    withAccounts((asked) =>
      Effect.gen(function*() {
        const seen = yield* Effect.forEach(["a", "b", "a", "b", "a"], tokenOf, { concurrency: "unbounded" })
        assert.strictEqual(new Set(seen).size, 2)
        assert.isTrue(seen[0]?.startsWith("a-"))
        assert.deepStrictEqual([...asked].toSorted(), ["a", "b"])
      })
    ))

  it.effect("one account's trouble is nobody else's (F74)", () =>
    withAccounts(() =>
      Effect.gen(function*() {
        yield* Effect.forkChild(Effect.exit(tokenOf("slow")), { startImmediately: true })
        const dead = yield* Effect.flip(tokenOf("dead"))
        assert.strictEqual(dead.reason._tag, "ReauthorizationRequired")
        const throttled = yield* Effect.flip(tokenOf("throttled"))
        assert.strictEqual(throttled.reason._tag, "TokenRequestFailed")
        for (const account of ["a", "b", "c"]) assert.isTrue((yield* tokenOf(account)).startsWith(account))
      })
    ))

  it.effect("lets go of accounts that nobody uses, and goes on from the store when they come back", () =>
    withAccounts((asked) =>
      Effect.gen(function*() {
        const first = yield* tokenOf("a")
        // Kept for five minutes, then released; the hour's refresh never happens.
        yield* TestClock.adjust("59 minutes")
        assert.strictEqual(asked.length, 1)
        assert.strictEqual(yield* tokenOf("a"), first)
        assert.strictEqual(asked.length, 1)
        yield* TestClock.adjust("2 minutes")
        assert.notStrictEqual(yield* tokenOf("a"), first)
      })
    ))

  it.effect("keeps an account in use fresh", () =>
    withAccounts((asked) =>
      Effect.gen(function*() {
        yield* Effect.provide(
          Effect.gen(function*() {
            yield* TokenService.get
            yield* TestClock.adjust("3 hours")
            yield* TokenService.get
          }),
          Accounts.get("a")
        )
        assert.isAtLeast(asked.length, 4)
      })
    ))

  it.effect("release lets go at once", () =>
    withAccounts((asked) =>
      Effect.gen(function*() {
        const accounts = yield* Accounts.Accounts
        yield* tokenOf("a")
        yield* accounts.release("a")
        yield* TestClock.adjust("2 hours")
        assert.strictEqual(asked.length, 1)
      }), { idleTimeToLive: "1 day" }))

  it.effect("a layer that is shared serves each account with its own token", () => {
    class Speaker extends Context.Service<Speaker, Effect.Effect<string, AuthError>>()("Speaker") {}
    // One value, and so one layer for Effect, however many accounts it is put on.
    const speaker = Layer.effect(
      Speaker,
      TokenService.TokenService.use(({ get }) => Effect.succeed(Effect.map(get, ({ value }) => Redacted.value(value))))
    )
    const speak = (account: string) => Effect.provide(Effect.flatten(Speaker), Accounts.provide(speaker, account))
    return withAccounts(() =>
      Effect.gen(function*() {
        const [a, b] = yield* Effect.all([speak("a"), speak("b")], { concurrency: "unbounded" })
        assert.isTrue(a.startsWith("a-"))
        assert.isTrue(b.startsWith("b-"))
      })
    )
  })

  it.effect("a grant that cannot be looked up is a failed request: told without its text, and tried again", () => {
    class TableLocked extends Data.TaggedError("TableLocked")<{ readonly message: string }> {}
    let lookups = 0
    return withAccounts(() =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(tokenOf("a"))
        assert.strictEqual(error.reason._tag, "TokenRequestFailed")
        assert.include(error.message, "source of grants failed (TableLocked)")
        assert.notInclude(error.message, "canary")
        yield* TestClock.adjust("5 seconds")
        assert.isTrue((yield* tokenOf("a")).startsWith("a-"))
        assert.strictEqual(lookups, 2)
      }), {
      grantFor: (account) =>
        Effect.suspend(() =>
          lookups++ === 0
            ? Effect.fail(new TableLocked({ message: "canary" }))
            : Effect.succeed(Grant.RefreshToken({ refreshToken: Redacted.make(account) }))
        )
    })
  })

  it.effect("a grant is looked up once, also where its source says that the person must sign in", () => {
    const lookups: Array<string> = []
    const stored = new Set<string>()
    const store = around(TokenStore.layerMemory, (modify, { account }) => {
      stored.add(account)
      return modify
    })
    return withAccounts(() =>
      Effect.gen(function*() {
        for (let minute = 0; minute < 180; minute++) {
          yield* tokenOf("a")
          assert.strictEqual((yield* Effect.flip(tokenOf("gone"))).reason._tag, "ReauthorizationRequired")
          yield* TestClock.adjust("1 minute")
        }
        assert.deepStrictEqual(lookups, ["a", "gone"])
        // Whose tokens to look for in the store is not known.
        assert.deepStrictEqual([...stored], ["a"])
      }), {
      grantFor: (account) =>
        Effect.suspend(() => {
          lookups.push(account)
          return account === "gone"
            ? Effect.fail(new AuthError({ reason: new ReauthorizationRequired({ kind: "Revoked" }) }))
            : Effect.succeed(Grant.RefreshToken({ refreshToken: Redacted.make(account) }))
        })
    }, store)
  })

  it.effect("refuses an account without a name (F74)", () =>
    withAccounts(() =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(tokenOf(""))
        assert.strictEqual(error.reason._tag, "InvalidConfiguration")
      })
    ))
})
