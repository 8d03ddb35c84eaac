import * as AuthenticatedHttpClient from "@app/auth/AuthenticatedHttpClient"
import type { AuthError } from "@app/auth/AuthError"
import * as Grant from "@app/auth/Grant"
import * as TokenService from "@app/auth/TokenService"
import * as FleetClient from "@app/fleet/FleetClient"
import * as FleetServer from "@app/fleet/FleetServer"
import * as Fault from "@app/sandbox/Fault"
import * as Sandbox from "@app/sandbox/Sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { TokenResponse } from "../src/contract/TokensApi.ts"
import * as RemoteErrors from "../src/internal/client/RemoteErrors.ts"
import * as RemoteTokens from "../src/internal/client/RemoteTokens.ts"
import { adminKey, keyFor, layer, signIn } from "./support/RunningFleet.ts"

/** A client of the fleet, and the number of requests that it has sent. */
const connect = Effect.fnUntraced(function*(options: Partial<FleetClient.Options> = {}) {
  const { url } = yield* FleetServer.FleetServer
  const sent = yield* Ref.make<ReadonlyArray<string>>([])
  const httpClient = HttpClient.mapRequestEffect(
    yield* HttpClient.HttpClient,
    (request) => Effect.as(Ref.update(sent, (all) => [...all, request.url]), request)
  )
  const accounts = yield* FleetClient.make({ url, key: adminKey, tenant: "acme", app: "spotify", ...options }).pipe(
    Effect.provideService(HttpClient.HttpClient, httpClient)
  )
  const as = <A, E>(account: string, use: (tokens: TokenService.Service) => Effect.Effect<A, E>) =>
    Effect.provide(TokenService.TokenService.use(use), accounts.get(account))
  return { accounts, as, requests: Effect.map(Ref.get(sent), ({ length }) => length), sent: Ref.get(sent) }
})

const tokenOf = (tokens: TokenService.Service) => Effect.map(tokens.get, ({ value }) => Redacted.value(value))

const reasonOf = <A>(effect: Effect.Effect<A, AuthError>) => Effect.map(Effect.flip(effect), ({ reason }) => reason)

