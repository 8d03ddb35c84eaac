import type { AuthError } from "@app/auth/AuthError"
import * as Grant from "@app/auth/Grant"
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
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Runs from "./support/Runs.ts"

/** Runs with this configuration, and tells which token requests were made. */
const configuredBy = (provider: ConfigProvider.ConfigProvider) =>
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
          ConfigProvider.layer(provider)
        ])
      )
    ))
    return { sent, status }
  })

const configured = (env: Readonly<Record<string, string>>) => configuredBy(ConfigProvider.fromEnv({ env }))

const complaintAbout = <A>(program: Effect.Effect<A, AuthError>) =>
  Effect.map(Effect.flip(program), ({ message, reason }) => ({ message, reason: reason._tag }))

const complaint = (env: Readonly<Record<string, string>>) => complaintAbout(configured(env))

/** A day on which people run programs; clocks of tests begin in 1970. */
const today = Effect.suspend(() => TestClock.setTime(Date.UTC(2026, 10, 25)))

const person = { SPOTIFY_CLIENT_ID: "client", SPOTIFY_REFRESH_TOKEN: "AQ" }

const dueWith = (authorizedAt: string) =>
  Effect.map(
    configured({ ...person, SPOTIFY_AUTHORIZED_AT: authorizedAt }),
    ({ status: { signInDueAt } }) => signInDueAt === undefined ? "unknown" : DateTime.formatIso(signInDueAt)
  )

