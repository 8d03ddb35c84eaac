/** `fetch` called directly: limits of size, interruption, and middleware that is not skipped. */
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as EffectFetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as FetchHttpClient from "../src/FetchHttpClient.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as Tracks from "../src/Tracks.ts"
import * as Answers from "./support/Answers.ts"

interface Asked {
  readonly url: string
  readonly init: RequestInit
}

/** A `fetch` that responds as told, and what it was asked for. */
const scripted = (respond: (asked: Asked) => Response | Promise<Response>) => {
  const asked: Array<Asked> = []
  const fetch: typeof globalThis.fetch = (url, init = {}) => {
    const request = { url: String(url), init }
    asked.push(request)
    return Promise.resolve(respond(request))
  }
  return { asked, fetch }
}

const clientOver = (
  fetch: typeof globalThis.fetch,
  transport: Layer.Layer<HttpClient.HttpClient> = FetchHttpClient.layer
) =>
  SpotifyClient.layer({ maxBodySize: 10_000 }).pipe(
    Layer.provide([transport, TokenService.layerStatic({ value: Redacted.make("token") })]),
    Layer.provide(Layer.succeed(EffectFetchHttpClient.Fetch, fetch))
  )

const get = Effect.provideService(Tracks.get(Answers.trackId), RetryPolicy.RetryPolicy, RetryPolicy.once)

/** A body of 1,000 bytes a chunk that only ends after 1,000 of them, and how many were taken. */
const flood = () => {
  const taken = { chunks: 0 }
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      taken.chunks += 1
      controller.enqueue(new Uint8Array(1000).fill(0x20))
      if (taken.chunks === 1000) controller.close()
    }
  })
  return { taken, body }
}

const lengths: Readonly<Record<string, Record<string, string>>> = {
  "has no content-length": {},
  "has a content-length that is too small": { "content-length": "10" },
  "has a content-length that is no number": { "content-length": "ten" },
  "names the length of what was compressed": { "content-length": "10", "content-encoding": "gzip" }
}

describe("FetchHttpClient", () => {
  it.effect("hands a request to fetch, with the token, and without following redirects", () => {
    const { asked, fetch } = scripted(() => Response.json(Answers.developmentTrack))
    return Effect.gen(function*() {
      const track = yield* get
      assert.strictEqual(track.name, Answers.developmentTrack.name)
      assert.lengthOf(asked, 1)
      assert.strictEqual(asked[0]?.url, `https://api.spotify.com/v1/tracks/${Answers.trackId}`)
      assert.strictEqual(asked[0]?.init.redirect, "manual")
      assert.strictEqual(new Headers(asked[0]?.init.headers).get("authorization"), "Bearer token")
    }).pipe(Effect.provide(clientOver(fetch)))
  })

  for (const [name, headers] of Object.entries(lengths)) {
    it.effect(`reads no more of a body than the limit when it ${name}`, () => {
      const { body, taken } = flood()
      const { asked, fetch } = scripted(() => new Response(body, { headers }))
      return Effect.gen(function*() {
        const error = yield* Effect.flip(get)
        assert.strictEqual(error.reason._tag, "UnexpectedResponse")
        assert.include(error.message, "more than 10000 bytes")
        assert.isBelow(taken.chunks, 20)
        assert.isTrue(asked[0]?.init.signal?.aborted)
      }).pipe(Effect.provide(clientOver(fetch)))
    })
  }

  it.effect("tells a failure by its status however long its body is", () => {
    const { body } = flood()
    const { fetch } = scripted(() => new Response(body, { status: 404 }))
    return Effect.gen(function*() {
      const error = yield* Effect.flip(get)
      assert.strictEqual(error.reason._tag, "NotFound")
    }).pipe(Effect.provide(clientOver(fetch)))
  })

  it.effect("aborts a request, or the reading of its body, when the call is interrupted", () => {
    const waiting: ReadonlyArray<() => Response | Promise<Response>> = [
      () => new Promise<Response>(() => {}),
      () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))
    ]
    return Effect.forEach(waiting, (respond) => {
      const { asked, fetch } = scripted(respond)
      return Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(get, { startImmediately: true })
        yield* Effect.yieldNow
        assert.lengthOf(asked, 1)
        yield* Fiber.interrupt(fiber)
        assert.isTrue(asked[0]?.init.signal?.aborted)
      }).pipe(Effect.provide(clientOver(fetch)))
    })
  })

  it.effect("reports what fetch rejects with as a transport error that quotes nothing", () => {
    const { fetch } = scripted(() => Promise.reject(new TypeError("fetch failed for Bearer token")))
    return Effect.gen(function*() {
      const error = yield* Effect.flip(get)
      assert.strictEqual(error.reason._tag, "Transport")
      assert.notInclude(error.message, "Bearer")
    }).pipe(Effect.provide(clientOver(fetch)))
  })

  it.effect("does not skip what a program has put around the client", () => {
    const { asked, fetch } = scripted(() => Response.json(Answers.developmentTrack))
    const wrapped = Layer.effect(
      HttpClient.HttpClient,
      Effect.map(HttpClient.HttpClient, HttpClient.mapRequest(HttpClientRequest.setHeader("x-of-the-program", "1")))
    ).pipe(Layer.provide(FetchHttpClient.layer))
    return Effect.gen(function*() {
      yield* get
      assert.strictEqual(new Headers(asked[0]?.init.headers).get("x-of-the-program"), "1")
    }).pipe(Effect.provide(clientOver(fetch, wrapped)))
  })

  it.effect("is Effect's own client for the rest of a program", () => {
    const { fetch } = scripted(() => Response.json({ it: "works" }))
    return Effect.gen(function*() {
      const response = yield* HttpClient.get("https://example.com/")
      assert.deepStrictEqual(yield* response.json, { it: "works" })
    }).pipe(
      Effect.provide(FetchHttpClient.layer),
      Effect.provideService(EffectFetchHttpClient.Fetch, fetch)
    )
  })
})
