/** The redirect URI of a sign-in over loopback. */
import { Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import { createServer as createHttpServer } from "node:http"
import { createServer } from "node:net"
import { networkInterfaces } from "node:os"
import { freePort } from "./support/FreePort.ts"
import { isListening, listenAt, opened, person, program, visit, withSandbox } from "./support/LoopbackProgram.ts"

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
