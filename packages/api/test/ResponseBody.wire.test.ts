/** Bodies as servers, CDNs and proxies really code them, over every transport. */
import * as TokenService from "@app/auth/TokenService"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as EffectFetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { createServer, type IncomingHttpHeaders } from "node:http"
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib"
import * as FetchHttpClient from "../src/FetchHttpClient.ts"
import * as UndiciHttpClient from "../src/node/UndiciHttpClient.ts"
import * as ResponseCache from "../src/ResponseCache.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as Tracks from "../src/Tracks.ts"
import * as Answers from "./support/Answers.ts"
import { once, over } from "./support/TransportCalls.ts"

// =============================================================================
// Server
// =============================================================================

interface Answer {
  readonly status?: number
  readonly coding?: string
  readonly body: Uint8Array
  readonly headers?: Record<string, string>
}

/** Plays the answers in turn, the last one for ever, and remembers the requests' headers. */
const serverOf = (...answers: ReadonlyArray<Answer>) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly apiUrl: string; readonly seen: Array<IncomingHttpHeaders>; close: () => void }>(
      (resume) => {
        const seen: Array<IncomingHttpHeaders> = []
        const server = createServer((request, response) => {
          const answer = answers[Math.min(seen.length, answers.length - 1)]
          seen.push(request.headers)
          response.writeHead(answer?.status ?? 200, {
            "content-type": "application/json",
            ...(answer?.coding !== undefined && { "content-encoding": answer.coding }),
            ...answer?.headers
          })
          response.end(answer?.body)
        })
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          resume(Effect.succeed({
            apiUrl: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/v1`,
            seen,
            close: () => {
              server.closeAllConnections()
              server.close()
            }
          }))
        })
      }
    ),
    ({ close }) => Effect.sync(close)
  )

const bytesOf = (body: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(body))
const trackBytes = bytesOf(Answers.developmentTrack)
const refusal = (status: number, reason: string) => bytesOf({ error: { status, message: "no", reason } })
const nothing = new Uint8Array()

const codings: Readonly<Record<string, readonly [string, (body: Uint8Array) => Uint8Array]>> = {
  gzip: ["gzip", gzipSync],
  "x-gzip": ["x-gzip", gzipSync],
  deflate: ["deflate", deflateSync],
  br: ["br", brotliCompressSync],
  "gzip, br": ["gzip, br", (body) => brotliCompressSync(gzipSync(body))],
  "gzip in capitals": ["GZIP", gzipSync]
}

// =============================================================================
// Tests
// =============================================================================

const transports = {
  UndiciHttpClient: UndiciHttpClient.layer(),
  undici: NodeHttpClient.layerUndici,
  "node:http": NodeHttpClient.layerNodeHttp,
  fetch: EffectFetchHttpClient.layer,
  FetchHttpClient: FetchHttpClient.layer
}

for (const [name, transport] of Object.entries(transports)) {
  /** What comes of a call, and what the server saw. */
  const asking = Effect.fnUntraced(
    function*<A, E>(
      call: Effect.Effect<A, E, SpotifyClient.SpotifyClient>,
      options: SpotifyClient.Options,
      ...answers: ReadonlyArray<Answer>
    ) {
      const { apiUrl, seen } = yield* serverOf(...answers)
      const result = yield* Effect.result(call).pipe(
        Effect.provideService(RetryPolicy.RetryPolicy, RetryPolicy.once),
        Effect.provide(
          SpotifyClient.layer({ ...options, apiUrl }).pipe(
            Layer.provide([transport, TokenService.layerStatic({ value: Redacted.make("token") })])
          )
        )
      )
      return { result, seen }
    },
    Effect.scoped
  )

  const get = Tracks.get(Answers.trackId)

  const errorOf = <A>(answer: Answer, call: Effect.Effect<A, Effect.Error<typeof get>, SpotifyClient.SpotifyClient>) =>
    Effect.flatMap(
      asking(call, {}, answer),
      ({ result }) =>
        result._tag === "Failure" && result.failure._tag === "SpotifyError"
          ? Effect.succeed(result.failure)
          : assert.fail("no SpotifyError")
    )

  describe(`over ${name}, an answer`, () => {
    for (const [how, [coding, encode]] of Object.entries(codings)) {
      it.live(`in ${how} is read (F89)`, () =>
        Effect.gen(function*() {
          const { result } = yield* asking(get, {}, { coding, body: encode(trackBytes) })
          assert.strictEqual(result._tag === "Success" && result.success.name, Answers.developmentTrack.name)
        }))
    }

    it.live("that the program's client has read before is read", () => {
      const reading = Layer.effect(
        HttpClient.HttpClient,
        Effect.map(HttpClient.HttpClient, HttpClient.tap(({ text }) => text))
      ).pipe(Layer.provide(transport))
      return Effect.gen(function*() {
        // Without a length, bodies are read from the stream.
        const answer = { body: trackBytes, headers: { "transfer-encoding": "chunked" } }
        const { apiUrl } = yield* serverOf(answer)
        const track = yield* once(get).pipe(Effect.provide(over(apiUrl, reading)))
        assert.strictEqual(track.name, Answers.developmentTrack.name)
      }).pipe(Effect.scoped)
    })

    it.live("that calls the bare content deflate is read (F89)", () =>
      Effect.gen(function*() {
        const { result } = yield* asking(get, {}, { coding: "deflate", body: deflateRawSync(trackBytes) })
        assert.strictEqual(result._tag, "Success")
      }))

    it.live("that is an error says in gzip what kind it is (F89)", () =>
      Effect.gen(function*() {
        const error = yield* errorOf(
          { status: 403, coding: "gzip", body: gzipSync(refusal(403, "PREMIUM_REQUIRED")) },
          get
        )
        assert.isTrue(error.reason._tag === "Forbidden" && error.reason.kind === "PremiumRequired")
        const spent = yield* errorOf(
          { status: 429, coding: "br", body: brotliCompressSync(refusal(429, "QUOTA_EXCEEDED")) },
          get
        )
        assert.strictEqual(spent.reason._tag, "QuotaExceeded")
      }))

    it.live("that unpacks to more than may be read is not unpacked to its end (F89)", () =>
      Effect.gen(function*() {
        const bomb = gzipSync(new Uint8Array(50_000_000).fill(0x20))
        const error = yield* errorOf({ coding: "gzip", body: bomb }, get)
        assert.strictEqual(error.reason._tag, "UnexpectedResponse")
        assert.include(error.message, "more than 8388608 bytes")
        const missing = yield* errorOf({ status: 404, coding: "gzip", body: bomb }, get)
        assert.strictEqual(missing.reason._tag, "NotFound")
      }))

    it.live("that is not in its coding is an error, which a failure tells by its status all the same (F89)", () =>
      Effect.gen(function*() {
        const lies: ReadonlyArray<readonly [coding: string, body: Uint8Array]> = [
          ["gzip", Uint8Array.of(1, 2, 3, 255, 254)],
          ["deflate", Uint8Array.of(255, 255, 255)],
          ["br", brotliCompressSync(trackBytes).map((byte, i) => i % 3 === 1 ? byte ^ 0x5a : byte)]
        ]
        for (const [coding, body] of lies) {
          const error = yield* errorOf({ coding, body }, get)
          assert.strictEqual(error.reason._tag, "UnexpectedResponse", coding)
          assert.include(error.message, `"${coding}"`)
          const missing = yield* errorOf({ status: 404, coding, body }, get)
          assert.strictEqual(missing.reason._tag, "NotFound", coding)
        }
      }))

    it.live("in a coding that nobody knows is an error that names it (F89)", () =>
      Effect.gen(function*() {
        const error = yield* errorOf({ coding: "x-snappy", body: gzipSync(trackBytes) }, get)
        assert.strictEqual(error.reason._tag, "UnexpectedResponse")
        assert.include(error.message, "x-snappy")
      }))

    it.live("in a coding with the name of a token is an error that does not repeat it (I11)", () =>
      Effect.gen(function*() {
        const token = "BQDk3".repeat(40)
        for (const coding of [token, `Bearer ${token}`, `gzip, ${token}`]) {
          const { message } = yield* errorOf({ coding, body: Uint8Array.of(0, 255) }, get)
          assert.notMatch(message, /bqdk3/i)
          assert.include(message, "<redacted>")
        }
      }))

    it.live("without a body has none in any coding (F89)", () =>
      Effect.gen(function*() {
        const trouble = yield* errorOf({ status: 503, coding: "gzip", body: nothing }, get)
        assert.strictEqual(trouble.reason._tag, "ServiceUnavailable")
        const { result } = yield* asking(Tracks.save([Answers.trackId]), {}, {
          status: 200,
          coding: "gzip",
          body: nothing
        })
        assert.strictEqual(result._tag, "Success")
      }))

    it.live("that was kept from gzip still holds after a 304 that says so, too (F89)", () =>
      Effect.gen(function*() {
        const headers = { etag: "\"a\"", "cache-control": "private, max-age=0" }
        const { result, seen } = yield* asking(
          Effect.all([get, get, get]),
          { cache: ResponseCache.make({ capacity: 9 }) },
          { coding: "gzip", body: gzipSync(trackBytes), headers },
          { status: 304, coding: "gzip", body: nothing, headers }
        )
        assert.strictEqual(result._tag, "Success")
        assert.deepStrictEqual(seen.map((headers) => headers["if-none-match"]), [undefined, "\"a\"", "\"a\""])
      }))

    it.live("is never a defect, even to a header that no transport takes (F93)", () =>
      Effect.gen(function*() {
        const { apiUrl } = yield* serverOf({ body: trackBytes })
        const odd = Layer.effect(
          HttpClient.HttpClient,
          Effect.map(HttpClient.HttpClient, HttpClient.mapRequest(HttpClientRequest.setHeader("x-odd", "a\nb")))
        ).pipe(Layer.provide(transport))
        const error = yield* Effect.flip(get).pipe(
          Effect.provideService(RetryPolicy.RetryPolicy, RetryPolicy.once),
          Effect.provide(
            SpotifyClient.layer({ apiUrl }).pipe(
              Layer.provide([odd, TokenService.layerStatic({ value: Redacted.make("token") })])
            )
          )
        )
        assert.strictEqual(error.reason._tag, "Transport")
      }).pipe(Effect.scoped))

    it.live("is asked for under a name of ours (F100)", () =>
      Effect.gen(function*() {
        const { seen } = yield* asking(get, {}, { body: trackBytes })
        assert.match(seen[0]?.["user-agent"] ?? "", /^app-api\//)
      }))
  })
}

/** `fetch` as in a page of another origin, which sees the length before decompression and no coding. */
const hidingCodings: typeof fetch = async (input, init) => {
  const response = await fetch(input, init)
  const headers = new Headers(response.headers)
  headers.delete("content-encoding")
  return new Response(response.body, { status: response.status, headers })
}

describe.each([
  { name: "fetch", transport: EffectFetchHttpClient.layer },
  { name: "FetchHttpClient", transport: FetchHttpClient.layer }
])("over $name of a browser, an answer", ({ transport }) => {
  it.live("whose length is that of a coding is not unpacked to its end (F89)", () =>
    Effect.gen(function*() {
      const bomb = gzipSync(new Uint8Array(50_000_000).fill(0x20))
      const { apiUrl } = yield* serverOf({
        coding: "gzip",
        body: bomb,
        headers: { "content-length": String(bomb.byteLength) }
      })
      vi.stubGlobal("navigator", { userAgent: "Mozilla/5.0 (X11; Linux x86_64)" })
      yield* Effect.addFinalizer(() => Effect.sync(() => vi.unstubAllGlobals()))
      const error = yield* Effect.flip(Tracks.get(Answers.trackId)).pipe(
        Effect.provide(
          SpotifyClient.layer({ apiUrl }).pipe(
            Layer.provide([transport, TokenService.layerStatic({ value: Redacted.make("token") })]),
            Layer.provide(Layer.succeed(EffectFetchHttpClient.Fetch, hidingCodings))
          )
        )
      )
      assert.include(error.message, "more than 8388608 bytes")
    }).pipe(Effect.scoped))
})
