/** Several sign-ins over loopback at the same time. */
import { Fault, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer as createHttpServer } from "node:http"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { freePort } from "./support/FreePort.ts"
import {
  begin,
  listenAt,
  opened,
  person,
  program,
  reasonOf,
  tokenRequests,
  visit,
  withSandbox
} from "./support/LoopbackProgram.ts"
import { ObservedStore } from "./support/ObservedStore.ts"

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
