/** The client that hands over whole answers, over real sockets: what servers, dispatchers and programs do to it. */
import * as TokenService from "@app/auth/TokenService"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Agent, Dispatcher, interceptors } from "@effect/platform-node/Undici"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http"
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session
} from "node:http2"
import { createServer, type Server, type Socket } from "node:net"
import { gzipSync } from "node:zlib"
import * as SelfSignedCertificate from "../../auth/test/support/SelfSignedCertificate.ts"
import * as UndiciHttpClient from "../src/node/UndiciHttpClient.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as Tracks from "../src/Tracks.ts"
import * as Answers from "./support/Answers.ts"

// =============================================================================
// Servers
// =============================================================================

/** On a free port of loopback for as long as the scope lives: its origin, and what became of its connections. */
const listening = <S extends Server>(make: () => S) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly origin: string; opened: number; readonly open: Set<Socket>; readonly server: S }>(
      (resume) => {
        const server = make()
        const open = new Set<Socket>()
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`
          const listener = { origin, opened: 0, open, server }
          server.on("connection", (socket: Socket) => {
            listener.opened += 1
            open.add(socket)
            socket.on("error", () => {})
            socket.on("close", () => open.delete(socket))
          })
          resume(Effect.succeed(listener))
        })
      }
    ),
    ({ open, server }) =>
      Effect.sync(() => {
        open.forEach((socket) => socket.destroy())
        server.close()
      })
  )

/** Writes bytes of its own choice, per request, and is told the requests' heads. */
const raw = (answer: (socket: Socket, head: string) => void) =>
  listening(() => createServer((socket) => socket.on("data", (data) => answer(socket, String(data)))))

const http = (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
  listening(() => createHttpServer(answer))

/** Over TLS, in HTTP/2 only. */
const secure = (answer: (request: Http2ServerRequest, response: Http2ServerResponse) => void) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly origin: string; readonly opened: () => number; readonly close: () => void }>(
      (resume) => {
        const sessions = new Array<ServerHttp2Session>()
        const server = createSecureServer(SelfSignedCertificate.make(), answer)
        server.on("session", (session) => sessions.push(session))
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          resume(Effect.succeed({
            origin: `https://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
            opened: () => sessions.length,
            close: () => {
              sessions.forEach((session) => session.destroy())
              server.close()
            }
          }))
        })
      }
    ),
    ({ close }) => Effect.sync(close)
  )

const trackText = JSON.stringify(Answers.developmentTrack)

const head = (status: string, ...headers: ReadonlyArray<string>) =>
  [`HTTP/1.1 ${status}`, ...headers, "", ""].join("\r\n")

const whole = head("200 OK", "content-type: application/json", `content-length: ${Buffer.byteLength(trackText)}`)
  + trackText

/** As soon as a condition holds that something else brings about. */
const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => condition() ? Effect.void : Effect.delay(until(condition), "2 millis"))

// =============================================================================
// Clients
// =============================================================================

const over = (apiUrl: string, transport: Layer.Layer<HttpClient.HttpClient>, options?: SpotifyClient.Options) =>
  SpotifyClient.layer({ ...options, apiUrl }).pipe(
    Layer.provide([transport, TokenService.layerStatic({ value: Redacted.make("token") })]),
    Layer.orDie
  )

const get = Tracks.get(Answers.trackId)

const once = Effect.provideService(RetryPolicy.RetryPolicy, RetryPolicy.once)

const withDispatcher = (dispatcher: Dispatcher) =>
  Layer.provide(UndiciHttpClient.layerNoDispatcher(), Layer.succeed(NodeHttpClient.Dispatcher, dispatcher))

/** What a call fails with that is made once. */
const reasonOf = (
  apiUrl: string,
  transport: Layer.Layer<HttpClient.HttpClient> = UndiciHttpClient.layer(),
  options?: SpotifyClient.Options
) =>
  Effect.flip(once(get)).pipe(
    Effect.map(({ reason }) => reason),
    Effect.provide(over(apiUrl, transport, options))
  )

/** What a program's own request fails with. */
const failureOf = (url: string, transport: Layer.Layer<HttpClient.HttpClient> = UndiciHttpClient.layer()) =>
  Effect.flip(Effect.flatMap(HttpClient.get(url), ({ text }) => text)).pipe(
    Effect.map(({ reason }) => reason),
    Effect.provide(transport)
  )

// =============================================================================
// Answers
// =============================================================================

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

// =============================================================================
// Dispatchers
// =============================================================================

type Dispatching = (options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) => boolean

/** A dispatcher that does this and nothing else. */
const dispatching = (dispatch: Dispatching): Dispatcher =>
  new (class extends Dispatcher {
    override dispatch = dispatch
  })()

