import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
import * as Accounts from "@app/auth/Accounts"
import * as AuthenticatedHttpClient from "@app/auth/AuthenticatedHttpClient"
import { AuthError } from "@app/auth/AuthError"
import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as RevocationEndpoint from "@app/auth/RevocationEndpoint"
import * as TokenEndpoint from "@app/auth/TokenEndpoint"
import * as TokenService from "@app/auth/TokenService"
import * as TokenSource from "@app/auth/TokenSource"
import * as TokenStore from "@app/auth/TokenStore"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import { once } from "node:events"
import { createServer } from "node:http"
import { inspect } from "node:util"
import * as Runs from "./support/Runs.ts"

// =============================================================================
// Texts
// =============================================================================

const printable = ["a", "B", "7", "-", "_", "~", "+", "/", "=", "!", "\"", "%", "AQ", "canary", " "]
const control = ["\t", "\n", "\r\n", "\v", "\u0000", "\u001b[2J", "\u007f", "\u0085", "\u2028"]
const other = ["\u00a0", "\u00ad", "\u200b", "\u2060", "\ufeff", "\u3164", "é", "ж", "鍵", "🎵", "\ud800"]

/** Any Unicode text, and those that come near a credential. */
const text = Schema.Union([
  Schema.String,
  Schema.Array(Schema.Literals([...printable, ...control, ...other])).check(Schema.isMaxLength(6))
])

const join = (given: string | ReadonlyArray<string>) => typeof given === "string" ? given : given.join("")

/** RFC 6749 appendix A; an empty one is none. */
const isText = (value: string) => /^[\x20-\x7e]+$/.test(value)

