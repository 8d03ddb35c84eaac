import type { AuthError } from "@app/auth/AuthError"
import { Browser } from "@app/auth/node/Browser"
import * as LoopbackSignIn from "@app/auth/node/LoopbackSignIn"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { Fault, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { type ChildProcess, spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer as createHttpServer } from "node:http"
import { connect, createServer, type Server } from "node:net"
import { networkInterfaces, tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { ObservedStore } from "./support/ObservedStore.ts"

// =============================================================================
// A person, and what their browser shows
// =============================================================================

interface Shown {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** What a browser gets for an address; a status of 0 where nobody answers. */
const visit = (url: URL | string, init?: RequestInit): Effect.Effect<Shown> =>
  Effect.tryPromise(async (signal) => {
    const response = await fetch(url, { ...init, signal })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }).pipe(Effect.orElseSucceed(() => ({ status: 0, headers: new Headers(), text: "" })))

/** A browser that opens nothing, and tells a test what it was asked to open. */
const opened = Effect.gen(function*() {
  const addresses = yield* Queue.unbounded<URL>()
  const layer = Layer.succeed(Browser, { open: (url) => Effect.as(Queue.offer(addresses, url), true) })
  return { addresses, layer }
})

/** A person who does what `answer` says with the address, as far as the page it leads to. */
const person = (answer: (authorizationUrl: URL) => Effect.Effect<URL, unknown>) =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const shown = yield* Queue.unbounded<Shown>()
    const layer = Layer.succeed(Browser, {
      open: (url) =>
        Effect.flatMap(Effect.orDie(answer(url)), visit).pipe(
          Effect.flatMap((page) => Queue.offer(shown, page)),
          // A browser goes on when the program has what it wants.
          Effect.forkIn(scope),
          Effect.as(true)
        )
    })
    return { shown, layer }
  })

// =============================================================================
// A program
// =============================================================================

const listenAt = (server: Server, port = 0, host = "127.0.0.1") =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      server.listen(port, host)
      await once(server, "listening")
      const address = server.address()
      return typeof address === "object" && address !== null ? address.port : 0
    }),
    () => Effect.promise(async () => new Promise((resolve) => server.close(resolve)))
  )

const freePort = Effect.suspend(() => Effect.scoped(listenAt(createServer())))

const isListening = (port: number, host = "127.0.0.1") =>
  Effect.callback<boolean>((resume) => {
    const socket = connect(port, host)
    socket.once("connect", () => resume(Effect.sync(() => (socket.destroy(), true))))
    socket.once("error", () => resume(Effect.succeed(false)))
  })

/** A command-line program: its app, its token service, and a redirect URI on a port of its own. */
const program = Effect.fnUntraced(function*(options: {
  readonly redirectUri?: string
  readonly store?: Layer.Layer<TokenStore.TokenStore>
} = {}) {
  const { accountsUrl, client: { clientId } } = yield* Sandbox.Sandbox
  const port = yield* freePort
  const app = {
    server: Providers.spotify.at(accountsUrl),
    client: { clientId },
    scopes: ["user-read-private"]
  }
  const tokens = yield* Effect.provide(
    TokenService.make(app),
    [options.store ?? TokenStore.layerMemory, FetchHttpClient.layer]
  )
  const redirectUri = options.redirectUri ?? `http://127.0.0.1:${port}/callback`
  const provided =
    (browser: Layer.Layer<Browser>) =>
    <A>(signIn: Effect.Effect<A, AuthError, Effect.Services<ReturnType<typeof LoopbackSignIn.signIn>>>) =>
      signIn.pipe(
        Effect.provide([browser, SecureRandom.layerWebCrypto, Digest.layerWebCrypto]),
        Effect.provideService(TokenService.TokenService, tokens)
      )
  return {
    port,
    tokens,
    signIn: (browser: Layer.Layer<Browser>, more: Partial<LoopbackSignIn.Options> = {}) =>
      provided(browser)(LoopbackSignIn.signIn({ ...app, redirectUri, ...more })),
    signInIfNeeded: (browser: Layer.Layer<Browser>, more: Partial<LoopbackSignIn.Options> = {}) =>
      provided(browser)(LoopbackSignIn.signInIfNeeded({ ...app, redirectUri, ...more }))
  }
})