describe("layerConfig", () => {
  it.effect("a client id that is missing is said as it is to be set (F139)", () =>
    Effect.gen(function*() {
      const sources = [
        ConfigProvider.fromEnv({ env: {} }),
        ConfigProvider.fromEnv({ env: { SPOTIFY_CLIENT_ID: " \n" } }),
        ConfigProvider.fromEnv({ env: { SPOTIFY_CLIENT_ID: "" }, preserveEmptyStrings: true }),
        ConfigProvider.fromUnknown({ SPOTIFY: { CLIENT_ID: { value: "client" } } })
      ]
      for (const source of sources) {
        const { message, reason } = yield* complaintAbout(configuredBy(source))
        assert.strictEqual(reason, "InvalidConfiguration")
        assert.match(message, /^SPOTIFY_CLIENT_ID is not set\. Set it to /)
      }
    }))

  it.effect("variables may come from a tree, or from files under their whole names (F139)", () =>
    Effect.gen(function*() {
      const files = { SPOTIFY_CLIENT_ID: "client\n", SPOTIFY_REFRESH_TOKEN: "AQ\n" }
      const sources = [
        ConfigProvider.fromUnknown({ SPOTIFY: { CLIENT_ID: "client", REFRESH_TOKEN: "AQ" } }),
        ConfigProvider.fromUnknown(files),
        ConfigProvider.orElse(
          ConfigProvider.fromEnv({ env: { SPOTIFY_CLIENT_ID: "client" } }),
          ConfigProvider.fromUnknown(files)
        )
      ]
      for (const source of sources) {
        const { sent } = yield* configuredBy(source)
        assert.deepStrictEqual(sent.map(({ form }) => form), [
          { grant_type: "refresh_token", refresh_token: "AQ", client_id: "client" }
        ])
      }
    }))

  it.effect("a source that cannot be read is no variable that is not set (F139)", () =>
    Effect.gen(function*() {
      const source = ConfigProvider.make((path) =>
        path.join("_") === "SPOTIFY_CLIENT_SECRET"
          ? Effect.fail(new ConfigProvider.SourceError({ message: "the vault is\nsealed" }))
          : Effect.succeed(ConfigProvider.makeValue("text"))
      )
      const { message, reason } = yield* complaintAbout(configuredBy(source))
      assert.strictEqual(reason, "InvalidConfiguration")
      assert.match(message, /^SPOTIFY_CLIENT_SECRET cannot be used: it could not be read \(.*the vault is.*\)/)
    }))

  it.effect("begins from the store with a client id alone: a person has signed in before, or is to sign in", () =>
    Effect.gen(function*() {
      const { message, reason } = yield* complaint({ SPOTIFY_CLIENT_ID: "client" })
      assert.strictEqual(reason, "ReauthorizationRequired")
      assert.include(message, "Ask the person to sign in")

      const httpClient = HttpClient.make((request) =>
        Effect.succeed(
          HttpClientResponse.fromWeb(
            request,
            Response.json({ access_token: "BQ", token_type: "Bearer", expires_in: 3600, refresh_token: "AQ" })
          )
        )
      )
      const environment = ConfigProvider.fromEnv({ env: { SPOTIFY_CLIENT_ID: "client" } })
      const Tokens = TokenService.layerConfig().pipe(
        Layer.fresh,
        Layer.provide([Layer.succeed(HttpClient.HttpClient, httpClient), ConfigProvider.layer(environment)])
      )
      yield* Effect.gen(function*() {
        const signIn = TokenService.TokenService.use(({ authorize }) =>
          authorize(Grant.AuthorizationCode({ code: Redacted.make("AQ"), redirectUri: "https://example.com/callback" }))
        )
        const token = yield* Effect.provide(signIn, Tokens)
        assert.isTrue((yield* Effect.provide(TokenService.get, Tokens)).isSameAs(token))
      }).pipe(Effect.provide(TokenStore.layerMemory))
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
      ["2026-11-01", "2027-04-30T00:00:00.000Z"],
      ["2026-11-01\r\n", "2027-04-30T00:00:00.000Z"],
      ["2026-11-01T09:30Z", "2027-04-30T09:30:00.000Z"],
      ["2026-11-01T09:30:15.25Z", "2027-04-30T09:30:15.250Z"],
      ["2026-11-01T09:30:15+02:00", "2027-04-30T07:30:15.000Z"],
      ["2026-11-01t09:30:15-0330", "2027-04-30T13:00:15.000Z"],
      ["2026-11-01T09:30:15", "2027-04-30T09:30:15.000Z"],
      ["2026-11-01T09:30:15+02", "2027-04-30T07:30:15.000Z"],
      ["2026-11-02T09:30+23:59", "2027-04-30T09:31:00.000Z"],
      // A leap second.
      ["2026-10-31T23:59:60Z", "2027-04-30T00:00:00.000Z"],
      ["2024-02-29", "2024-08-27T00:00:00.000Z"],
      // Today where the day begins first.
      ["2026-11-26", "2027-05-25T00:00:00.000Z"],
      // OAuth 2.0 is of that month.
      ["2012-10-01", "2013-03-30T00:00:00.000Z"],
      ["2012-09-30", "unknown"],
      ["1970-01-01T00:00:12Z", "unknown"],
      ["1999-12-31", "unknown"]
    ] as const
  )("a sign-in of %j is due again at %s (F93, F106)", ([authorizedAt, due]) =>
    Effect.gen(function*() {
      yield* today
      assert.strictEqual(yield* dueWith(authorizedAt), due)
    }))

  it.effect.each([
    "06/07/2026",
    "2026-11-31",
    "2026-02-29",
    "2026-13-01",
    "2026-00-10",
    "2026-11-00",
    "2026-1-1",
    "11-01",
    "2026",
    "2026-11-01T25:00Z",
    "2026-11-01T09:60Z",
    "2026-11-01T09:30:61Z",
    "2026-11-01T09:30+02:60",
    "2026-11-01T09Z",
    "2026-11-01T",
    "2026-11-01Z",
    "2026-11-01T09:30+25:00",
    "1 November 2026",
    "last week",
    "1762000000000",
    "-002026-11-01",
    "+012026-11-01",
    "2026-11-01 or so",
    "２０２６-11-01",
    "2062-01-01",
    "2026-11-27",
    "2026-11-01T00:00:00Z,2026-11-02T00:00:00Z",
    "\"2026-11-01\"",
    "\ufeff2026-11-01"
  ])("a sign-in of %j is refused by its name (F93)", (authorizedAt) =>
    Effect.gen(function*() {
      yield* today
      const { message, reason } = yield* complaintAbout(dueWith(authorizedAt))
      assert.strictEqual(reason, "InvalidConfiguration")
      assert.match(message, /^SPOTIFY_AUTHORIZED_AT cannot be used: it [\x20-\x7e]+$/)
    }))

  it.effect("a clock is believed from the day on which OAuth 2.0 was published (F106)", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2012, 9, 1))
      assert.strictEqual(yield* dueWith("1970-01-01"), "unknown")
      assert.include((yield* complaintAbout(dueWith("2026-11-01"))).message, "ahead of this machine's clock")
    }))

  it.effect.prop(
    "a sign-in is due by what its date says, in whatever form of ISO 8601 (F93)",
    {
      at: Schema.Int.check(Schema.isBetween({ minimum: Date.UTC(2013, 0), maximum: Date.UTC(2026, 10, 24) })),
      offset: Schema.Int.check(Schema.isBetween({ minimum: -840, maximum: 840 }))
    },
    ({ at, offset }) =>
      Effect.gen(function*() {
        yield* today
        const due = (at: number) => DateTime.formatIso(DateTime.makeUnsafe(at + 180 * 86_400_000))
        const iso = new Date(at).toISOString()
        assert.strictEqual(yield* dueWith(iso), due(at))
        const midnight = Math.floor(at / 86_400_000) * 86_400_000
        assert.strictEqual(yield* dueWith(iso.slice(0, 10)), due(midnight))
        const two = (part: number) => String(part).padStart(2, "0")
        const sign = offset < 0 ? "-" : "+"
        const zone = `${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`
        const local = new Date(at + offset * 60_000).toISOString().replace("Z", zone)
        assert.strictEqual(yield* dueWith(local), due(at))
      }),
    { arbitrary: { runs: Runs.upTo(100) } }
  )

  it.effect.each(
    [
      ["http://127.0.0.1:8888", "http://127.0.0.1:8888"],
      ["http://[::1]:8888/", "http://[::1]:8888"],
      ["https://gateway.example.com/spotify-accounts", "https://gateway.example.com/spotify-accounts"],
      ["https://gateway.example.com/a/b//\r\n", "https://gateway.example.com/a/b"],
      [" HTTPS://Gateway.example.com:443/A", "https://gateway.example.com/A"]
    ] as const
  )("an Accounts service at %j keeps its path (F94)", ([accountsUrl, base]) =>
    Effect.gen(function*() {
      const { sent } = yield* configured({ ...person, SPOTIFY_ACCOUNTS_URL: accountsUrl })
      assert.deepStrictEqual(sent.map(({ url }) => url), [`${base}/api/token`])
    }))

  it.effect.each(
    [
      ["not a url", "space"],
      ["accounts.example.com", "in full"],
      ["https:accounts.example.com", "in full"],
      ["http://accounts.example.com", "in the clear"],
      ["http://localhost:8888", "127.0.0.1"],
      ["ftp://accounts.example.com", "neither https nor http"],
      ["https://gateway.example.com/a?key=canary", "query or a fragment"],
      ["http://127.0.0.1:1/?", "query or a fragment"],
      ["https://gateway.example.com/#a", "query or a fragment"],
      ["https://me:canary@gateway.example.com", "user name or a password"],
      ["https://me:can/ary@gateway.example.com", "in full"],
      ["https://gate way.example.com", "space"],
      ["https://gateway.example.com/\u200ba", "invisible character"],
      ["https://gateway.example.com/a\nb", "line break"],
      ["https:\\\\gateway.example.com", "backslash"],
      ["\"https://gateway.example.com\"", "quotation marks"]
    ] as const
  )("an Accounts service at %j is refused by its name (F94)", ([accountsUrl, mention]) =>
    Effect.gen(function*() {
      const { message, reason } = yield* complaint({ ...person, SPOTIFY_ACCOUNTS_URL: accountsUrl })
      assert.strictEqual(reason, "InvalidConfiguration")
      assert.match(message, /^SPOTIFY_ACCOUNTS_URL cannot be used: [\x20-\x7e…]+$/)
      assert.include(message, mention)
      assert.notMatch(message, /me:can|can\/ary/)
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
