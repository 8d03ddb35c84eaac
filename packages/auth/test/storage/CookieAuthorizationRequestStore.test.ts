import * as AuthorizationRequestStore from "@app/auth/AuthorizationRequestStore"
import * as CookieAuthorizationRequestStore from "@app/auth/CookieAuthorizationRequestStore"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { LeakHunt } from "../support/LeakHunt.ts"
import { begin, callbackOf, crypto, options } from "../support/SignInRequests.ts"

const keyOf = (id: string, byte: number) => ({
  id,
  secret: Redacted.make(Base64Url.encode(new Uint8Array(32).fill(byte)))
})

const key = keyOf("first", 7)

/** A browser: what the server sets is what it sends, until that is over. */
class Browser {
  readonly cookies = new Map<string, string>()
  readonly set: Array<CookieAuthorizationRequestStore.Cookie> = []

  readonly jar: CookieAuthorizationRequestStore.Jar = {
    read: Effect.sync(() => Object.fromEntries(this.cookies)),
    set: (cookie) =>
      Effect.sync(() => {
        this.set.push(cookie)
        this.cookies.delete(cookie.name)
        if (Duration.toMillis(cookie.options.maxAge) > 0) this.cookies.set(cookie.name, cookie.value)
      })
  }
}

const storeOf = ({ jar }: Browser, keys = [key]) =>
  CookieAuthorizationRequestStore.make(keys, jar).pipe(Effect.provide(NodeCrypto.layer))

describe("a sign-in in a cookie", () => {
  it.effect("is taken by any server with the key, and its cookie is deleted", () =>
    Effect.gen(function*() {
      const browser = new Browser()
      const request = yield* begin({ scopes: ["one", "two"] })
      yield* (yield* storeOf(browser)).put(request)
      const another = yield* storeOf(browser, [keyOf("second", 8), key])
      assert.deepStrictEqual(yield* another.take(request.state), Option.some(request))
      assert.strictEqual(browser.cookies.size, 0)
      assert.deepStrictEqual(yield* another.take(request.state), Option.none())
    }))

  it.effect("is for this server and this browser alone, for as long as the sign-in lasts", () =>
    Effect.gen(function*() {
      const browser = new Browser()
      const store = yield* storeOf(browser)
      yield* store.put(yield* begin({ lifetime: "5 minutes" }))
      yield* store.put(yield* begin({ redirectUri: "http://127.0.0.1:8900/callback" }))
      const [secure, plain] = browser.set
      assert.match(secure?.name ?? "", /^__Host-oauth-sign-in-[0-9a-f]{16}$/)
      assert.match(plain?.name ?? "", /^oauth-sign-in-[0-9a-f]{16}$/)
      const always = { httpOnly: true, sameSite: "lax", path: "/" } as const
      assert.deepStrictEqual(secure?.options, { ...always, secure: true, maxAge: Duration.minutes(5) })
      assert.deepStrictEqual(plain?.options, { ...always, secure: false, maxAge: Duration.minutes(10) })
      for (const { value } of browser.set) assert.match(value, /^[\w.-]+$/)
    }))

  it.effect("F76: several tabs sign in at the same time, and the latest four of them can end it", () =>
    Effect.gen(function*() {
      const browser = new Browser()
      const store = yield* storeOf(browser)
      const requests = yield* Effect.forEach(Array.from({ length: 6 }), () => begin())
      yield* Effect.forEach(requests, store.put, { discard: true })
      assert.strictEqual(browser.cookies.size, 4)
      const taken = yield* Effect.forEach(requests, ({ state }) => Effect.map(store.take(state), Option.isSome))
      assert.deepStrictEqual(taken, [false, false, true, true, true, true])
    }))

  it.effect("that was altered, moved to another state, or sealed by somebody else is none", () =>
    Effect.gen(function*() {
      const browser = new Browser()
      const store = yield* storeOf(browser)
      const [request, other] = [yield* begin(), yield* begin()]
      yield* store.put(request)
      yield* store.put(other)
      const [[name = "", value = ""] = [], [otherName = ""] = []] = [...browser.cookies]
      const forged = [
        "",
        "x",
        "v1.first..",
        "v1.unknown.AAAA.AAAA",
        `${value}A`,
        // Not the last letter, some of whose bits mean nothing.
        value.replace(/(.)(.)$/, (_, letter: string, last: string) => (letter === "A" ? "B" : "A") + last),
        value.replace("v1.", "v2."),
        value.replace("first", "second")
      ]
      for (const text of forged) {
        browser.cookies.set(name, text)
        assert.deepStrictEqual(yield* store.take(request.state), Option.none())
      }
      browser.cookies.set(otherName, value)
      assert.deepStrictEqual(yield* store.take(other.state), Option.none())
      browser.cookies.set(name, value)
      const strangers = yield* storeOf(browser, [keyOf("first", 9)])
      assert.deepStrictEqual(yield* strangers.take(request.state), Option.none())
      browser.cookies.set(name, value)
      assert.isTrue(Option.isSome(yield* store.take(request.state)))
    }))

  it.effect("that somebody has kept a copy of works again until it is over, and no longer", () =>
    Effect.gen(function*() {
      const browser = new Browser()
      const store = yield* storeOf(browser)
      const request = yield* begin()
      yield* store.put(request)
      const copy = new Map(browser.cookies)
      const replay = Effect.suspend(() => {
        for (const [name, value] of copy) browser.cookies.set(name, value)
        return AuthorizationRequestStore.handleCallback(callbackOf(request)).pipe(
          Effect.provideService(AuthorizationRequestStore.AuthorizationRequestStore, store)
        )
      })
      for (let i = 0; i < 2; i++) assert.strictEqual((yield* replay)._tag, "AuthorizationCode")
      yield* TestClock.adjust("11 minutes")
      assert.include((yield* Effect.flip(replay)).message, "more than 10m")
    }))

  it.effect("takes no sign-in that a browser would not keep, and has room for all that are usual", () =>
    Effect.gen(function*() {
      const browser = new Browser()
      const store = yield* storeOf(browser)
      for (let scopes = 0; scopes < 300; scopes += 10) {
        const request = yield* begin({ scopes: Array.from({ length: scopes }, (_, i) => `user-read-scope-${i}`) })
        const put = yield* Effect.result(store.put(request))
        if (put._tag === "Failure") {
          assert.strictEqual(put.failure.reason._tag, "InvalidConfiguration")
          assert.isAbove(scopes, 30)
        }
      }
      const sizes = browser.set.map(({ name, value }) => name.length + value.length)
      assert.isAbove(Math.max(...sizes), 3000)
      assert.isAtMost(Math.max(...sizes), 4096)
    }))

  it.effect("needs a key that is one", () =>
    Effect.gen(function*() {
      for (const keys of [[], [{ id: "short", secret: Redacted.make("AAAA") }], [key, key]]) {
        const error = yield* Effect.flip(storeOf(new Browser(), keys))
        assert.strictEqual(error.reason._tag, "InvalidConfiguration")
      }
    }))

  it.live("I11: shows no secret, and its cookie holds none that can be read", () => {
    const hunt = new LeakHunt()
    return hunt.run(
      Effect.gen(function*() {
        hunt.secret(Redacted.value(key.secret))
        const browser = new Browser()
        const store = yield* storeOf(browser)
        const request = yield* begin()
        hunt.secret(Redacted.value(request.state))
        hunt.secret(Redacted.value(request.codeVerifier))
        hunt.print(store)
        yield* hunt.observe(store.put(request))
        hunt.print(browser.set)
        for (const name of browser.cookies.keys()) browser.cookies.set(name, "v1.first.AAAA.AAAA")
        yield* hunt.observe(store.take(request.state))
      }),
      ["__Host-oauth-sign-in-"]
    )
  })
})

