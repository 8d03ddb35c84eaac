import { AuthError } from "@app/auth/AuthError"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"

/** Runs with these environment variables, and tells which token requests were made. */
const configured = (env: Readonly<Record<string, string>>) =>
  Effect.gen(function*() {
    const sent: Array<{ readonly url: string; readonly form: Readonly<Record<string, string>> }> = []
    const httpClient = HttpClient.make((request, url) => {
      const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
      sent.push({ url: url.href, form: Object.fromEntries(new URLSearchParams(body)) })
      const answer = Response.json({ access_token: "BQ", token_type: "Bearer", expires_in: 3600 })
      return Effect.succeed(HttpClientResponse.fromWeb(request, answer))
    })
    const status = yield* Effect.andThen(TokenService.get, TokenService.status).pipe(Effect.provide(
      TokenService.layerConfig().pipe(
        Layer.provide([
          TokenStore.layerMemory,
          Layer.succeed(HttpClient.HttpClient, httpClient),
          ConfigProvider.layer(ConfigProvider.fromEnv({ env }))
        ])
      )
    ))
    return { sent, status }
  })

const complaint = (env: Readonly<Record<string, string>>) =>
  Effect.map(Effect.flip(configured(env)), (error) => ({
    message: error.message,
    reason: error instanceof AuthError ? error.reason._tag : "ConfigError"
  }))

describe("layerConfig", () => {
  it.effect("names a client id that is missing", () =>
    Effect.gen(function*() {
      const { message, reason } = yield* complaint({})
      assert.strictEqual(reason, "ConfigError")
      assert.include(message, "SPOTIFY")
      assert.include(message, "CLIENT_ID")
    }))

  it.effect("says what to add to a client id alone", () =>
    Effect.gen(function*() {
      const { message, reason } = yield* complaint({ SPOTIFY_CLIENT_ID: "client" })
      assert.strictEqual(reason, "InvalidConfiguration")
      assert.include(message, "SPOTIFY_CLIENT_ID alone")
      assert.include(message, "SPOTIFY_CLIENT_SECRET")
      assert.include(message, "SPOTIFY_REFRESH_TOKEN")
    }))

  it.effect("gets a token of the program's own with a secret", () =>
    Effect.gen(function*() {
      const { sent } = yield* configured({ SPOTIFY_CLIENT_ID: "client", SPOTIFY_CLIENT_SECRET: "secret" })
      assert.deepStrictEqual(sent, [{
        url: "https://accounts.spotify.com/api/token",
        form: { grant_type: "client_credentials" }
      }])
    }))

  it.effect("gets a person's with a refresh token, and knows when they must sign in again", () =>
    Effect.gen(function*() {
      const { sent, status } = yield* configured({
        SPOTIFY_CLIENT_ID: "client",
        SPOTIFY_REFRESH_TOKEN: "AQ",
        SPOTIFY_AUTHORIZED_AT: "2026-11-01T00:00:00Z",
        SPOTIFY_ACCOUNTS_URL: "http://127.0.0.1:8888"
      })
      assert.deepStrictEqual(sent, [{
        url: "http://127.0.0.1:8888/api/token",
        form: { grant_type: "refresh_token", refresh_token: "AQ", client_id: "client" }
      }])
      assert.strictEqual(
        status.signInDueAt === undefined ? "unknown" : DateTime.formatIso(status.signInDueAt),
        "2027-04-30T00:00:00.000Z"
      )
    }))

  it.effect.each(
    [
      [{ SPOTIFY_AUTHORIZED_AT: "last week" }, "AUTHORIZED_AT"],
      [{ SPOTIFY_ACCOUNTS_URL: "not a url" }, "ACCOUNTS_URL"],
      [{ SPOTIFY_ACCOUNTS_URL: "http://accounts.example.com" }, "in the clear"]
    ] as const
  )("names the setting that is wrong, and shows no secret: %o", ([wrong, mention]) =>
    Effect.gen(function*() {
      const { message } = yield* complaint({
        SPOTIFY_CLIENT_ID: "client",
        SPOTIFY_CLIENT_SECRET: "a-secret-canary",
        SPOTIFY_REFRESH_TOKEN: "a-refresh-canary",
        ...wrong
      })
      assert.include(message, mention)
      assert.notInclude(message, "canary")
    }))
})

describe("layerStatic", () => {
  const value = Redacted.make("BQ-static")

  it.effect("serves a token until its end, and then says that a person must act", () =>
    Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      assert.strictEqual(Redacted.value((yield* tokens.get).value), "BQ-static")
      yield* TestClock.adjust("59 minutes")
      yield* tokens.get
      yield* TestClock.adjust("1 minute")
      const error = yield* Effect.flip(tokens.get)
      assert.strictEqual(error.reason._tag, "ReauthorizationRequired")
      assert.strictEqual((yield* tokens.status).phase, "SignInRequired")
    }).pipe(Effect.provide(TokenService.layerStatic({ value, expiresAt: DateTime.makeUnsafe(3_600_000) }))))

  it.effect("announces its end when it comes, and the service's own end by ending", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const expiresAt = DateTime.makeUnsafe(3_600_000)
      const services = yield* Layer.buildWithScope(TokenService.layerStatic({ value, expiresAt }), scope)
      const phases = yield* TokenService.changes.pipe(
        Stream.map(({ phase }) => phase),
        Stream.runCollect,
        Effect.provideContext(services),
        Effect.forkChild({ startImmediately: true })
      )
      yield* TestClock.adjust("1 hour")
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(yield* Fiber.join(phases), ["Valid", "SignInRequired"])
    }))

  it.effect("serves one without an end until an API refuses it", () =>
    Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      yield* TestClock.adjust("1000 days")
      const token = yield* tokens.get
      assert.isFalse(yield* tokens.invalidate(token))
      assert.strictEqual((yield* Effect.flip(tokens.get)).reason._tag, "ReauthorizationRequired")
    }).pipe(Effect.provide(TokenService.layerStatic({ value }))))

  it.effect("can neither be refreshed nor signed in, but signed out", () =>
    Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      assert.strictEqual((yield* Effect.flip(tokens.refresh)).reason._tag, "ReauthorizationRequired")
      yield* tokens.signOut
      assert.include((yield* Effect.flip(tokens.get)).message, "signed out")
    }).pipe(Effect.provide(TokenService.layerStatic({ value }))))
})
