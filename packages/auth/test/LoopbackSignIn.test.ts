import { Browser } from "@app/auth/node/Browser"
import { Fault, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Queue from "effect/Queue"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import { createHash } from "node:crypto"
import { connect } from "node:net"
import {
  begin,
  isListening,
  person,
  program,
  reasonOf,
  type Shown,
  tokenRequests,
  visit,
  withSandbox
} from "./support/LoopbackProgram.ts"

describe("LoopbackSignIn", () => {
  it.live("F79: signs the person in, says so in their browser, and leaves nothing listening", () =>
    withSandbox(Effect.gen(function*() {
      const { approve } = yield* Sandbox.Sandbox
      const { layer, shown } = yield* person(approve)
      const { port, signIn, tokens } = yield* program()
      const token = yield* signIn(layer)
      assert.isFalse(yield* isListening(port))
      assert.strictEqual(yield* tokens.get, token)
      assert.deepStrictEqual(token.scopes, ["user-read-private"])
      const { headers, status, text } = yield* Queue.take(shown)
      assert.strictEqual(status, 200)
      assert.include(text, "You are signed in")
      assert.strictEqual(headers.get("cache-control"), "no-store")
      assert.strictEqual(headers.get("referrer-policy"), "no-referrer")
      assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
      const [, style = ""] = /<style>(.*?)<\/style>/s.exec(text) ?? []
      const policy = headers.get("content-security-policy") ?? ""
      assert.match(policy, /^default-src 'none';/)
      assert.include(policy, `'sha256-${createHash("sha256").update(style).digest("base64")}'`)
      assert.notInclude(policy, "unsafe")
    })))

  it.live("listens before anything is opened, and tells the address before the browser does", () =>
    withSandbox(Effect.gen(function*() {
      const { approve } = yield* Sandbox.Sandbox
      const seen: Array<string> = []
      const { layer } = yield* person((url) => {
        seen.push(`opened ${url}`)
        return approve(url)
      })
      const { port, signIn } = yield* program()
      yield* signIn(layer, {
        onUrl: (url) =>
          Effect.map(isListening(port), (listening) => seen.push(`${listening ? "listening" : "deaf"}, told ${url}`))
      })
      const [told = "", opened = ""] = seen
      assert.match(told, /^listening, told http/)
      assert.strictEqual(opened.replace("opened ", ""), told.replace("listening, told ", ""))
    })))

  it.live.each(
    [["without a browser", Effect.succeed(false)], ["with one that dies", Effect.die("no browser")]] as const
  )("%s logs the address, and goes on when the person has opened it", ([, open]) =>
    withSandbox(Effect.gen(function*() {
      const { approve } = yield* Sandbox.Sandbox
      const lines = yield* Queue.unbounded<string>()
      const { signIn } = yield* program()
      const noBrowser = Layer.succeed(Browser, { open: () => open })
      const signingIn = yield* signIn(noBrowser).pipe(
        Effect.provide(Logger.layer([Logger.make(({ message }) => Queue.offerUnsafe(lines, String(message)))])),
        Effect.provideService(References.MinimumLogLevel, "Warn"),
        Effect.forkScoped
      )
      const isAddress = (line: string) => line.includes("Open this address")
      const line = yield* Effect.repeat(Queue.take(lines), { until: isAddress })
      const [address = ""] = /https?:\S+/.exec(line) ?? []
      yield* visit(yield* approve(address))
      yield* Fiber.join(signingIn)
    })))
})

describe("visitors", () => {
  it.live("F77: favicons, preconnects, probes and other sign-ins' callbacks end nothing", () =>
    withSandbox(Effect.gen(function*() {
      const { approve } = yield* Sandbox.Sandbox
      const { fiber, port, url } = yield* begin()
      const origin = `http://127.0.0.1:${port}`
      const preconnect = connect(port, "127.0.0.1")
      const halfway = connect(port, "127.0.0.1")
      halfway.write("GET /callback HTTP/1.1\r\nhost: ")
      for (const socket of [preconnect, halfway]) socket.on("error", () => {})
      const callback = yield* approve(url)
      const wrong = (change: (parameters: URLSearchParams) => void) => {
        const changed = new URL(callback)
        change(changed.searchParams)
        return visit(changed)
      }
      const visits: ReadonlyArray<readonly [number, Effect.Effect<Shown>]> = [
        [404, visit(`${origin}/favicon.ico`)],
        [404, visit(`${origin}/`)],
        [404, visit(`${origin}/callback/${callback.search}`)],
        [404, visit(callback, { method: "POST" })],
        [404, visit(callback, { method: "HEAD" })],
        [400, visit(`${origin}/callback`)],
        [400, wrong((parameters) => parameters.set("state", "another's"))],
        [400, wrong((parameters) => parameters.delete("state"))],
        [400, wrong((parameters) => parameters.delete("code"))],
        [400, wrong((parameters) => parameters.append("code", "another"))]
      ]
      for (const [status, visit] of visits) assert.strictEqual((yield* visit).status, status)
      assert.strictEqual(yield* tokenRequests, 0)
      assert.strictEqual((yield* visit(callback)).status, 200)
      yield* Fiber.join(fiber)
      assert.strictEqual(yield* tokenRequests, 1)
      assert.isFalse(yield* isListening(port))
    })))

  it.live("F77: whatever a callback says stays text in the page", () =>
    withSandbox(Effect.gen(function*() {
      for (const nasty of ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'&lt;b&gt;</title><b>"]) {
        const { fiber, port, url } = yield* begin()
        const callback = new URL(`http://127.0.0.1:${port}/callback`)
        callback.searchParams.set("state", url.searchParams.get("state") ?? "")
        callback.searchParams.set("error", nasty)
        callback.searchParams.set("error_description", nasty)
        const { status, text } = yield* visit(callback)
        assert.strictEqual(status, 403)
        const [, shown = ""] = /<p>([^]*)<\/p>/.exec(text) ?? []
        assert.notMatch(shown, /[<>"']/)
        const read = shown.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
        assert.strictEqual(read.split(nasty).length, 3)
        assert.strictEqual((yield* reasonOf(Fiber.join(fiber)))._tag, "AuthorizationDenied")
      }
    })))

  it.live("F78: a reload and a second tab get the same page, and the code is exchanged once", () =>
    withSandbox(Effect.gen(function*() {
      const { approve, inject } = yield* Sandbox.Sandbox
      yield* inject("POST /api/token", Fault.Latency({ duration: Duration.millis(300) }))
      const { fiber, url } = yield* begin()
      const callbacks = [yield* approve(url), yield* approve(url)]
      const pages = yield* Effect.forEach([...callbacks, ...callbacks], (callback) => visit(callback), {
        concurrency: "unbounded"
      })
      for (const { status, text } of pages) {
        assert.strictEqual(status, 200)
        assert.include(text, "You are signed in")
      }
      yield* Fiber.join(fiber)
      assert.strictEqual(yield* tokenRequests, 1)
    })))

  it.live("F83: a callback of another issuer costs no code, and the true one still counts", () =>
    withSandbox(Effect.gen(function*() {
      const { accountsUrl, approve } = yield* Sandbox.Sandbox
      const { fiber, url } = yield* begin()
      const callback = yield* approve(url)
      const mixedUp = new URL(callback)
      mixedUp.searchParams.set("iss", "https://evil.example")
      assert.strictEqual((yield* visit(mixedUp)).status, 400)
      assert.strictEqual(yield* tokenRequests, 0)
      callback.searchParams.set("iss", accountsUrl)
      assert.strictEqual((yield* visit(callback)).status, 200)
      yield* Fiber.join(fiber)
    })))
})

describe("an end without tokens", () => {
  it.live("F81: the person says no: told in the browser, typed for the program, and no code is exchanged", () =>
    withSandbox(Effect.gen(function*() {
      const { deny } = yield* Sandbox.Sandbox
      const { layer, shown } = yield* person(deny)
      const { port, signIn } = yield* program()
      const reason = yield* reasonOf(signIn(layer))
      assert.strictEqual(reason._tag === "AuthorizationDenied" ? reason.error : reason._tag, "access_denied")
      const page = yield* Queue.take(shown)
      assert.strictEqual(page.status, 403)
      assert.include(page.text, "You are not signed in")
      assert.strictEqual(yield* tokenRequests, 0)
      assert.isFalse(yield* isListening(port))
    })))

  it.effect("F81: a closed tab: after five minutes of silence, or as long as told, the port is free again", () =>
    withSandbox(Effect.gen(function*() {
      for (const timeout of [undefined, "90 seconds"] as const) {
        const { fiber, port } = yield* begin({ timeout })
        yield* TestClock.adjust(Duration.toMillis(Duration.fromInputUnsafe(timeout ?? "5 minutes")) - 1)
        assert.isTrue(yield* isListening(port))
        yield* TestClock.adjust("1 milli")
        const reason = yield* reasonOf(Fiber.join(fiber))
        assert.strictEqual(reason._tag === "SignInFailed" ? reason.kind : reason._tag, "TimedOut")
        assert.isFalse(yield* isListening(port))
      }
    })))

  it.live("a code that cannot be exchanged is told in the browser as it is to the program", () =>
    withSandbox(Effect.gen(function*() {
      const { approve, inject } = yield* Sandbox.Sandbox
      const { layer, shown } = yield* person(approve)
      const { signIn } = yield* program()
      const faults = [
        [Fault.Status({ status: 503 }), "TokenRequestFailed"],
        [Fault.Status({ status: 400, body: { error: "invalid_grant" } }), "TokenRequestRejected"]
      ] as const
      for (const [fault, tag] of faults) {
        yield* inject("POST /api/token", fault)
        const error = yield* Effect.flip(signIn(layer))
        assert.strictEqual(error.reason._tag, tag)
        const page = yield* Queue.take(shown)
        assert.strictEqual(page.status, 500)
        assert.include(page.text, "The sign-in failed")
      }
    })))

  it.live("interrupted, it closes the port and says so to a browser that waits", () =>
    withSandbox(Effect.gen(function*() {
      const { approve, inject } = yield* Sandbox.Sandbox
      const silent = yield* begin()
      yield* Fiber.interrupt(silent.fiber)
      assert.isFalse(yield* isListening(silent.port))

      yield* inject("POST /api/token", Fault.Latency({ duration: Duration.millis(500) }))
      const { fiber, port, tokens, url } = yield* begin()
      const waiting = yield* Effect.forkScoped(visit(yield* approve(url)))
      yield* Effect.repeat(tokenRequests, { until: (asked) => asked === 1 })
      yield* Fiber.interrupt(fiber)
      assert.isFalse(yield* isListening(port))
      assert.strictEqual((yield* Fiber.join(waiting)).status, 503)
      // I4: the code had been sent; its tokens are not lost.
      yield* tokens.get
      assert.strictEqual(yield* tokenRequests, 1)
    })))
})