const controller: Dispatcher.DispatchController = {
  aborted: false,
  paused: false,
  reason: null,
  abort: () => {},
  pause: () => {},
  resume: () => {}
}

describe("a dispatcher", () => {
  it.live("that was closed or destroyed takes nothing any more: an error that is not repeated", () =>
    Effect.gen(function*() {
      const server = yield* raw((socket) => socket.write(whole))
      for (const end of ["close", "destroy"] as const) {
        const agent = new Agent()
        yield* Effect.promise(() => agent[end]())
        const [took, reason] = yield* Effect.timed(
          Effect.flip(get).pipe(
            Effect.map(({ reason }) => reason),
            Effect.provide(over(server.origin, withDispatcher(agent)))
          )
        )
        assert.deepInclude(reason, { _tag: "Transport", phase: "request" })
        assert.isBelow(Duration.toMillis(took), 5000)
        assert.strictEqual((yield* failureOf(server.origin, withDispatcher(agent)))._tag, "TransportError")
      }
      assert.strictEqual(server.opened, 0)
    }).pipe(Effect.scoped))

  const answering: Dispatching = (_, handler) => {
    handler.onRequestStart?.(controller, {})
    handler.onResponseStart?.(controller, 200, {}, "OK")
    handler.onResponseData?.(controller, Buffer.from(trackText))
    handler.onResponseEnd?.(controller, {})
    return true
  }
  const failing: Dispatching = (_, handler) => {
    handler.onRequestStart?.(controller, {})
    handler.onResponseError?.(controller, Object.assign(new Error("token"), { code: "ECONNRESET" }))
    return true
  }
  const throwing: Dispatching = () => {
    throw new Error("token")
  }

  it.live("may answer, fail or throw before it returns", () =>
    Effect.gen(function*() {
      const origin = "https://api.spotify.com"
      const track = yield* Effect.provide(get, over(`${origin}/v1`, withDispatcher(dispatching(answering))))
      assert.strictEqual(track.name, Answers.developmentTrack.name)
      const reset = yield* reasonOf(`${origin}/v1`, withDispatcher(dispatching(failing)))
      assert.deepInclude(reset, { _tag: "Transport", phase: "exchange", code: "ECONNRESET" })
      const odd = yield* reasonOf(`${origin}/v1`, withDispatcher(dispatching(throwing)))
      assert.strictEqual(odd._tag, "Transport")
      assert.notInclude(JSON.stringify([reset, odd]), "token")
      for (const dispatch of [failing, throwing]) {
        assert.strictEqual((yield* failureOf(origin, withDispatcher(dispatching(dispatch))))._tag, "TransportError")
      }
    }))

  it.live("that answers twice, or fails after an answer, is heard once", () =>
    Effect.gen(function*() {
      let asked = 0
      const dispatcher = dispatching((options, handler) => {
        asked += 1
        answering(options, handler)
        answering(options, handler)
        return failing(options, handler)
      })
      const track = yield* Effect.provide(get, over("https://api.spotify.com/v1", withDispatcher(dispatcher)))
      assert.strictEqual(track.name, Answers.developmentTrack.name)
      assert.strictEqual(asked, 1)
    }))

  it.live("that follows redirects does not do so here (I12)", () =>
    Effect.gen(function*() {
      const elsewhere = yield* http((_, response) => response.end(trackText))
      const { origin } = yield* http((_, response) => {
        response.writeHead(307, { location: `${elsewhere.origin}/v1/tracks` }).end()
      })
      const agent = new Agent().compose(interceptors.redirect({ maxRedirections: 5 }))
      const reason = yield* reasonOf(origin, withDispatcher(agent))
      assert.strictEqual(reason._tag, "UnexpectedResponse")
      const { status } = yield* Effect.provide(HttpClient.get(origin), withDispatcher(agent))
      assert.strictEqual(status, 307)
      assert.strictEqual(elsewhere.opened, 0)
      yield* Effect.promise(() => agent.destroy())
    }).pipe(Effect.scoped))
})

// =============================================================================
// Programs
// =============================================================================

