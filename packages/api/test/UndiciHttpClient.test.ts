/** Responses and connections over `UndiciHttpClient` and real sockets. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Socket } from "node:net"
import { gzipSync } from "node:zlib"
import * as UndiciHttpClient from "../src/node/UndiciHttpClient.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as Answers from "./support/Answers.ts"
import { head, http, raw, secure, trackText, whole } from "./support/Listeners.ts"
import { failureOf, get, over, reasonOf, until } from "./support/TransportCalls.ts"

describe("an answer", () => {
  it.live("is read with all it has, whether a call asks or the program", () =>
    Effect.gen(function*() {
      const { origin } = yield* http((_, response) => {
        response.writeHead(200, [["set-cookie", "a=1"], ["set-cookie", "b=2"], ["x-one", "1"]].flat())
        response.end("q=%C3%A9&q=2")
      })
      const response = yield* HttpClient.get(`${origin}/a?b=c`)
      assert.strictEqual(response.status, 200)
      assert.strictEqual(response.url, `${origin}/a?b=c`)
      assert.strictEqual(response.headers["x-one"], "1")
      assert.deepStrictEqual(Object.keys(response.cookies.cookies), ["a", "b"])
      assert.strictEqual(yield* response.text, "q=%C3%A9&q=2")
      assert.deepStrictEqual([...(yield* response.urlParamsBody)], [["q", "é"], ["q", "2"]])
      assert.strictEqual((yield* response.arrayBuffer).byteLength, 12)
      assert.strictEqual(yield* Stream.mkString(Stream.decodeText(response.stream)), "q=%C3%A9&q=2")
      assert.strictEqual((yield* Effect.flip(response.json)).reason._tag, "DecodeError")
      assert.strictEqual((yield* Effect.flip(response.upgrade)).reason._tag, "StatusCodeError")
    }).pipe(Effect.scoped, Effect.provide(UndiciHttpClient.layer())))

  it.live("in many pieces is put together", () =>
    Effect.gen(function*() {
      const bytes = new TextEncoder().encode(trackText)
      const { origin } = yield* raw((socket) => {
        socket.setNoDelay(true)
        socket.write(head("200 OK", "transfer-encoding: chunked"))
        bytes.forEach((byte) => {
          socket.write("1\r\n")
          socket.write(Uint8Array.of(byte))
          socket.write("\r\n")
        })
        socket.write("0\r\n\r\n")
      })
      const track = yield* Effect.provide(get, over(origin, UndiciHttpClient.layer()))
      assert.strictEqual(track.name, Answers.developmentTrack.name)
    }).pipe(Effect.scoped))

  it.live("that is coded is read without its coding, unless that lies or unpacks to too much (F89)", () =>
    Effect.gen(function*() {
      const bodies = {
        "/gzip": gzipSync(trackText),
        "/text": trackText,
        "/cut": gzipSync(trackText).subarray(0, 40),
        "/bomb": gzipSync(Buffer.alloc(2_000_000))
      }
      const { origin } = yield* http((request, response) => {
        response.writeHead(200, { "content-encoding": "gzip" }).end(
          Object.entries(bodies).find(([path]) => path === request.url)?.[1]
        )
      })
      const transport = UndiciHttpClient.layer({ maxBodySize: 1_000_000 })
      for (const path of ["/gzip", "/text"]) {
        const response = yield* Effect.provide(HttpClient.get(`${origin}${path}`), transport)
        assert.strictEqual(yield* response.text, trackText)
      }
      for (const path of ["/cut", "/bomb"]) {
        const reason = yield* failureOf(`${origin}${path}`, transport)
        assert.strictEqual(reason._tag, "DecodeError")
        assert.match(reason.message, /gzip/)
      }
    }).pipe(Effect.scoped))

  it.live("larger than may be read ends its connection, and is told by its status where that is a failure", () =>
    Effect.gen(function*() {
      const endless = (status: string) =>
        raw((socket) => {
          socket.write(head(status, "transfer-encoding: chunked"))
          const more = () => {
            while (!socket.destroyed && socket.write(`3e8\r\n${" ".repeat(1000)}\r\n`));
            socket.once("drain", more)
          }
          more()
        })
      const success = yield* endless("200 OK")
      const reason = yield* reasonOf(success.origin, UndiciHttpClient.layer(), { maxBodySize: 100_000 })
      assert.strictEqual(reason._tag, "UnexpectedResponse")
      assert.include(reason.message, "100000 bytes")
      const own = yield* failureOf(success.origin, UndiciHttpClient.layer({ maxBodySize: 100_000 }))
      assert.strictEqual(own._tag, "DecodeError")
      assert.include(own.message, "100000 bytes")
      const failure = yield* endless("404 Not Found")
      assert.strictEqual((yield* reasonOf(failure.origin))._tag, "NotFound")
      yield* until(() => success.open.size === 0 && failure.open.size === 0)
    }).pipe(Effect.scoped))

  it.live("that never ends is given up with the call, and so is one that never comes", () =>
    Effect.gen(function*() {
      for (const first of ["", head("200 OK", "content-length: 5") + "{"]) {
        const server = yield* raw((socket) => {
          if (first !== "") socket.write(first)
        })
        yield* Effect.gen(function*() {
          const error = yield* Effect.flip(get)
          assert.strictEqual(error.reason._tag, "Timeout")
          yield* until(() => server.open.size === 0)
        }).pipe(
          Effect.provide(over(server.origin, UndiciHttpClient.layer())),
          Effect.provideService(RetryPolicy.RetryPolicy, { ...RetryPolicy.once, attemptTimeout: "50 millis" })
        )
      }
    }).pipe(Effect.scoped))

  it.live("with headers by the thousand is refused, and its connection closed", () =>
    Effect.gen(function*() {
      const server = yield* raw((socket) => {
        socket.write(head("200 OK", ...Array.from({ length: 5000 }, (_, i) => `x-${i}: ${i}`)))
      })
      const reason = yield* reasonOf(server.origin)
      assert.isTrue(reason._tag === "Transport" && reason.code === "UND_ERR_HEADERS_OVERFLOW")
      yield* until(() => server.open.size === 0)
    }).pipe(Effect.scoped))

  it.live("comes after whatever goes before it (RFC 9110 §15.2)", () =>
    Effect.gen(function*() {
      const { origin } = yield* raw((socket) => {
        socket.write(head("103 Early Hints", "link: </a>; rel=preload", "x-hint: 1").repeat(3) + whole)
      })
      const { headers, status, text } = yield* HttpClient.get(origin)
      assert.strictEqual(status, 200)
      assert.isUndefined(headers["x-hint"])
      assert.strictEqual(yield* text, trackText)
    }).pipe(Effect.scoped, Effect.provide(UndiciHttpClient.layer())))

  it.live("without a body has none, and leaves its connection to the next", () =>
    Effect.gen(function*() {
      const server = yield* raw((socket, request) => {
        const [method, path] = request.split(" ")
        if (method === "HEAD") socket.write(head("200 OK", "content-length: 999"))
        else if (path === "/204") socket.write(head("204 No Content"))
        else if (path === "/304") socket.write(head("304 Not Modified", "etag: \"a\""))
        else if (path === "/304?") socket.write(head("304 Not Modified", "content-length: 999"))
        else socket.write(head("200 OK", "content-length: 0"))
      })
      yield* Effect.gen(function*() {
        const client = yield* HttpClient.HttpClient
        for (const path of ["/204", "/304", "/200", "/204", "/304", "/200"]) {
          const response = yield* client.get(`${server.origin}${path}`)
          assert.strictEqual(response.status, Number(path.slice(1)))
          assert.strictEqual(yield* response.text, "")
          assert.isNull(yield* response.json)
        }
        assert.strictEqual(server.opened, 1)
        assert.strictEqual(yield* (yield* client.get(`${server.origin}/304?`)).text, "")
        const { status, text } = yield* client.head(server.origin)
        assert.strictEqual(status, 200)
        assert.strictEqual(yield* text, "")
      }).pipe(Effect.provide(UndiciHttpClient.layer({ agent: { connections: 1 } })))
    }).pipe(Effect.scoped))

  const broken: Readonly<Record<string, (socket: Socket) => void>> = {
    "a reset before its head": (socket) => socket.resetAndDestroy(),
    "an end before its head": (socket) => socket.end(),
    "a reset after its head": (socket) => {
      socket.write(head("200 OK", "content-length: 50"), () => socket.resetAndDestroy())
    },
    "an end within its body": (socket) => {
      socket.end(`${head("200 OK", "content-length: 50")}{`)
    },
    "a broken chunk": (socket) => {
      socket.end(`${head("200 OK", "transfer-encoding: chunked")}zz\r\n`)
    },
    "no HTTP": (socket) => {
      socket.end("SSH-2.0-OpenSSH_9.6\r\n")
    },
    "another protocol unasked": (socket) => {
      socket.write(head("101 Switching Protocols", "connection: upgrade", "upgrade: websocket"))
    },
    "a 100 unasked": (socket) => {
      socket.write(head("100 Continue"))
    }
  }
  for (const [name, answer] of Object.entries(broken)) {
    it.live(`in whose place comes ${name} is a typed error, and its connection is closed`, () =>
      Effect.gen(function*() {
        const server = yield* raw(answer)
        const reason = yield* reasonOf(server.origin)
        assert.isTrue(reason._tag === "Transport" && reason.phase === "exchange", reason.message)
        assert.strictEqual((yield* failureOf(server.origin))._tag, "TransportError")
        yield* until(() => server.open.size === 0)
      }).pipe(Effect.scoped))
  }
})

// =============================================================================
// Connections
// =============================================================================

describe("a connection", () => {
  it.live("serves one call after the other, as many as undici opens for the same", () =>
    Effect.gen(function*() {
      const server = yield* http((_, response) => {
        response.writeHead(200, { "content-type": "application/json" }).end(trackText)
      })
      yield* Effect.forEach(Array.from({ length: 50 }), () => get).pipe(
        Effect.provide(over(server.origin, UndiciHttpClient.layer()))
      )
      assert.isAtMost(server.opened, 2)
    }).pipe(Effect.scoped))

  it.live("is closed when a call is interrupted, and a call that still waits for one is never sent", () =>
    Effect.gen(function*() {
      const asked: Array<string> = []
      const server = yield* raw((_, request) => asked.push(request.split(" ")[1] ?? ""))
      yield* Effect.gen(function*() {
        const client = yield* HttpClient.HttpClient
        const first = yield* Effect.forkChild(client.get(`${server.origin}/first`))
        yield* until(() => asked.length === 1)
        const second = yield* Effect.forkChild(client.get(`${server.origin}/second`), { startImmediately: true })
        yield* Fiber.interrupt(second)
        yield* Fiber.interrupt(first)
        yield* until(() => server.open.size === 0)
        const third = yield* Effect.forkChild(client.get(`${server.origin}/third`))
        yield* until(() => asked.length === 2)
        yield* Fiber.interrupt(third)
      }).pipe(Effect.provide(UndiciHttpClient.layer({ agent: { connections: 1 } })))
      assert.deepStrictEqual(asked, ["/first", "/third"])
    }).pipe(Effect.scoped))

  it.live("that cannot be opened is told apart from one that broke: nothing was sent", () =>
    Effect.gen(function*() {
      const { origin } = yield* Effect.scoped(raw(() => {}))
      const reason = yield* reasonOf(origin)
      assert.deepInclude(reason, { _tag: "Transport", phase: "connect", code: "ECONNREFUSED" })
      assert.strictEqual((yield* failureOf(origin))._tag, "TransportError")
    }))

  it.live("that is in use at the end of the layer may come to its answer, within a second", () =>
    Effect.gen(function*() {
      for (const isAnswered of [true, false]) {
        const asking: Array<Socket> = []
        const { origin } = yield* raw((socket) => asking.push(socket))
        const scope = yield* Scope.make()
        const context = yield* Layer.buildWithScope(UndiciHttpClient.layer(), scope)
        const call = yield* Effect.forkChild(Effect.provide(Effect.exit(HttpClient.get(origin)), context))
        yield* until(() => asking.length === 1)
        const closing = yield* Effect.forkChild(Effect.timed(Scope.close(scope, Exit.void)), { startImmediately: true })
        if (isAnswered) asking[0]?.write(whole)
        const [took] = yield* Fiber.join(closing)
        assert.isBelow(Duration.toMillis(took), 5000)
        assert.strictEqual(Exit.isSuccess(yield* Fiber.join(call)), isAnswered)
      }
    }).pipe(Effect.scoped))
})

describe("over HTTP/2", () => {
  it.live("calls share a connection, which one that is ended leaves to the others", () =>
    Effect.gen(function*() {
      const { origin, opened } = yield* secure((request, response) => {
        const path = request.url
        if (path?.endsWith("/never")) return
        response.writeHead(path?.endsWith("/moved") ? 307 : 200, {
          location: "/elsewhere",
          "content-type": "text/plain"
        })
        response.end(path?.endsWith("/large") ? " ".repeat(100_000) : trackText)
      })
      const agent = { connect: { rejectUnauthorized: false } }
      yield* Effect.gen(function*() {
        const client = yield* HttpClient.HttpClient
        yield* client.get(origin)
        const never = yield* Effect.forkChild(client.get(`${origin}/never`))
        const others = yield* Effect.forkChild(
          Effect.forEach(["/a", "/b", "/moved"], (path) => client.get(`${origin}${path}`), { concurrency: "unbounded" })
        )
        const large = yield* client.get(`${origin}/large`)
        assert.strictEqual((yield* Effect.flip(large.text)).reason._tag, "DecodeError")
        yield* Fiber.interrupt(never)
        assert.deepStrictEqual((yield* Fiber.join(others)).map(({ status }) => status), [200, 200, 307])
        assert.strictEqual((yield* client.get(origin)).status, 200)
      }).pipe(Effect.provide(UndiciHttpClient.layer({ agent, maxBodySize: 50_000 })))
      const track = yield* Effect.provide(get, over(origin, UndiciHttpClient.layer({ agent })))
      assert.strictEqual(track.name, Answers.developmentTrack.name)
      assert.strictEqual(opened(), 2)
    }).pipe(Effect.scoped))
})