describe("Effect's HTTP server", () => {
  it.live("sets the cookie with the redirect, and reads it with the callback", () =>
    Effect.gen(function*() {
      const SignIns = CookieAuthorizationRequestStore.layer([key]).pipe(Layer.provide(NodeCrypto.layer))
      const context = Context.merge(yield* Layer.build(SignIns), yield* Layer.build(crypto))
      const app = Effect.gen(function*() {
        const { url } = yield* HttpServerRequest.HttpServerRequest
        if (url.startsWith("/login")) {
          const request = yield* AuthorizationRequestStore.begin(options)
          return HttpServerResponse.redirect(request.url)
        }
        const grant = yield* AuthorizationRequestStore.handleCallback(url)
        return HttpServerResponse.text(grant._tag)
      }).pipe(Effect.catch((error) => Effect.succeed(HttpServerResponse.text(error.message, { status: 400 }))))
      const handler = HttpEffect.toWebHandler(Effect.provideContext(app, context))

      const begun = yield* Effect.promise(() => handler(new Request("https://example.com/login")))
      const location = new URL(begun.headers.get("location") ?? "")
      const [setCookie = ""] = begun.headers.getSetCookie()
      assert.match(
        setCookie,
        /^__Host-oauth-sign-in-\w+=[\w.-]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/
      )

      const callback = `https://example.com/callback?code=AQ&state=${location.searchParams.get("state")}`
      const cookie = setCookie.slice(0, setCookie.indexOf(";"))
      const ended = yield* Effect.promise(() => handler(new Request(callback, { headers: { cookie } })))
      assert.strictEqual(yield* Effect.promise(() => ended.text()), "AuthorizationCode")
      assert.match(
        ended.headers.getSetCookie().join(),
        /^__Host-oauth-sign-in-\w+=; Max-Age=0; Path=\/; HttpOnly; Secure/
      )

      const without = yield* Effect.promise(() => handler(new Request(callback)))
      assert.include(yield* Effect.promise(() => without.text()), "no sign-in that is under way")
    }))

  it.effect("is needed: outside a request there are no cookies", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(AuthorizationRequestStore.begin(options))
      assert.strictEqual(error.reason._tag, "InvalidConfiguration")
      assert.include(error.message, "HttpServerRequest cannot be used")
    }).pipe(
      Effect.provide([CookieAuthorizationRequestStore.layer([key]).pipe(Layer.provide(NodeCrypto.layer)), crypto])
    ))
})