describe("a client of a fleet", () => {
  it.live("asks once for a token, for any number of callers", () =>
    Effect.gen(function*() {
      yield* signIn("acme", "ann")
      const { as, requests } = yield* connect()
      const tokens = yield* Effect.all(Array.from({ length: 50 }, () => as("ann", tokenOf)), {
        concurrency: "unbounded"
      })
      assert.strictEqual(new Set(tokens).size, 1)
      assert.strictEqual(yield* requests, 1)
      const status = yield* as("ann", ({ status }) => status)
      assert.deepStrictEqual([status.phase, status.generation], ["Valid", 1])
      assert.isDefined(yield* as("ann", ({ authorizationId }) => authorizationId))
    }).pipe(Effect.provide(layer())))

  it.effect("asks anew near the end of a token, and goes on with it while the fleet is away", () =>
    Effect.gen(function*() {
      const fleet = { isAway: false, asked: 0 }
      const away = RemoteErrors.timedOut
      const tokens = yield* RemoteTokens.make({
        get: () =>
          Effect.gen(function*() {
            if (fleet.isAway) return yield* away
            fleet.asked++
            const issuedAt = yield* DateTime.now
            return new TokenResponse({
              access_token: Redacted.make(`token ${fleet.asked}`),
              token_type: "Bearer",
              issued_at: issuedAt,
              expires_at: DateTime.addDuration(issuedAt, "5 minutes"),
              scope: ""
            })
          }),
        refuse: () => Effect.void,
        authorize: () => Effect.void,
        retry: Effect.void,
        signOut: Effect.void
      })
      assert.strictEqual(yield* tokenOf(tokens), "token 1")
      // A tenth of its five minutes is left.
      yield* TestClock.adjust("269 seconds")
      assert.strictEqual(yield* tokenOf(tokens), "token 1")
      yield* TestClock.adjust("2 seconds")
      fleet.isAway = true
      assert.strictEqual(yield* tokenOf(tokens), "token 1")
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual((yield* reasonOf(tokens.get))._tag, "TokenRequestFailed")
      fleet.isAway = false
      assert.strictEqual(yield* tokenOf(tokens), "token 2")
      assert.strictEqual(fleet.asked, 2)
    }))

  it.live("replaces a token that an API has refused, by its fingerprint", () =>
    Effect.gen(function*() {
      yield* signIn("acme", "ann")
      const { apiUrl, revokeAccessTokens } = yield* Sandbox.Sandbox
      const { accounts, as, sent } = yield* connect()
      const first = yield* as("ann", tokenOf)
      yield* revokeAccessTokens
      const response = yield* AuthenticatedHttpClient.AuthenticatedHttpClient.use((client) =>
        client.execute(HttpClientRequest.get(`${apiUrl}/me`))
      ).pipe(
        Effect.provide(
          Layer.provide(
            AuthenticatedHttpClient.layer({ origins: [new URL(apiUrl).origin] }),
            accounts.get("ann")
          )
        )
      )
      assert.strictEqual(response.status, 200)
      const second = yield* as("ann", (tokens) => tokens.get)
      assert.notStrictEqual(Redacted.value(second.value), first)
      // A replacement that is refused, too, is not replaced again.
      assert.isFalse(yield* as("ann", ({ invalidate }) => invalidate(second)))
      for (const url of yield* sent) assert.notInclude(url, first)
    }).pipe(Effect.provide(layer())))

  it.live("signs accounts in and out, and sees what others do after release", () =>
    Effect.gen(function*() {
      const { issueRefreshTokens } = yield* Sandbox.Sandbox
      const { accounts, as } = yield* connect()
      assert.deepInclude(yield* reasonOf(as("ann", tokenOf)), {
        _tag: "ReauthorizationRequired",
        kind: "NoRefreshToken"
      })
      const [refreshToken = Redacted.make("")] = yield* issueRefreshTokens(1)
      yield* as("ann", ({ authorize }) => authorize(Grant.RefreshToken({ refreshToken })))
      assert.isString(yield* as("ann", tokenOf))
      const other = yield* connect()
      yield* other.as("ann", ({ signOut }) => signOut)
      assert.deepInclude(yield* reasonOf(other.as("ann", tokenOf)), {
        _tag: "ReauthorizationRequired",
        kind: "SignedOut"
      })
      assert.strictEqual((yield* other.as("ann", ({ status }) => status)).phase, "SignInRequired")
      yield* accounts.release("ann")
      assert.deepInclude(yield* reasonOf(as("ann", tokenOf)), { kind: "SignedOut" })
      const nonsense = as(
        "ann",
        ({ authorize }) => authorize(Grant.RefreshToken({ refreshToken: Redacted.make("nonsense") }))
      )
      assert.deepInclude(yield* reasonOf(nonsense), { _tag: "ReauthorizationRequired", kind: "Revoked" })
      assert.deepInclude(yield* reasonOf(as("ann", ({ authorize }) => authorize(Grant.ClientCredentials({})))), {
        _tag: "InvalidConfiguration"
      })
      assert.deepInclude(
        yield* reasonOf(Effect.flip(Effect.flip(accounts.signIn(Grant.ClientCredentials({}), Effect.succeed(""))))),
        {
          setting: "signIn"
        }
      )
    }).pipe(Effect.provide(layer())))

  it.live("says what is wrong with its key, its names and its address", () =>
    Effect.gen(function*() {
      yield* signIn("acme", "ann")
      const withKey = (key: Redacted.Redacted<string>) =>
        Effect.flatMap(connect({ key }), ({ as }) => reasonOf(as("ann", tokenOf)))
      assert.deepInclude(yield* withKey(Redacted.make("fk_x_y")), { _tag: "InvalidConfiguration", setting: "key" })
      assert.deepInclude(yield* withKey(yield* keyFor(["acme"], "accounts:read")), { setting: "key" })
      assert.deepInclude(yield* withKey(yield* keyFor(["other"], "tokens:read")), { kind: "NoRefreshToken" })
      for (
        const [setting, options] of [
          ["url", { url: "http://fleet.example.com" }],
          ["tenant", { tenant: "A" }],
          ["app", { app: "a/b" }]
        ] as const
      ) {
        const error = yield* Effect.flip(connect(options))
        assert.deepInclude(error.reason, { setting })
      }
      const { as } = yield* connect()
      assert.deepInclude(yield* reasonOf(as("", tokenOf)), { setting: "account" })
    }).pipe(Effect.provide(layer())))

  it.live("does not ask again before the fleet says, and tells of what happens", () =>
    Effect.gen(function*() {
      yield* signIn("acme", "ann")
      const { inject } = yield* Sandbox.Sandbox
      const { as, requests } = yield* connect()
      const token = yield* as("ann", ({ get }) => get)
      yield* inject("POST /api/token", Fault.Status({ status: 503, headers: { "retry-after": "9" }, times: "always" }))
      assert.isTrue(yield* as("ann", ({ invalidate }) => invalidate(token)))
      const before = yield* requests
      const reason = yield* reasonOf(as("ann", tokenOf))
      assert.deepInclude(reason, { _tag: "TokenRequestFailed", status: 503 })
      yield* reasonOf(as("ann", tokenOf))
      assert.strictEqual(yield* requests, before)
      const [status] = yield* as("ann", ({ changes }) => Stream.runCollect(Stream.take(changes, 1)))
      assert.deepStrictEqual([status?.phase, status?.expiresAt], ["Retrying", undefined])
      assert.isDefined(status?.retryAt)
    }).pipe(Effect.provide(layer())))

  it.live("reports a fleet that cannot be reached, and one that is something else", () =>
    Effect.gen(function*() {
      const nobody = yield* connect({ url: "http://127.0.0.1:1" })
      assert.deepInclude(yield* reasonOf(nobody.as("ann", tokenOf)), {
        _tag: "TokenRequestFailed",
        kind: "Unreachable"
      })
      const { apiUrl } = yield* Sandbox.Sandbox
      const other = yield* connect({ url: apiUrl })
      assert.include([
        "TokenRequestFailed",
        "MalformedTokenResponse",
        "InvalidConfiguration",
        "ReauthorizationRequired"
      ], (yield* reasonOf(other.as("ann", tokenOf)))._tag)
    }).pipe(Effect.provide(layer())))
})
