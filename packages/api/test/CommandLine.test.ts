/** The layer of a command line, against the sandbox and with a person who agrees to everything. */
import * as AuthError from "@app/auth/AuthError"
import * as Browser from "@app/auth/node/Browser"
import * as TokenService from "@app/auth/TokenService"
import { Sandbox } from "@app/sandbox"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as SpanRecorder from "../../auth/test/support/SpanRecorder.ts"
import * as CommandLine from "../src/node/CommandLine.ts"
import * as Profile from "../src/Profile.ts"
import * as Tracks from "../src/Tracks.ts"

/** A program of an app that is on this machine for the first time. */
const make = Effect.fnUntraced(function*(settings: Readonly<Record<string, string>> = {}) {
  const sandbox = yield* Sandbox.Sandbox
  const fs = yield* FileSystem.FileSystem
  const http = yield* HttpClient.HttpClient
  const directory = yield* fs.makeTempDirectoryScoped()
  const opened = yield* Ref.make(0)
  const env = {
    SPOTIFY_CLIENT_ID: sandbox.client.clientId,
    SPOTIFY_ACCOUNTS_URL: sandbox.accountsUrl,
    SPOTIFY_API_URL: sandbox.apiUrl,
    SPOTIFY_REDIRECT_URI: "http://127.0.0.1/callback",
    ...settings
  }
  const Person = Layer.succeed(Browser.Browser, {
    open: Effect.fnUntraced(function*(url) {
      yield* Ref.update(opened, (times) => times + 1)
      yield* http.get(yield* sandbox.approve(url))
      return true
    }, Effect.orDie)
  })
  const run = <A, E>(program: Effect.Effect<A, E, CommandLine.Services>) =>
    Effect.provide(
      program,
      CommandLine.layerNoBrowser({
        app: "test",
        scopes: ["user-read-private", "user-library-read"],
        directory,
        onUrl: () => Effect.void
      }).pipe(Layer.provide([Person, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))])),
      // Each run builds its own, as another process does.
      { local: true }
    )
  return { run, sandbox, opened: Ref.get(opened) }
})

const Platform = Layer.mergeAll(Sandbox.layer(), NodeServices.layer, FetchHttpClient.layer)

describe("a command line", () => {
  it.live("signs the person in on the first run only", () =>
    Effect.gen(function*() {
      const { opened, run } = yield* make()
      const name = Effect.map(Profile.me, ({ displayName }) => displayName)
      assert.strictEqual(yield* run(name), "Sandy Box")
      assert.strictEqual(yield* run(name), "Sandy Box")
      assert.strictEqual(yield* opened, 1)
    }).pipe(Effect.scoped, Effect.provide(Platform)))

  it.live("signs the person in and runs a part once more when the sign-in ends in the middle of it", () =>
    Effect.gen(function*() {
      const { opened, run, sandbox } = yield* make()
      const part = Effect.gen(function*() {
        yield* Profile.me
        if ((yield* opened) === 1) {
          yield* sandbox.revokeRefreshTokens
          yield* sandbox.revokeAccessTokens
        }
        return yield* Stream.runCollect(Tracks.saved())
      })
      assert.deepStrictEqual(yield* run(CommandLine.signInAgain(part)), [])
      assert.strictEqual(yield* opened, 2)
      assert.strictEqual(yield* sandbox.count("GET /v1/me"), 2)
    }).pipe(Effect.scoped, Effect.provide(Platform)))

  it.live("signs in within the span of the part that asks for it", () => {
    const { spans, tracer } = SpanRecorder.make()
    return Effect.gen(function*() {
      const { run, sandbox } = yield* make()
      const part = Effect.gen(function*() {
        yield* sandbox.revokeRefreshTokens
        yield* sandbox.revokeAccessTokens
        yield* CommandLine.CommandLine.use(({ signInIfNeeded }) => Effect.andThen(TokenService.signOut, signInIfNeeded))
      })
      yield* Effect.withSpan(run(Effect.withSpan(part, "part")), "start")
      const parents = spans.filter(({ name }) => name === "LoopbackSignIn.signInIfNeeded")
        .map(({ parent }) => Option.map(parent, (parent) => parent._tag === "Span" ? parent.name : "another"))
      assert.deepStrictEqual(parents, ["start", "part"].map(Option.some))
    }).pipe(Effect.scoped, Effect.provideService(Tracer.Tracer, tracer), Effect.provide(Platform))
  })

  it.live("does not sign in again after a sign-out of its own", () =>
    Effect.gen(function*() {
      const { opened, run } = yield* make()
      const error = yield* run(CommandLine.signInAgain(Effect.andThen(TokenService.signOut, Profile.me))).pipe(
        Effect.flip
      )
      assert.instanceOf(error, AuthError.AuthError)
      assert.deepInclude(error.reason, { _tag: "ReauthorizationRequired", kind: "SignedOut" })
      assert.strictEqual(yield* opened, 1)
    }).pipe(Effect.scoped, Effect.provide(Platform)))

  it.live("calls as a person, also with a client secret", () =>
    Effect.gen(function*() {
      const { opened, run } = yield* make({ SPOTIFY_CLIENT_SECRET: Redacted.value(Sandbox.defaultClient.clientSecret) })
      assert.strictEqual((yield* run(Profile.me)).displayName, "Sandy Box")
      assert.strictEqual(yield* opened, 1)
    }).pipe(Effect.scoped, Effect.provide(Platform)))

  it.live("says what is wrong once, as the failure and in no log besides", () =>
    Effect.gen(function*() {
      const { run } = yield* make({ SPOTIFY_CLIENT_SECRET: "wrong", SPOTIFY_REFRESH_TOKEN: "some" })
      const logged: Array<unknown> = []
      const error = yield* Effect.flip(run(Profile.me)).pipe(
        Effect.provide(Logger.layer([Logger.make(({ message }) => logged.push(message))]))
      )
      assert.instanceOf(error, AuthError.AuthError)
      assert.strictEqual(error.reason._tag, "InvalidClient")
      assert.deepStrictEqual(logged, [])
    }).pipe(Effect.scoped, Effect.provide(Platform)))

  it.effect("says which setting is missing in one message, which no report follows", () =>
    Effect.gen(function*() {
      const printed: Array<string> = []
      const error = yield* Profile.me.pipe(
        CommandLine.run({ app: "test" }),
        Effect.flip,
        Effect.provideService(
          Console.Console,
          { ...console, error: (line: string) => printed.push(line) }
        ),
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: {} })))
      )
      assert.deepStrictEqual(printed, [error.message])
      assert.match(error.message, /^SPOTIFY_CLIENT_ID is not set\. Set it to the client id/)
    }))
})