/** Processes of one program that need its tokens, and what they say. */
const startProcesses = Effect.fnUntraced(function*(count: number, options: {
  readonly port?: number
  readonly env?: Readonly<Record<string, string>>
} = {}) {
  const { accountsUrl, client: { clientId } } = yield* Sandbox.Sandbox
  const port = options.port ?? (yield* freePort)
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "sign-in-"))),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  )
  const lines = yield* Queue.unbounded<{ readonly line: string; readonly child: ChildProcess }>()
  yield* Effect.forEach(Array.from({ length: count }), () =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const child = spawn(
          process.execPath,
          [
            join(import.meta.dirname, "support/LoopbackSignInWorker.ts"),
            directory,
            accountsUrl,
            clientId,
            `http://127.0.0.1:${port}/callback`
          ],
          { env: { ...process.env, ...options.env }, stdio: ["ignore", "pipe", "inherit"] }
        )
        createInterface(child.stdout).on("line", (line) => Queue.offerUnsafe(lines, { line, child }))
        return { child, ended: once(child, "exit") }
      }),
      ({ child, ended }) =>
        Effect.promise(async () => {
          child.kill("SIGKILL")
          await ended
        })
    ))
  return { lines }
})

const withSandbox = <A, E>(test: Effect.Effect<A, E, Sandbox.Sandbox | Scope.Scope>) =>
  Effect.scoped(test).pipe(
    Effect.provide(Sandbox.layer()),
    Effect.provideService(References.MinimumLogLevel, "None")
  )

const tokenRequests = Effect.flatMap(Sandbox.Sandbox, ({ count }) => count("POST /api/token"))

const reasonOf = <A>(effect: Effect.Effect<A, AuthError>) => Effect.map(Effect.flip(effect), ({ reason }) => reason)

/** Begins a sign-in, up to the open browser. */
const begin = Effect.fnUntraced(function*(more?: Partial<LoopbackSignIn.Options>) {
  const { addresses, layer } = yield* opened
  const running = yield* program()
  const fiber = yield* Effect.forkScoped(running.signIn(layer, more))
  return { ...running, addresses, fiber, url: yield* Queue.take(addresses) }
})

// =============================================================================
// Tests
// =============================================================================

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

describe("the redirect URI", () => {
  it.live.each(
    [
      ["http://localhost:8888/callback", "localhost"],
      ["https://example.com/callback", "not an address of this machine"],
      ["http://192.168.0.7:8888/callback", "in the clear"],
      ["http://0.0.0.0:8888/callback", "in the clear"],
      ["http://127.1:8888/callback", "Write it as"],
      ["http://me@127.0.0.1:8888/callback", "Write it as"],
      ["com.example.app:/callback", "not an address of this machine"],
      ["http://127.0.0.1:8888/callback\n", "ends in a line break"],
      ["/callback", "in full"]
    ] as const
  )("F79: %s is refused, and nothing listens or opens", ([redirectUri, mention]) =>
    withSandbox(Effect.gen(function*() {
      const { addresses, layer } = yield* opened
      const { signIn } = yield* program({ redirectUri })
      const error = yield* Effect.flip(signIn(layer))
      assert.strictEqual(error.reason._tag, "InvalidConfiguration")
      assert.include(error.message, mention)
      assert.strictEqual(yield* Queue.size(addresses), 0)
    })))

  const hasIpv6 = Object.values(networkInterfaces()).flat().some((at) => at?.address === "::1")

  it.live.skipIf(!hasIpv6)(
    "F79: the literal is the only address listened on",
    () =>
      withSandbox(Effect.gen(function*() {
        const { approve } = yield* Sandbox.Sandbox
        const { addresses, layer } = yield* opened
        for (const [host, other] of [["127.0.0.1", "::1"], ["::1", "127.0.0.1"]] as const) {
          const port = yield* freePort
          const origin = `http://${host === "::1" ? "[::1]" : host}:${port}`
          const { signIn } = yield* program({ redirectUri: `${origin}/callback` })
          const signingIn = yield* Effect.forkScoped(signIn(layer))
          const callback = yield* approve(yield* Queue.take(addresses))
          assert.strictEqual(callback.origin, origin)
          assert.isFalse(yield* isListening(port, other))
          assert.strictEqual((yield* visit(callback)).status, 200)
          yield* Fiber.join(signingIn)
        }
      }))
  )

  it.live.each(["http://127.0.0.1/callback", "http://127.0.0.1:0/callback"])(
    "F80: %s leaves the port open: one that is free is taken and named",
    (redirectUri) =>
      withSandbox(Effect.gen(function*() {
        const { approve } = yield* Sandbox.Sandbox
        const used: Array<string> = []
        const { layer } = yield* person((url) => {
          used.push(url.searchParams.get("redirect_uri") ?? "")
          return approve(url)
        })
        const { signIn } = yield* program({ redirectUri })
        yield* signIn(layer)
        const [first = ""] = used
        assert.match(first, /^http:\/\/127\.0\.0\.1:[1-9]\d*\/callback$/)
        yield* listenAt(createServer((socket) => socket.destroy()), Number(new URL(first).port))
        yield* signIn(layer)
        assert.notStrictEqual(used[1], first)
      }))
  )

  it.live.each(
    [
      ["a web server", () => createHttpServer((_, response) => response.end("hello"))],
      ["a server that hangs up", () => createServer((socket) => socket.destroy())]
    ] as const
  )(
    "F80: a port that %s has is told at once, by its number, and nothing is opened",
    ([, stranger]) =>
      withSandbox(Effect.gen(function*() {
        const { addresses, layer } = yield* opened
        const { port, signIn } = yield* program()
        yield* listenAt(stranger(), port)
        const error = yield* Effect.flip(signIn(layer))
        const { reason } = error
        assert.strictEqual(reason._tag === "SignInFailed" ? reason.kind : reason._tag, "PortTaken")
        assert.include(error.message, `127.0.0.1:${port}`)
        assert.strictEqual(yield* Queue.size(addresses), 0)
      }))
  )
})

