import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
import * as Grant from "@app/auth/Grant"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { ObservedStore } from "./support/ObservedStore.ts"
import * as RunningOidcProvider from "./support/RunningOidcProvider.ts"
import * as RunningSandbox from "./support/RunningSandbox.ts"
import { RunningServer, scopes } from "./support/RunningServer.ts"
import * as SignIn from "./support/SignIn.ts"
import { against, asPerson, endOf, refreshTokenIn, start, tokenRequests } from "./support/WireService.ts"

const servers = { "the sandbox": RunningSandbox.layer, "oidc-provider": RunningOidcProvider.layer }

const transports = {
  UndiciHttpClient: UndiciHttpClient.layer(),
  undici: NodeHttpClient.layerUndici,
  fetch: FetchHttpClient.layer
}

const asProgram = Effect.gen(function*() {
  const { confidentialClient: client } = yield* RunningServer
  return yield* start({ client, grant: Grant.ClientCredentials({}) })
})

const refreshTokensSent = Effect.map(
  tokenRequests,
  (requests) => requests.flatMap(({ refreshToken }) => refreshToken ?? [])
)

const lost = (request: HttpClientRequest.HttpClientRequest) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.TransportError({ request, cause: { code: "ECONNRESET" } })
  })

describe.each(Object.entries(servers))("against %s", (_server, running) => {
  const onTheWire = against(running)

  describe.each(Object.entries(transports))("a grant is exchanged with %s:", (_transport, transport) => {
    it.live("authorization code with PKCE, then refreshes with the token it brought", () =>
      onTheWire(
        Effect.gen(function*() {
          const { honours } = yield* RunningServer
          const tokens = yield* asPerson()
          const first = yield* tokens.get
          const second = yield* tokens.refresh
          assert.notStrictEqual(Redacted.value(first.value), Redacted.value(second.value))
          assert.deepStrictEqual(second.scopes, scopes)
          assert.isTrue(yield* honours(second))
          assert.deepStrictEqual(
            (yield* tokenRequests).map(({ grantType }) => grantType),
            ["authorization_code", "refresh_token"]
          )
        }),
        {},
        transport
      ))

    it.live("authorization code with a secret", () =>
      onTheWire(
        Effect.gen(function*() {
          const { confidentialClient: client, honours } = yield* RunningServer
          const tokens = yield* start({ client, grant: yield* SignIn.complete(client) })
          yield* tokens.get
          assert.isTrue(yield* honours(yield* tokens.refresh))
          assert.strictEqual((yield* tokens.status).phase, "Valid")
        }),
        {},
        transport
      ))

    it.live("client credentials", () =>
      onTheWire(
        Effect.gen(function*() {
          const tokens = yield* asProgram
          yield* tokens.get
          yield* tokens.refresh
          assert.deepStrictEqual(
            (yield* tokenRequests).map(({ grantType }) => grantType),
            ["client_credentials", "client_credentials"]
          )
        }),
        {},
        transport
      ))
  })

  describe("a sign-in", () => {
    it.live("that the person declines is typed, and costs no token request", () =>
      onTheWire(Effect.gen(function*() {
        const { decline, publicClient } = yield* RunningServer
        const request = yield* SignIn.begin(publicClient)
        const error = yield* Effect.flip(request.handleCallback(yield* decline(request.url)))
        assert.strictEqual(error.reason._tag, "AuthorizationDenied")
        assert.deepStrictEqual(yield* tokenRequests, [])
      })))

    it.live("whose code is exchanged a second time is refused, and says to start again", () =>
      onTheWire(Effect.gen(function*() {
        const { publicClient: client } = yield* RunningServer
        const grant = yield* SignIn.complete(client)
        yield* (yield* start({ client, grant })).get
        const again = yield* start({ client, grant })
        const error = yield* Effect.flip(again.get)
        assert.strictEqual(error.reason._tag, "TokenRequestRejected")
        assert.include(error.message, "start the sign-in again")
      })))
  })

  describe("a life", () => {
    it.live("I3: a thousand callers at once cost one token request", () =>
      onTheWire(Effect.gen(function*() {
        const tokens = yield* asProgram
        const answers = yield* Effect.all(Array.from({ length: 1000 }, () => tokens.get), { concurrency: "unbounded" })
        assert.strictEqual(new Set(answers).size, 1)
        assert.strictEqual((yield* tokenRequests).length, 1)
      })))

    it.live("I1: of two seconds goes on and on: every token handed out is one the server honours", () =>
      onTheWire(
        Effect.gen(function*() {
          const { honours } = yield* RunningServer
          const tokens = yield* asPerson()
          const lives = yield* tokens.changes.pipe(
            Stream.filter(({ phase }) => phase === "Valid"),
            Stream.mapEffect(Effect.fnUntraced(function*({ generation }) {
              const token = yield* tokens.get
              // On a machine held up that long, a token's end may come in between.
              return { generation, isGood: (yield* honours(token)) || token.isExpired(yield* DateTime.now) }
            })),
            Stream.takeUntil(({ generation }) => generation === 4),
            Stream.runCollect
          )
          assert.deepStrictEqual(lives, [1, 2, 3, 4].map((generation) => ({ generation, isGood: true })))
          // Nobody asked for any of these refreshes, and none was refused.
          assert.strictEqual(new Set(yield* refreshTokensSent).size, 3)
          assert.isTrue((yield* tokenRequests).every(({ status }) => status === 200))
        }),
        { accessTokenLifetime: Duration.seconds(2), rotatesRefreshTokens: true }
      ))

    it.live("I6: with rotation on, thirty refreshes lose no refresh token", () =>
      onTheWire(
        Effect.gen(function*() {
          const tokens = yield* asPerson()
          yield* tokens.get
          for (let i = 0; i < 30; i++) yield* tokens.refresh
          assert.strictEqual(new Set(yield* refreshTokensSent).size, 30)
          assert.isTrue((yield* tokenRequests).every(({ status }) => status === 200))
        }),
        { rotatesRefreshTokens: true }
      ))

    it.live("I6: without rotation the one refresh token goes on serving", () =>
      onTheWire(Effect.gen(function*() {
        const tokens = yield* asPerson()
        yield* tokens.get
        for (let i = 0; i < 5; i++) yield* tokens.refresh
        assert.strictEqual(new Set(yield* refreshTokensSent).size, 1)
      })))

    it.live("I2: two services that share a store spend each refresh token once (F30, F31)", () =>
      onTheWire(
        Effect.gen(function*() {
          const { publicClient: client } = yield* RunningServer
          const store = new ObservedStore()
          const grant = yield* SignIn.complete(client)
          const both = [yield* start({ client, grant }, store.layer), yield* start({ client, grant }, store.layer)]
          yield* Effect.forEach(both, ({ get }) => get)
          for (let i = 0; i < 10; i++) {
            yield* Effect.forEach(both, ({ refresh }) => refresh, { concurrency: "unbounded" })
          }
          assert.strictEqual(new Set(yield* refreshTokensSent).size, 10)
          assert.deepStrictEqual(
            (yield* tokenRequests).map(({ status }) => status),
            Array.from({ length: 11 }, () => 200)
          )
        }),
        { rotatesRefreshTokens: true }
      ))

    it.live("I9: a refused token is replaced once, and a late refusal of an older one changes nothing (F59)", () =>
      onTheWire(Effect.gen(function*() {
        const tokens = yield* asPerson()
        const older = yield* tokens.get
        assert.isTrue(yield* tokens.invalidate(older))
        const current = yield* tokens.get
        assert.notStrictEqual(Redacted.value(current.value), Redacted.value(older.value))
        assert.isTrue(yield* tokens.invalidate(older))
        assert.strictEqual(yield* tokens.get, current)
        assert.strictEqual((yield* tokenRequests).length, 2)
      })))
  })

  describe("an end", () => {
    it.live("I7: a revoked refresh token is asked about once, however many ask", () =>
      onTheWire(Effect.gen(function*() {
        const { honours, revokeAll } = yield* RunningServer
        const tokens = yield* asPerson()
        const token = yield* tokens.get
        yield* revokeAll
        assert.isFalse(yield* honours(token))
        const before = (yield* tokenRequests).length
        yield* tokens.invalidate(token)
        for (let i = 0; i < 20; i++) {
          const error = yield* Effect.flip(tokens.get)
          assert.strictEqual(endOf(error), "Revoked")
          assert.include(error.message, "sign in again")
        }
        assert.strictEqual((yield* tokenRequests).length - before, 1)
      })))

    it.live("a refresh token that was replaced is worth nothing to whoever kept a copy", () =>
      onTheWire(
        Effect.gen(function*() {
          const { publicClient: client } = yield* RunningServer
          const store = new ObservedStore()
          const tokens = yield* asPerson(store.layer)
          yield* tokens.get
          const copy = refreshTokenIn(store)
          yield* tokens.refresh
          const thief = yield* start({ client, grant: Grant.RefreshToken({ refreshToken: copy }) })
          assert.strictEqual(endOf(yield* Effect.flip(thief.get)), "Revoked")
        }),
        { rotatesRefreshTokens: true }
      ))

    it.live("F32: an answer lost on its way back costs a sign-in where tokens rotate, and says so", () =>
      onTheWire(
        Effect.gen(function*() {
          const store = new ObservedStore()
          let loses = false
          const tokens = yield* Effect.updateService(
            asPerson(store.layer),
            HttpClient.HttpClient,
            HttpClient.transform((answer, request) =>
              Effect.tap(answer, () => loses ? Effect.fail(lost(request)) : Effect.void)
            )
          )
          yield* tokens.get
          const refreshToken = refreshTokenIn(store)
          loses = true
          assert.strictEqual(endOf(yield* Effect.flip(tokens.refresh)), "TokenRequestFailed")
          loses = false
          yield* tokens.changes.pipe(Stream.takeUntil(({ phase }) => phase === "SignInRequired"), Stream.runDrain)
          const ended = yield* Effect.flip(tokens.refresh)
          assert.strictEqual(endOf(ended), "AnswerLost")
          assert.include(ended.message, "never arrived")
          assert.deepStrictEqual(refreshTokenIn(store), refreshToken)
        }),
        { rotatesRefreshTokens: true }
      ))

    it.live("F53: a wrong client secret is loud, and asked about once", () =>
      onTheWire(Effect.gen(function*() {
        const { confidentialClient: { clientId } } = yield* RunningServer
        const tokens = yield* start({
          client: { clientId, clientSecret: Redacted.make("wrong") },
          grant: Grant.ClientCredentials({})
        })
        const error = yield* Effect.flip(tokens.get)
        assert.strictEqual(error.reason._tag, "InvalidClient")
        assert.include(error.message, "Check the client id and the client secret")
        assert.include(error.message, clientId)
        for (let i = 0; i < 5; i++) yield* Effect.flip(tokens.get)
        assert.strictEqual((yield* tokenRequests).length, 1)
      })))
  })
})
