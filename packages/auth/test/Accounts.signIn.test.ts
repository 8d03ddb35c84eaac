import * as Accounts from "@app/auth/Accounts"
import type { AuthError } from "@app/auth/AuthError"
import * as Grant from "@app/auth/Grant"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { LeakHunt } from "./support/LeakHunt.ts"
import { provideWhileTimePasses } from "./support/TokenServiceModel.ts"
import * as WallClock from "./support/WallClock.ts"

/** The code of a person is the person's name, and so is the beginning of their tokens. */
const grantOf = (person: string) =>
  Grant.AuthorizationCode({ code: Redacted.make(person), redirectUri: "https://example.com/callback" })

/** A server that gives each person tokens that begin with their name. */
const provider = () => {
  const asked: Array<string> = []
  const httpClient = HttpClient.make((request) => {
    const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
    const form = new URLSearchParams(body)
    const person = (form.get("code") ?? form.get("refresh_token") ?? "").replace(/-refresh$/, "")
    asked.push(`${person} by ${form.get("grant_type")}`)
    const answer = person.startsWith("nobody")
      ? Response.json({ error: "invalid_grant" }, { status: 400 })
      : Response.json({
        access_token: `${person}-${asked.length}`,
        token_type: "Bearer",
        expires_in: 3600,
        refresh_token: `${person}-refresh`
      })
    return Effect.succeed(HttpClientResponse.fromWeb(request, answer))
  })
  return { asked, layer: Layer.succeed(HttpClient.HttpClient, httpClient) }
}

const withAccounts = <A, E>(
  program: (
    asked: ReadonlyArray<string>
  ) => Effect.Effect<A, E, Accounts.Accounts | TokenStore.TokenStore | Scope.Scope>
) => {
  const { asked, layer } = provider()
  return Effect.scoped(program(asked)).pipe(
    provideWhileTimePasses(
      Accounts.layer({ client: { clientId: "client" } }).pipe(
        Layer.provideMerge(TokenStore.layerMemory),
        Layer.provide(layer)
      )
    ),
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.provide(WallClock.layer)
  )
}

const ownerOf = Effect.map(TokenService.get, ({ value }) => Redacted.value(value).split("-")[0] ?? "")

/** The API's word on who has a token. */
const nameOf = Effect.map(ownerOf, (person) => `id of ${person}`)

const tokenOf = (account: string) => Effect.provide(ownerOf, Accounts.get(account))

const recordOf = (account: string) =>
  TokenStore.TokenStore.use(({ modify }) =>
    modify({ issuer: "https://accounts.spotify.com", clientId: "client", account }, (entry) => entry.read)
  )