/** RFC 6750 §2.1; nor does its grammar have quotation marks. */
const isToken = (value: string) => /^[\x21-\x7e]+$/.test(value) && !/^(["'`]).*\1$/s.test(value.length > 1 ? value : "")

const ofWhiteSpace = /^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g

// =============================================================================
// A program
// =============================================================================

/** Runs with a transport that answers every token request, and tells what was sent. */
const sending = Effect.fnUntraced(function*<A, E>(
  program: Effect.Effect<A, E, HttpClient.HttpClient | TokenStore.TokenStore | Scope.Scope>
) {
  const sent: Array<{ readonly authorization: string | undefined; readonly form: Record<string, string> }> = []
  const httpClient = HttpClient.make((request) => {
    const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
    sent.push({ authorization: request.headers["authorization"], form: Object.fromEntries(new URLSearchParams(body)) })
    const answer = Response.json({ access_token: "BQ", token_type: "Bearer", expires_in: 3600 })
    return Effect.succeed(HttpClientResponse.fromWeb(request, answer))
  })
  const exit = yield* Effect.scoped(program).pipe(
    Effect.provide([TokenStore.layerMemory, Layer.succeed(HttpClient.HttpClient, httpClient)]),
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.result
  )
  return { exit, sent }
})

const tokenOf = <E, R>(layer: Layer.Layer<TokenService.TokenService, E, R>) =>
  Effect.scoped(Effect.flatMap(Layer.build(layer), (services) => Effect.provideContext(TokenService.get, services)))

const settingOf = (error: unknown): string =>
  error instanceof AuthError && error.reason._tag === "InvalidConfiguration" ? error.reason.setting : inspect(error)

/** What a complaint may never do: break its line, or show what it is about. */
const assertDiscreet = (error: unknown, secret: string) => {
  assert.instanceOf(error, AuthError)
  const message = error instanceof AuthError ? error.message : ""
  assert.match(message, /^[\x20-\x7e§…]+$/)
  assert.isBelow(message.length, 400)
  // Short ones are found in any sentence.
  if (secret.trim().length > 4) {
    for (const shown of [message, inspect(error, { depth: 10 }), JSON.stringify(error)]) {
      assert.notInclude(shown, secret.trim())
    }
  }
}

const client = { clientId: "client" }
const crypto = Layer.mergeAll(SecureRandom.layerWebCrypto, Digest.layerWebCrypto)

// =============================================================================
// Tests
// =============================================================================

describe("credentials of a client and a grant", () => {
  /** Where a text may be given, and what it is called there. */
  const places: Record<string, (value: string) => TokenService.Options> = {
    "client.clientId": (value) => ({ client: { clientId: value }, grant: Grant.ClientCredentials({}) }),
    "client.clientSecret": (value) => ({
      client: { ...client, clientSecret: Redacted.make(value) },
      grant: Grant.ClientCredentials({})
    }),
    "grant.refreshToken": (value) => ({ client, grant: Grant.RefreshToken({ refreshToken: Redacted.make(value) }) }),
    "grant.code": (value) => ({
      client,
      grant: Grant.AuthorizationCode({ code: Redacted.make(value), redirectUri: "https://example.com/" })
    }),
    "grant.codeVerifier": (value) => ({
      client,
      grant: Grant.AuthorizationCode({
        code: Redacted.make("AQ"),
        codeVerifier: Redacted.make(value),
        redirectUri: "https://example.com/"
      })
    })
  }

  it.effect.prop(
    "are printable ASCII, or are said by name before anything is sent (F93)",
    { given: text, setting: Schema.Literals(Object.keys(places)) },
    ({ given, setting }) =>
      Effect.gen(function*() {
        const value = join(given)
        const options = places[setting]?.(value) ?? { client }
        const { exit, sent } = yield* sending(tokenOf(TokenService.layer(options)))
        if (isText(value) || (setting === "client.clientSecret" && value === "")) {
          assert.strictEqual(exit._tag, "Success")
          assert.strictEqual(sent.length, 1)
        } else {
          assert.strictEqual(sent.length, 0)
          assert.strictEqual(exit._tag, "Failure")
          if (exit._tag === "Success") return
          assert.strictEqual(settingOf(exit.failure), setting)
          assertDiscreet(exit.failure, value)
        }
      }),
    { arbitrary: { runs: Runs.upTo(500) } }
  )

  it.effect("are said wherever they come in, and cost no sign-in (F93)", () =>
    Effect.gen(function*() {
      const broken = Redacted.make("AQ-canary\n")
      const grant = Grant.RefreshToken({ refreshToken: broken })
      const complaints: Record<
        string,
        Effect.Effect<unknown, unknown, HttpClient.HttpClient | TokenStore.TokenStore | Scope.Scope>
      > = {
        "grant.refreshToken": Effect.gen(function*() {
          const tokens = yield* TokenService.make({ client, grant: Grant.ClientCredentials({}) })
          const token = yield* tokens.get
          const error = yield* Effect.flip(tokens.authorize(grant))
          assert.strictEqual(yield* tokens.get, token)
          return yield* error
        }),
        "grantFor.refreshToken": Effect.gen(function*() {
          const accounts = yield* Accounts.make({ client, grantFor: () => Effect.succeed(grant) })
          return yield* tokenOf(accounts.get("ann"))
        }),
        "client.clientSecret": Accounts.make({ client: { ...client, clientSecret: broken } }),
        "client.clientId": Effect.provide(
          AuthorizationRequest.make({
            client: { clientId: "\u200bclient" },
            redirectUri: "https://example.com/",
            server: Providers.spotify
          }),
          crypto
        )
      }
      for (const [setting, complaint] of Object.entries(complaints)) {
        const { exit, sent } = yield* sending(complaint)
        assert.strictEqual(exit._tag === "Failure" ? settingOf(exit.failure) : "none", setting)
        assert.isFalse(sent.some(({ form }) => JSON.stringify(form).includes("canary")))
      }
    }))

  it.effect("are checked by the endpoints themselves (F93)", () =>
    Effect.gen(function*() {
      const broken = Redacted.make("AQ-canary\u2028")
      const server = Providers.spotify
      const revocable = new AuthorizationServer.AuthorizationServer({
        ...server,
        revocationEndpoint: "https://example.com/"
      })
      const attempts: ReadonlyArray<Effect.Effect<unknown, AuthError, HttpClient.HttpClient>> = [
        TokenEndpoint.make({ client: { ...client, clientSecret: broken }, server }),
        RevocationEndpoint.make({ client: { clientId: "" }, server: revocable }),
        Effect.flatMap(TokenEndpoint.make({ client, server }), (endpoint) =>
          endpoint.request(Grant.RefreshToken({ refreshToken: broken })))
      ]
      for (const attempt of attempts) {
        const { exit, sent } = yield* sending(attempt)
        assert.strictEqual(exit._tag, "Failure")
        if (exit._tag === "Failure") {
          assert.strictEqual(exit.failure.reason._tag, "InvalidConfiguration")
        }
        assert.deepStrictEqual(sent, [])
      }
    }))

  it.effect("an empty secret is no secret (F93)", () =>
    Effect.gen(function*() {
      const grant = Grant.RefreshToken({ refreshToken: Redacted.make("AQ") })
      const { exit, sent } = yield* sending(
        tokenOf(TokenService.layer({ client: { ...client, clientSecret: Redacted.make("") }, grant }))
      )
      assert.strictEqual(exit._tag, "Success")
      assert.deepStrictEqual(sent, [{
        authorization: undefined,
        form: { client_id: "client", grant_type: "refresh_token", refresh_token: "AQ" }
      }])
    }))

  it.effect("what a program without types leaves out is said, too (F93)", () =>
    Effect.gen(function*() {
      const { absent, plain, number }: Record<"absent" | "plain" | "number", never> = JSON.parse(
        "{ \"plain\": \"canary\", \"number\": 7 }"
      )
      for (
        const [setting, options] of [
          ["client.clientId", { client: { clientId: absent } }],
          ["client.clientId", { client: { clientId: number } }],
          ["client.clientSecret", { client: { ...client, clientSecret: plain } }],
          ["client.clientSecret", { client: { ...client, clientSecret: Redacted.make("\n") } }],
          ["grant.refreshToken", { client, grant: Grant.RefreshToken({ refreshToken: absent }) }],
          ["grant.refreshToken", { client, grant: Grant.RefreshToken({ refreshToken: Redacted.make(absent) }) }]
        ] as const
      ) {
        const { exit, sent } = yield* sending(tokenOf(TokenService.layer(options)))
        assert.strictEqual(exit._tag === "Failure" ? settingOf(exit.failure) : "none", setting)
        assert.notInclude(inspect(exit, { depth: 10 }), "canary")
        assert.deepStrictEqual(sent, [])
      }
    }))

  it.effect.each(
    [
      ["AQ\r\n", "ends in a line break", "Trim it"],
      ["\nAQ", "begins with a line break", "Trim it"],
      ["AQ\nAQ", "holds a line break", "Join the lines"],
      ["\ufeffAQ", "begins with a byte order mark", "without a byte order mark"],
      ["AQ\u200b", "ends in an invisible character (U+200B)", "Remove it"],
      ["A\u00a0Q", "holds white space (U+00A0)", "Copy it again"],
      ["A\u0007Q", "holds a control character (U+0007)", "Copy it again"],
      ["Äé", "begins with a character that is not printable ASCII", "Copy it again"],
      ["", "is empty", "Give it its value"]
    ] as const
  )("%j is told apart, with what to do about it (F93)", ([value, fault, remedy]) =>
    Effect.gen(function*() {
      const grant = Grant.RefreshToken({ refreshToken: Redacted.make(value) })
      const { exit } = yield* sending(tokenOf(TokenService.layer({ client, grant })))
      const message = exit._tag === "Failure" ? exit.failure.message : ""
      assert.include(message, `grant.refreshToken cannot be used: it ${fault}`)
      assert.include(message, remedy)
    }))

  it.effect("a sign-in from before there were any has no age, once the clock is set (F106)", () =>
    Effect.gen(function*() {
      const refreshToken = Redacted.make("AQ")
      for (
        const [clock, at, due] of [
          ["2026-11-25T00:00:00Z", "1970-01-01T00:00:12Z", "unknown"],
          ["2026-11-25T00:00:00Z", "2012-09-30T23:59:59Z", "unknown"],
          ["2026-11-25T00:00:00Z", "2026-11-01T00:00:00Z", "2027-04-30T00:00:00.000Z"],
          // A clock that has not been set: its own times fit each other, and it cannot judge any other.
          ["1970-01-01T00:01:00Z", "1970-01-01T00:00:12Z", "1970-06-30T00:00:12.000Z"],
          ["1970-01-01T00:01:00Z", "2026-11-01T00:00:00Z", "2027-04-30T00:00:00.000Z"]
        ] as const
      ) {
        yield* TestClock.setTime(DateTime.makeUnsafe(clock).epochMilliseconds)
        const grant = Grant.RefreshToken({ refreshToken, authorizedAt: DateTime.makeUnsafe(at) })
        const { exit } = yield* sending(Effect.flatMap(
          TokenService.make({ client, grant }),
          (tokens) => Effect.andThen(tokens.get, tokens.status)
        ))
        const dueAt = exit._tag === "Success" ? exit.success.signInDueAt : undefined
        assert.strictEqual(dueAt === undefined ? "unknown" : DateTime.formatIso(dueAt), due)
      }
    }))
})

describe("credentials in the environment", () => {
  const variables = ["SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN"] as const
  const good = { SPOTIFY_CLIENT_ID: "client", SPOTIFY_CLIENT_SECRET: "secret", SPOTIFY_REFRESH_TOKEN: "AQ" }

  const configured = (env: Readonly<Record<string, string>>) =>
    sending(
      tokenOf(TokenService.layerConfig()).pipe(
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
      )
    )

  it.effect.prop(
    "count without white space around them, and are printable ASCII or said by their variable (F93)",
    {
      given: text,
      before: Schema.Literals(["", " ", "\t"]),
      after: Schema.Literals(["", "\n", "\r\n", " \n"]),
      variable: Schema.Literals(variables)
    },
    ({ after, before, given, variable }) =>
      Effect.gen(function*() {
        const value = join(given)
        const { exit, sent } = yield* configured({ ...good, [variable]: `${before}${value}${after}` })
        const meant = value.replace(ofWhiteSpace, "")
        const isKept = isText(meant) && !/^(["'`])[^]*\1$/.test(meant.length > 1 ? meant : "") &&
          !/^bearer\s/i.test(meant)
        if (isKept || (meant === "" && variable !== "SPOTIFY_CLIENT_ID")) {
          assert.strictEqual(exit._tag, "Success")
          const { authorization = "", form = {} } = sent[0] ?? {}
          const told = [
            form["refresh_token"],
            form["client_id"],
            ...atob(authorization.slice(6)).split(":").map((half) => decodeURIComponent(half.replaceAll("+", " ")))
          ]
          if (isKept) assert.include(told, meant)
        } else {
          assert.deepStrictEqual(sent, [])
          assert.strictEqual(exit._tag === "Failure" ? settingOf(exit.failure) : "none", variable)
          if (exit._tag === "Failure") assertDiscreet(exit.failure, value)
        }
      }),
    { arbitrary: { runs: Runs.upTo(500) } }
  )

  it.effect.each(
    [
      ["\"AQ-canary\"", "stands in quotation marks", "docker --env-file"],
      ["'AQ-canary'\r", "stands in quotation marks", "Remove them"],
      ["Bearer AQ-canary", "begins with \"Bearer\"", "Leave that word out"],
      ["\ufeffAQ-canary", "byte order mark (U+FEFF)", "without a byte order mark"],
      ["AQ-\u200bcanary", "holds an invisible character (U+200B)", "Remove it"]
    ] as const
  )("%j is told apart, with what to do about it (F93)", ([value, fault, remedy]) =>
    Effect.gen(function*() {
      for (const variable of variables) {
        const { exit, sent } = yield* configured({ ...good, [variable]: value })
        const message = exit._tag === "Failure" ? exit.failure.message : ""
        assert.include(message, `${variable} cannot be used: it `)
        assert.include(message, fault)
        assert.include(message, remedy)
        assert.notInclude(message, "canary")
        assert.deepStrictEqual(sent, [])
      }
    }))
})

describe("an access token from elsewhere", () => {
  it.effect.prop(
    "is printable ASCII without spaces, or no service comes of it (F93, F122)",
    { given: text },
    ({ given }) =>
      Effect.gen(function*() {
        const value = join(given)
        const { exit } = yield* sending(tokenOf(TokenService.layerStatic({ value: Redacted.make(value) })))
        assert.strictEqual(exit._tag, isToken(value) ? "Success" : "Failure")
        if (exit._tag === "Success") return
        assert.strictEqual(settingOf(exit.failure), "value")
        assertDiscreet(exit.failure, value)
      }),
    { arbitrary: { runs: Runs.upTo(500) } }
  )

  it.effect.prop(
    "is held to the same out of a program's own source, in the same words (F122)",
    { given: text },
    ({ given }) =>
      Effect.gen(function*() {
        const value = Redacted.make(join(given))
        const fromSource = yield* sending(
          tokenOf(TokenSource.layer({ acquire: Effect.succeed({ value }), name: "vault" }))
        )
        const fromOption = yield* sending(tokenOf(TokenService.layerStatic({ value })))
        assert.strictEqual(fromSource.exit._tag, fromOption.exit._tag)
        if (fromSource.exit._tag === "Success" || fromOption.exit._tag === "Success") return
        const [, words = "?"] = /^value cannot be used: (.*?)\. /.exec(fromOption.exit.failure.message) ?? []
        assert.include(fromSource.exit.failure.message, `the vault gave what cannot be a token: ${words}.`)
        assertDiscreet(fromSource.exit.failure, Redacted.value(value))
      }),
    { arbitrary: { runs: Runs.upTo(100) } }
  )

  const transports = {
    fetch: FetchHttpClient.layer,
    "node:http": NodeHttpClient.layerNodeHttp,
    undici: NodeHttpClient.layerUndici,
    UndiciHttpClient: UndiciHttpClient.layer()
  }

  it.live.each(Object.entries(transports))(
    "that cannot be one is a typed error over %s, and nothing of it is sent or printed (F93, F122)",
    ([, transport]) =>
      Effect.gen(function*() {
        let asked = 0
        const server = createServer((_, response) => {
          asked++
          response.end("{}")
        })
        const port = yield* Effect.acquireRelease(
          Effect.promise(async () => {
            server.listen(0, "127.0.0.1")
            await once(server, "listening")
            const address = server.address()
            return typeof address === "object" && address !== null ? address.port : 0
          }),
          () => Effect.sync(() => server.close())
        )
        const printed: Array<unknown> = []
        const tracer = Tracer.make({
          span: (options) => {
            const span = new Tracer.NativeSpan(options)
            printed.push(span)
            return span
          }
        })
        const call = (value: string) =>
          Effect.gen(function*() {
            const http = yield* AuthenticatedHttpClient.make({ origins: [`http://127.0.0.1:${port}`] })
            return yield* http.get(`http://127.0.0.1:${port}/`)
          }).pipe(
            Effect.withSpan("call"),
            Effect.provide([TokenService.layerStatic({ value: Redacted.make(value) }), transport]),
            Effect.tapCause((cause) => Effect.logError("it failed", cause)),
            Effect.scoped
          )
        yield* Effect.gen(function*() {
          for (
            const value of [
              "",
              "CANARY\r\nx-evil: 1",
              "CANARY\n",
              "CANARYé",
              "CANARY\u0000",
              "Bearer CANARY",
              "\"CANARY\""
            ]
          ) {
            const exit = yield* Effect.exit(call(value))
            printed.push(exit)
            assert.strictEqual(exit._tag, "Failure")
            const error = yield* Effect.flip(call(value))
            assert.strictEqual(settingOf(error), "value")
          }
          assert.strictEqual(asked, 0)
          yield* call("CANDID")
          assert.strictEqual(asked, 1)
        }).pipe(
          Effect.provide(Logger.layer([Logger.make((line) => printed.push(line.message, line.cause))])),
          Effect.provideService(References.MinimumLogLevel, "Trace"),
          Effect.provideService(Tracer.Tracer, tracer)
        )
        assert.notInclude(inspect(printed, { depth: 12 }), "CANARY")
      })
  )
})
