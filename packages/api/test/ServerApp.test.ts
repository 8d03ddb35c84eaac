/** Sign-in, sessions and calls of a web application, against the sandbox. */
import { AuthError } from "@app/auth/AuthError"
import * as TokenService from "@app/auth/TokenService"
import { People, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import * as SpanRecorder from "../../auth/test/support/SpanRecorder.ts"
import * as Profile from "../src/Profile.ts"
import * as ServerApp from "../src/ServerApp.ts"
import { type Browser, browser } from "./support/CookieJar.ts"

const redirectUri = "https://music.example/callback"

const client = { clientId: "a-web-application", redirectUris: [redirectUri] }

const App = Layer.unwrap(
  Effect.map(
    Sandbox.Sandbox,
    ({ accountsUrl, apiUrl }) =>
      ServerApp.layerMemory({ redirectUri, scopes: ["user-read-private"], home: "/home" }).pipe(
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({
          SPOTIFY_CLIENT_ID: client.clientId,
          SPOTIFY_ACCOUNTS_URL: accountsUrl,
          SPOTIFY_API_URL: apiUrl
        })))
      )
  )
).pipe(Layer.provideMerge(Sandbox.layer({ clients: [client] })), Layer.provide(FetchHttpClient.layer))

const approve = (url: string, as?: string) => Effect.flatMap(Sandbox.Sandbox, ({ approve }) => approve(url, { as }))

const signIn = Effect.fnUntraced(function*({ cookie, take }: Browser, as?: string) {
  const app = yield* ServerApp.ServerApp
  const login = yield* app.login(cookie())
  take(login)
  const signedIn = yield* app.callback(yield* approve(login.location, as), cookie())
  take(signedIn)
  return signedIn
})

const me = ({ cookie }: Browser) =>
  Profile.me.pipe(Effect.map(({ id }): string => id), Effect.provide(ServerApp.person(cookie())))

const endOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), (error) => error instanceof AuthError ? error.reason._tag : "another error")

describe("a web application", () => {
  it.live("calls as the person of each session, and not after its end", () =>
    Effect.gen(function*() {
      const app = yield* ServerApp.ServerApp
      const [one, other] = [browser(), browser()]
      const signedIn = yield* signIn(one)
      assert.strictEqual(signedIn.location, "/home")
      assert.match(
        signedIn.setCookie,
        /^__Host-oauth-session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; Secure; SameSite=Lax$/
      )
      yield* signIn(other, People.quiet.id)
      assert.deepStrictEqual(
        yield* Effect.all([me(one), me(other), me(one)], { concurrency: "unbounded" }),
        [People.sandy.id, People.quiet.id, People.sandy.id]
      )
      const copy = one.cookie()
      one.take(yield* app.logout(one.cookie()))
      assert.strictEqual(yield* endOf(me(one)), "ReauthorizationRequired")
      assert.deepStrictEqual(yield* app.accountOf(copy), Option.none())
      assert.strictEqual(yield* me(other), People.quiet.id)
    }).pipe(Effect.provide(App)))

  it.effect("gives cookies to https alone, however the redirect URI writes it", () =>
    Effect.gen(function*() {
      const App = ServerApp.layerMemory({ redirectUri: "HTTPS://music.example/callback", clientId: client.clientId })
      const { setCookie } = yield* ServerApp.ServerApp.use(({ login }) => login(undefined)).pipe(Effect.provide(App))
      assert.match(setCookie, /^__Host-oauth-sign-in=\S+; .*Secure/)
    }).pipe(Effect.provide([FetchHttpClient.layer, ConfigProvider.layer(ConfigProvider.fromUnknown({}))])))

  it.live("signs in within the span of the request, also where the layer was built in another", () => {
    const { spans, tracer } = SpanRecorder.make()
    return Effect.gen(function*() {
      const app = yield* Effect.withSpan(Layer.build(App), "start")
      yield* signIn(browser()).pipe(Effect.withSpan("request"), Effect.provideContext(app))
      const parentOf = (name: string) => {
        const span = spans.find((span) => span.name === name)
        return Option.map(span?.parent ?? Option.none(), (parent) => parent._tag === "Span" ? parent.name : "another")
      }
      assert.deepStrictEqual(parentOf("profile.me"), Option.some("request"))
    }).pipe(Effect.scoped, Effect.provideService(Tracer.Tracer, tracer))
  })

  it.live("keeps one record of a person with two browsers, who signs out everywhere", () =>
    Effect.gen(function*() {
      const [phone, desk] = [browser(), browser()]
      assert.strictEqual((yield* signIn(phone)).account, (yield* signIn(desk)).account)
      yield* Effect.provide(TokenService.signOut, ServerApp.person(phone.cookie()))
      assert.strictEqual(yield* endOf(me(desk)), "ReauthorizationRequired")
    }).pipe(Effect.provide(App)))

  it.live("refuses a callback in a browser that did not begin the sign-in, and a second time", () =>
    Effect.gen(function*() {
      const app = yield* ServerApp.ServerApp
      const [attacker, victim] = [browser(), browser()]
      const login = yield* app.login(undefined)
      attacker.take(login)
      const callback = yield* approve(login.location)
      assert.strictEqual(yield* endOf(app.callback(callback, victim.cookie())), "StateMismatch")
      const own = browser()
      const again = yield* app.login(own.cookie())
      own.take(again)
      const url = yield* approve(again.location)
      yield* app.callback(url, own.cookie())
      assert.strictEqual(yield* endOf(app.callback(url, own.cookie())), "StateMismatch")
    }).pipe(Effect.provide(App)))

  it.live("begins a new session with each sign-in, and ends the one before", () =>
    Effect.gen(function*() {
      const app = yield* ServerApp.ServerApp
      const one = browser()
      yield* signIn(one)
      const before = one.cookie()
      yield* signIn(one)
      assert.notStrictEqual(one.cookie(), before)
      assert.deepStrictEqual(yield* app.accountOf(before), Option.none())
      assert.isTrue(Option.isSome(yield* app.accountOf(one.cookie())))
    }).pipe(Effect.provide(App)))

  it.live("takes no notice of cookies that it has not set", () =>
    Effect.gen(function*() {
      const app = yield* ServerApp.ServerApp
      for (
        const cookie of [undefined, "", "x", "__Host-oauth-session=", `__Host-oauth-session=${"a".repeat(43)}`, "\0;="]
      ) {
        assert.deepStrictEqual(yield* app.accountOf(cookie), Option.none())
        assert.include((yield* app.logout(cookie)).setCookie, "Max-Age=0")
        assert.strictEqual(yield* endOf(Effect.provide(Profile.me, app.person(cookie))), "ReauthorizationRequired")
      }
    }).pipe(Effect.provide(App)))
})