describe("a sign-in whose account is named afterwards", () => {
  it.effect("has tokens whose age counts from their exchange, however long it took to name the account", () =>
    Effect.gen(function*() {
      const wallClock = yield* WallClock.WallClock
      const asked = yield* withAccounts((asked) =>
        Effect.gen(function*() {
          const accounts = yield* Accounts.Accounts
          const minute = 60_000
          const slowly = Effect.andThen(wallClock.stall(50 * minute), wallClock.shift(-50 * minute))
          yield* accounts.signIn(grantOf("ann"), Effect.andThen(slowly, nameOf))
          yield* wallClock.stall(11 * minute)
          yield* tokenOf("id of ann")
          return asked.slice()
        })
      )
      assert.deepStrictEqual(asked, ["ann by authorization_code", "ann by refresh_token"])
    }).pipe(Effect.provide(WallClock.layer)))

  it.effect("is stored under the name, costs one token request, and is served from then on", () =>
    withAccounts((asked) =>
      Effect.gen(function*() {
        for (const person of ["ann", "ben"]) {
          const { account, token } = yield* Accounts.signIn(grantOf(person), nameOf)
          assert.strictEqual(account, `id of ${person}`)
          assert.isTrue(Redacted.value(token.value).startsWith(person))
          assert.isTrue(Option.isSome(yield* recordOf(account)))
        }
        assert.strictEqual(yield* tokenOf("id of ann"), "ann")
        assert.strictEqual(yield* tokenOf("id of ben"), "ben")
        assert.deepStrictEqual(asked, ["ann by authorization_code", "ben by authorization_code"])
      })
    ))

  it.effect("goes on in services that use the account already, and refreshes as any", () =>
    withAccounts((asked) =>
      Effect.gen(function*() {
        const first = yield* Accounts.signIn(grantOf("ann"), nameOf)
        yield* Effect.provide(
          Effect.gen(function*() {
            const second = yield* Accounts.signIn(grantOf("ann"), nameOf)
            assert.isFalse(second.token.isSameAs(first.token))
            assert.notStrictEqual(second.token.authorizationId, first.token.authorizationId)
            assert.isTrue((yield* TokenService.get).isSameAs(second.token))
            yield* TestClock.adjust("1 hour")
            assert.strictEqual(yield* ownerOf, "ann")
            assert.strictEqual(asked.at(-1), "ann by refresh_token")
          }),
          Accounts.get("id of ann")
        )
      })
    ))

  it.effect("changes no account when it fails: no grant, no name, or an empty one", () => {
    class NoProfile extends Data.TaggedError("NoProfile") {}
    return withAccounts(() =>
      Effect.gen(function*() {
        const before = yield* Accounts.signIn(grantOf("ann"), nameOf)
        const refused = yield* Effect.flip(Accounts.signIn(grantOf("nobody"), nameOf))
        assert.strictEqual(refused.reason._tag, "TokenRequestRejected")
        const unnamed = yield* Effect.flip(
          Accounts.signIn(grantOf("ann"), Effect.andThen(ownerOf, Effect.fail(new NoProfile())))
        )
        assert.strictEqual(unnamed._tag, "NoProfile")
        const empty = yield* Effect.flip(Accounts.signIn(grantOf("ann"), Effect.succeed("")))
        assert.strictEqual(empty.reason._tag, "InvalidConfiguration")
        const token = yield* Effect.provide(TokenService.get, Accounts.get(before.account))
        assert.isTrue(token.isSameAs(before.token))
      })
    )
  })

  it.effect("counts the life of its token from the exchange, however long the name takes", () =>
    withAccounts((asked) =>
      Effect.gen(function*() {
        const slowly = Effect.andThen(TestClock.adjust("59 minutes"), nameOf)
        const { account } = yield* Accounts.signIn(grantOf("ann"), slowly)
        yield* TestClock.adjust("2 minutes")
        assert.strictEqual(yield* tokenOf(account), "ann")
        assert.strictEqual(asked.at(-1), "ann by refresh_token")
      })
    ))

  it.effect("is named with its own token, whatever layers are shared, at the same time too (F74)", () => {
    class Speaker extends Context.Service<Speaker, Effect.Effect<string, AuthError>>()("Speaker") {}
    // One value, and so one layer for Effect, however many people it is to speak for.
    const speaker = Layer.effect(
      Speaker,
      TokenService.TokenService.use(({ get }) =>
        Effect.succeed(Effect.map(get, ({ value }) => Redacted.value(value).split("-")[0] ?? ""))
      )
    )
    const speak = Effect.provide(Effect.flatten(Speaker), speaker)
    return withAccounts(() =>
      Effect.gen(function*() {
        // The program's own speaker has been built before, in the same memory of layers.
        const memory = Layer.makeMemoMapUnsafe()
        const own = speaker.pipe(Layer.provide(TokenService.layerStatic({ value: Redacted.make("program-1") })))
        yield* Layer.buildWithMemoMap(own, memory, yield* Effect.scope)
        const both = yield* Deferred.make<void>()
        let waiting = 0
        const together = Effect.suspend(() =>
          ++waiting === 2 ? Deferred.succeed(both, undefined) : Deferred.await(both)
        )
        const signIn = (person: string) => Accounts.signIn(grantOf(person), Effect.andThen(together, speak))
        const signedIn = Effect.forEach(["ann", "ben"], signIn, { concurrency: "unbounded" })
        const accounts = yield* Effect.provideService(signedIn, Layer.CurrentMemoMap, memory)
        assert.deepStrictEqual(accounts.map(({ account }) => account), ["ann", "ben"])
      })
    )
  })

  it.live("I11: shows no secret", () => {
    const hunt = new LeakHunt()
    const { layer } = provider()
    return hunt.run(
      Effect.gen(function*() {
        const accounts = yield* Accounts.Accounts
        hunt.print(accounts)
        const person = hunt.secret("a-code-of-twenty-letters")
        const shown = Effect.gen(function*() {
          hunt.print(yield* TokenService.TokenService)
          return yield* Effect.as(TokenService.get, "somebody")
        })
        yield* hunt.observe(accounts.signIn(grantOf(person), shown))
        yield* hunt.observe(accounts.signIn(grantOf(hunt.secret("nobody-of-twenty-letters")), shown))
      }).pipe(Effect.provide(
        Accounts.layer({ client: { clientId: "client" } }).pipe(
          Layer.provide([TokenStore.layerMemory, hunt.wiretap.pipe(Layer.provide(layer))])
        )
      )),
      ["somebody"]
    )
  })
})