describe("what a program puts around it is never passed by", () => {
  const marked = (request: HttpClientRequest.HttpClientRequest) => HttpClientRequest.setHeader(request, "x-mark", "1")
  const wrapped: Readonly<Record<string, (client: HttpClient.HttpClient) => HttpClient.HttpClient>> = {
    "mapRequest": HttpClient.mapRequest(marked),
    "a transformation": (client) =>
      HttpClient.transform(client, (_, request) => client.postprocess(Effect.succeed(marked(request)))),
    "a copy with another member": (client) =>
      Object.assign(Object.create(Object.getPrototypeOf(client)), client, {
        postprocess: (request: Effect.Effect<HttpClientRequest.HttpClientRequest>) =>
          client.postprocess(Effect.map(request, marked))
      }),
    "an object of which it is the prototype": (client) =>
      Object.create(client, {
        postprocess: {
          value: (request: Effect.Effect<HttpClientRequest.HttpClientRequest>) =>
            client.postprocess(Effect.map(request, marked))
        }
      }),
    "a Proxy": (client) =>
      new Proxy(client, {
        get: (target, name) =>
          name === "preprocess"
            ? (request: HttpClientRequest.HttpClientRequest) => Effect.succeed(marked(request))
            : Reflect.get(target, name)
      })
  }
  for (const [name, wrap] of Object.entries(wrapped)) {
    it.live(name, () =>
      Effect.gen(function*() {
        const marks: Array<unknown> = []
        const { origin } = yield* http((request, response) => {
          marks.push(request.headers["x-mark"], request.headers.authorization)
          response.end(trackText)
        })
        const transport = Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, wrap)).pipe(
          Layer.provide(UndiciHttpClient.layer())
        )
        yield* Effect.provide(get, over(origin, transport))
        assert.deepStrictEqual(marks, ["1", "Bearer token"])
      }).pipe(Effect.scoped))
  }
})

describe("a program's request", () => {
  it.live("goes out with its body, whether that is here already or streamed", () =>
    Effect.gen(function*() {
      const { origin } = yield* http((request, response) => {
        request.pipe(response.writeHead(200, { "x-type": request.headers["content-type"] ?? "" }))
      })
      const form = new FormData()
      form.append("a", "b")
      const bodies: ReadonlyArray<readonly [HttpBody.HttpBody, RegExp]> = [
        [HttpBody.empty, /^$/],
        [HttpBody.text("é"), /^é$/],
        [HttpBody.uint8Array(new TextEncoder().encode("é")), /^é$/],
        [HttpBody.raw("é"), /^é$/],
        [HttpBody.stream(Stream.make(new TextEncoder().encode("é"), new Uint8Array([33]))), /^é!$/],
        [HttpBody.formData(form), /name="a"\r\n\r\nb\r\n/]
      ]
      for (const [body, expected] of bodies) {
        const response = yield* HttpClient.post(origin, { body })
        assert.match(yield* response.text, expected)
      }
    }).pipe(Effect.scoped, Effect.provide(UndiciHttpClient.layer())))

  it.live.prop(
    "asks for what it asks for over any other client",
    { path: Schema.String.check(Schema.isMaxLength(12)), query: Schema.Record(Schema.String, Schema.String) },
    ({ path, query }) =>
      Effect.gen(function*() {
        const { origin } = yield* http((request, response) => response.end(request.url))
        const asked = (transport: Layer.Layer<HttpClient.HttpClient>, url: string) =>
          Effect.flatMap(HttpClient.get(url, { urlParams: query }), ({ text }) => text).pipe(
            Effect.exit,
            Effect.map((exit) => Exit.isSuccess(exit) ? exit.value : "nothing"),
            Effect.provide(transport)
          )
        for (
          const url of [
            `${origin}/${path}`,
            `${origin}/a/../%2e%2E/./b'c/${encodeURIComponent(path.toWellFormed())}?x=${path}`
          ]
        ) {
          assert.strictEqual(
            yield* asked(UndiciHttpClient.layer(), url),
            yield* asked(NodeHttpClient.layerUndici, url)
          )
        }
      }).pipe(Effect.scoped),
    { arbitrary: { runs: 50 } }
  )

  it.live("without a URL is a typed error", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* failureOf("no URL"))._tag, "InvalidUrlError")
      assert.strictEqual((yield* failureOf("http://"))._tag, "InvalidUrlError")
    }))

  it.live("has a span and trace headers where the program has a tracer, and none where it has not", () =>
    Effect.gen(function*() {
      const seen: Array<string | undefined> = []
      const { origin } = yield* http((request, response) => {
        seen.push(request.headers.traceparent?.toString())
        response.end()
      })
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      yield* HttpClient.get(origin)
      assert.lengthOf(spans, 0)
      yield* Effect.withTracer(HttpClient.get(origin), tracer)
      yield* Effect.withTracer(HttpClient.get(origin), tracer).pipe(
        Effect.provideService(HttpClient.TracerDisabledWhen, () => true)
      )
      assert.lengthOf(spans, 1)
      assert.strictEqual(spans[0]?.attributes.get("http.response.status_code"), 200)
      assert.deepStrictEqual(seen, [undefined, `00-${spans[0]?.traceId}-${spans[0]?.spanId}-01`, undefined])
    }).pipe(Effect.scoped, Effect.provide(UndiciHttpClient.layer())))
})