describe("several sign-ins", () => {
  it.live("F76: at once, each has its own state, and none takes another's callback", () =>
    withSandbox(Effect.gen(function*() {
      const { approve } = yield* Sandbox.Sandbox
      const [one, other] = yield* Effect.all([begin(), begin()], { concurrency: 2 })
      assert.notStrictEqual(one.url.searchParams.get("state"), other.url.searchParams.get("state"))
      assert.notStrictEqual(one.url.searchParams.get("code_challenge"), other.url.searchParams.get("code_challenge"))
      const callback = yield* approve(one.url)
      const misdirected = new URL(callback)
      misdirected.port = String(other.port)
      assert.strictEqual((yield* visit(misdirected)).status, 400)
      assert.strictEqual((yield* visit(callback)).status, 200)
      yield* Fiber.join(one.fiber)
      assert.strictEqual((yield* visit(yield* approve(other.url))).status, 200)
      yield* Fiber.join(other.fiber)
    })))

  it.live("F76: on one redirect URI, they take turns", () =>
    withSandbox(Effect.gen(function*() {
      const { approve } = yield* Sandbox.Sandbox
      for (const redirectUri of [undefined, "http://127.0.0.1/callback"]) {
        let finished = 0
        const finishedAtOpening: Array<number> = []
        const { layer } = yield* person((url) => {
          finishedAtOpening.push(finished)
          return Effect.tap(Effect.delay(approve(url), "100 millis"), () =>
            Effect.sync(() => {
              finished += 1
            }))
        })
        const { signIn } = yield* program({ ...(redirectUri !== undefined && { redirectUri }) })
        yield* Effect.all(Array.from({ length: 3 }, () => signIn(layer)), { concurrency: "unbounded" })
        assert.deepStrictEqual(finishedAtOpening, [0, 1, 2])
      }
    })))

  it.live("F82: of many who need the same tokens one opens a browser, and all get them", () =>
    withSandbox(Effect.gen(function*() {
      const { approve } = yield* Sandbox.Sandbox
      const { addresses, layer } = yield* opened
      const store = new ObservedStore()
      const redirectUri = `http://127.0.0.1:${yield* freePort}/callback`
      const programs = yield* Effect.forEach(
        Array.from({ length: 5 }),
        () => program({ store: store.layer, redirectUri })
      )
      const waiting = yield* Effect.forkScoped(
        Effect.forEach(programs, ({ signInIfNeeded }) => signInIfNeeded(layer), { concurrency: "unbounded" })
      )
      const url = yield* Queue.take(addresses)
      yield* visit(yield* approve(url))
      const tokens = yield* Fiber.join(waiting)
      assert.strictEqual(new Set(tokens.map(({ value }) => Redacted.value(value))).size, 1)
      assert.strictEqual(yield* Queue.size(addresses), 0)
      assert.strictEqual(yield* tokenRequests, 1)
    })))

  it.live(
    "F82: nor does it matter that they are processes, which share no more than files and a port",
    () =>
      withSandbox(Effect.gen(function*() {
        const { approve } = yield* Sandbox.Sandbox
        const processes = yield* startProcesses(3)
        const { line } = yield* Queue.take(processes.lines)
        assert.match(line, /^opens /)
        yield* visit(yield* approve(line.replace("opens ", "")))
        const rest = yield* Queue.takeN(processes.lines, 3)
        for (const { line } of rest) assert.match(line, /^has [0-9a-f]{64}$/)
        assert.strictEqual(new Set(rest.map(({ line }) => line)).size, 1)
        assert.strictEqual(yield* tokenRequests, 1)
      })),
    60_000
  )

  it.live("F82: one killed in the middle of its sign-in holds up nobody", () =>
    withSandbox(Effect.gen(function*() {
      const { approve } = yield* Sandbox.Sandbox
      const processes = yield* startProcesses(2)
      const first = yield* Queue.take(processes.lines)
      first.child.kill("SIGKILL")
      const second = yield* Queue.take(processes.lines)
      assert.notStrictEqual(second.child, first.child)
      yield* visit(yield* approve(second.line.replace("opens ", "")))
      assert.match((yield* Queue.take(processes.lines)).line, /^has /)
    })), 60_000)

  it.live(
    "another is known as one whatever the environment says of proxies (F98)",
    () =>
      withSandbox(Effect.gen(function*() {
        const proxied: Array<string> = []
        const proxy = createHttpServer((request, response) => {
          proxied.push(`${request.method} ${request.url}`)
          response.writeHead(502).end()
        })
        proxy.on("connect", (request, socket) => {
          proxied.push(`CONNECT ${request.url}`)
          socket.destroy()
        })
        const proxyUrl = `http://127.0.0.1:${yield* listenAt(proxy)}`
        // Answers as a sign-in under way does.
        const probes = yield* Queue.unbounded<string>()
        const holder = createHttpServer((request, response) => {
          Queue.offerUnsafe(probes, `${request.method} ${request.url}`)
          response.writeHead(404, { "loopback-sign-in": "under way", "connection": "close" }).end()
        })
        const port = yield* listenAt(holder)
        const { lines } = yield* startProcesses(1, {
          port,
          env: { NODE_USE_ENV_PROXY: "1", HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl, NO_PROXY: "", no_proxy: "" }
        })
        // The first finds it busy, the second comes from one who waits.
        assert.deepStrictEqual(yield* Queue.takeN(probes, 2), ["HEAD /", "HEAD /"])
        assert.deepStrictEqual(proxied, [])
        holder.close()
        assert.match((yield* Queue.take(lines)).line, /^opens /)
      })),
    60_000
  )

  it.live("another is known as one on a port that browsers keep to themselves (F98)", () =>
    withSandbox(Effect.gen(function*() {
      const { addresses, layer } = yield* opened
      const free = yield* Effect.findFirst(
        [6666, 6667, 6668, 6669, 10_080, 6000],
        (port) =>
          Effect.scoped(listenAt(createServer(), port)).pipe(
            Effect.as(true),
            Effect.catchCause(() => Effect.succeed(false))
          )
      )
      const port = Option.getOrThrow(free)
      const { signIn } = yield* program({ redirectUri: `http://127.0.0.1:${port}/callback` })
      yield* Effect.forkScoped(signIn(layer))
      yield* Queue.take(addresses)
      const reason = yield* reasonOf(signIn(layer, { timeout: "500 millis" }))
      assert.strictEqual(reason._tag === "SignInFailed" ? reason.kind : reason._tag, "Busy")
    })))

  it.live("F82: who waits longer than allowed is told what for, and by a sign-in that failed is given the turn", () =>
    withSandbox(Effect.gen(function*() {
      const { approve, deny } = yield* Sandbox.Sandbox
      const { addresses, layer } = yield* opened
      const { port, signIn, signInIfNeeded } = yield* program()
      const first = yield* Effect.forkScoped(signIn(layer))
      const url = yield* Queue.take(addresses)
      const error = yield* Effect.flip(signInIfNeeded(layer, { timeout: "500 millis" }))
      assert.strictEqual(error.reason._tag === "SignInFailed" ? error.reason.kind : error.reason._tag, "Busy")
      assert.include(error.message, `127.0.0.1:${port}`)
      const second = yield* Effect.forkScoped(signInIfNeeded(layer))
      yield* visit(yield* deny(url))
      yield* Effect.flip(Fiber.join(first))
      yield* visit(yield* approve(yield* Queue.take(addresses)))
      yield* Fiber.join(second)
    })))

  it.live("a token that is good needs no sign-in, nor does trouble that a sign-in would not cure", () =>
    withSandbox(Effect.gen(function*() {
      const { approve, inject, revokeAccessTokens } = yield* Sandbox.Sandbox
      const { layer, shown } = yield* person(approve)
      const { signIn, signInIfNeeded, tokens } = yield* program()
      const token = yield* signIn(layer)
      assert.strictEqual(yield* signInIfNeeded(layer), token)
      yield* revokeAccessTokens
      yield* inject("POST /api/token", Fault.Status({ status: 503 }))
      yield* tokens.invalidate(token)
      assert.strictEqual((yield* reasonOf(signInIfNeeded(layer)))._tag, "TokenRequestFailed")
      assert.strictEqual(yield* Queue.size(shown), 1)
    })))
})
