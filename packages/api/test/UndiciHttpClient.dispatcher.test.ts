/** Dispatchers below `UndiciHttpClient`, and what programs put around it. */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Agent, Dispatcher, interceptors } from "@effect/platform-node/Undici"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { gzipSync } from "node:zlib"
import * as SpanRecorder from "../../auth/test/support/SpanRecorder.ts"
import * as UndiciHttpClient from "../src/node/UndiciHttpClient.ts"
import * as ResponseCache from "../src/ResponseCache.ts"
import * as Answers from "./support/Answers.ts"
import { head, http, raw, trackText, whole } from "./support/Listeners.ts"
import { failureOf, get, over, reasonOf, until, withDispatcher } from "./support/TransportCalls.ts"

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

describe("what goes through a program's client", () => {
  const wrapped = (options?: UndiciHttpClient.Options) =>
    Layer.effect(
      HttpClient.HttpClient,
      Effect.map(HttpClient.HttpClient, HttpClient.mapRequest(HttpClientRequest.setHeader("x-mark", "1")))
    ).pipe(Layer.provide(UndiciHttpClient.layer(options)))

  it.live("is cached like what does not", () =>
    Effect.gen(function*() {
      const asked: Array<string | undefined> = []
      const { origin } = yield* http((request, response) => {
        asked.push(request.headers["if-none-match"])
        response.writeHead(asked.length === 1 ? 200 : 304, { etag: "\"a\"", "cache-control": "max-age=0" })
        response.end(asked.length === 1 ? trackText : undefined)
      })
      const cache = ResponseCache.make({ capacity: 1 })
      const tracks = yield* Effect.provide(Effect.all([get, get]), over(origin, wrapped(), { cache }))
      assert.deepStrictEqual(tracks.map(({ name }) => name), Array(2).fill(Answers.developmentTrack.name))
      assert.deepStrictEqual(asked, [undefined, "\"a\""])
    }).pipe(Effect.scoped))

  it.live("fails like what does not where its body cannot be read, and reads no more than a call does", () =>
    Effect.gen(function*() {
      const bodies: ReadonlyArray<readonly [coding: string, body: Uint8Array, detail: RegExp]> = [
        ["gzip", gzipSync(trackText).subarray(0, 40), /"gzip"/],
        ["x-snappy", gzipSync(trackText), /"x-snappy"/],
        ["gzip", gzipSync(new Uint8Array(20_000)), /more than 10000 bytes/],
        ["identity", new Uint8Array(20_000), /more than 10000 bytes/]
      ]
      let statusCode = 200
      const { origin } = yield* http((request, response) => {
        const [coding, body] = bodies[Number(request.url?.split("/")[1])] ?? []
        response.writeHead(statusCode, { "content-encoding": coding }).end(body)
      })
      for (const transport of [wrapped(), wrapped({ maxBodySize: 1000 }), UndiciHttpClient.layer()]) {
        for (const [i, [, , detail]] of bodies.entries()) {
          statusCode = 200
          const reason = yield* reasonOf(`${origin}/${i}`, transport, { maxBodySize: 10_000 })
          assert.strictEqual(reason._tag, "UnexpectedResponse")
          assert.match(reason.message, detail)
          statusCode = 404
          const refusal = yield* reasonOf(`${origin}/${i}`, transport, { maxBodySize: 10_000 })
          assert.strictEqual(refusal._tag, "NotFound")
        }
      }
      const endless = yield* raw((socket) => {
        socket.write(head("404 Not Found", "transfer-encoding: chunked") + `4e20\r\n${" ".repeat(20_000)}\r\n`)
      })
      assert.strictEqual((yield* reasonOf(endless.origin, wrapped(), { maxBodySize: 10_000 }))._tag, "NotFound")
      yield* until(() => endless.open.size === 0)
    }).pipe(Effect.scoped))
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
      const { spans, tracer } = SpanRecorder.make()
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
