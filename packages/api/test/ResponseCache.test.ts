import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as WallClock from "../../auth/test/support/WallClock.ts"
import { SpotifyMiddleware } from "../src/contract/SpotifyMiddleware.ts"
import { TracksApi } from "../src/contract/TracksApi.ts"
import { TrackId } from "../src/Ids.ts"
import type { Market } from "../src/model/Market.ts"
import * as Profile from "../src/Profile.ts"
import * as ResponseCache from "../src/ResponseCache.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as Answers from "./support/Answers.ts"
import * as PlayerApi from "./support/PlayerApi.ts"
import * as ScriptedTransport from "./support/ScriptedTransport.ts"
import { answer } from "./support/ScriptedTransport.ts"

const trackOf = (id: string, market?: Market) =>
  SpotifyClient.call(
    TracksApi,
    (tracks) => tracks.get({ params: { id: TrackId.make(id) }, query: market === undefined ? {} : { market } })
  )

const track = trackOf(Answers.trackId)

const named = (name: string, headers: Record<string, string>) =>
  answer(200, { ...Answers.developmentTrack, name }, headers)

const nameOf = Effect.map(track, ({ name }) => name)

const inFrontOf = (...outcomes: ReadonlyArray<ScriptedTransport.Outcome>) =>
  ScriptedTransport.layerOf({ cache: ResponseCache.make({ capacity: 3 }) }, ...outcomes)

const sent = Effect.map(ScriptedTransport.ScriptedTransport, (wire) => wire.sent)
const headersSent = (name: string) => Effect.map(sent, (sent) => sent.map(({ request }) => request.headers[name]))

describe("a fresh answer", () => {
  it.effect("is given again without a request, until its time is up", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* nameOf, "first")
      yield* TestClock.adjust("119 seconds")
      assert.strictEqual(yield* nameOf, "first")
      assert.strictEqual((yield* sent).length, 1)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* nameOf, "second")
    }).pipe(Effect.provide(inFrontOf(
      named("first", { "cache-control": "private, max-age=120" }),
      named("second", { "cache-control": "private, max-age=120" })
    ))))

  it.effect("had an age when it came", () =>
    Effect.gen(function*() {
      yield* nameOf
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual(yield* nameOf, "second")
    }).pipe(Effect.provide(inFrontOf(
      named("first", { "cache-control": "max-age=120", age: "100" }),
      named("second", {})
    ))))

  it.effect("costs nothing while the app's gate is closed", () =>
    Effect.gen(function*() {
      yield* nameOf
      yield* Effect.flip(trackOf("0".repeat(22)))
      assert.strictEqual(yield* nameOf, "first")
    }).pipe(Effect.provide(inFrontOf(
      named("first", { "cache-control": "max-age=120" }),
      answer(429, "", { "retry-after": "100" })
    ))))

  it.effect("is for its own URL", () =>
    Effect.gen(function*() {
      yield* track
      yield* trackOf(Answers.trackId, "DE")
      yield* trackOf(Answers.trackId, "SE")
      yield* trackOf(Answers.trackId, "DE")
      assert.strictEqual((yield* sent).length, 3)
    }).pipe(Effect.provide(inFrontOf(named("x", { "cache-control": "max-age=120" })))))

  it.effect("is read anew each time: what cannot be read is an error again", () =>
    Effect.gen(function*() {
      for (let asked = 0; asked < 2; asked++) {
        const error = yield* Effect.flip(track)
        assert.isTrue(error._tag === "SpotifyError" && error.reason._tag === "UnexpectedResponse")
        assert.include(error._tag === "SpotifyError" ? error.response?.body : "", "nonsense")
      }
      assert.strictEqual((yield* sent).length, 1)
    }).pipe(Effect.provide(inFrontOf(answer(200, { nonsense: true }, { "cache-control": "max-age=120" })))))
})

describe("an answer without content", () => {
  const PlaybackApi = HttpApiGroup.make("playback").add(
    HttpApiEndpoint.get("state", "/me/player", { success: HttpApiSchema.Empty(204) })
  ).middleware(SpotifyMiddleware)

  const state = SpotifyClient.call(PlaybackApi, (playback) => playback.state())

  it.effect("is given again, while it is fresh and once it is confirmed", () =>
    Effect.gen(function*() {
      for (let asked = 0; asked < 2; asked++) assert.isUndefined(yield* state)
      yield* TestClock.adjust("2 minutes")
      assert.isUndefined(yield* state)
      assert.strictEqual((yield* sent).length, 2)
    }).pipe(Effect.provide(inFrontOf(
      answer(204, "", { "cache-control": "max-age=120", etag: "\"a\"" }),
      answer(304, "")
    ))))
})

describe("an answer that is not kept", () => {
  for (
    const headers of [
      {},
      { "cache-control": "private, max-age=0" },
      { "cache-control": "no-store, max-age=120" },
      { "cache-control": "max-age=nonsense" },
      { "cache-control": "max-age=120", vary: "*" },
      { expires: "0" }
    ]
  ) {
    it.effect(`for ${JSON.stringify(headers)}`, () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(Date.UTC(2026, 10, 24))
        assert.deepStrictEqual([yield* nameOf, yield* nameOf], ["first", "second"])
        assert.deepStrictEqual(yield* headersSent("if-none-match"), [undefined, undefined])
      }).pipe(Effect.provide(inFrontOf(named("first", headers), named("second", headers)))))
  }

  it.effect("by a client that was not asked to", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual([yield* nameOf, yield* nameOf], ["first", "second"])
    }).pipe(Effect.provide(ScriptedTransport.layer(
      named("first", { "cache-control": "max-age=120" }),
      named("second", {})
    ))))

  it.effect("for a failure", () =>
    Effect.gen(function*() {
      yield* Effect.flip(track)
      assert.strictEqual(yield* nameOf, "second")
    }).pipe(Effect.provide(inFrontOf(answer(404, "", { "cache-control": "max-age=120" }), named("second", {})))))

  it.effect("beyond the capacity: the one not wanted for longest goes", () =>
    Effect.gen(function*() {
      const [a, b, c, d] = ["a", "b", "c", "d"].map((letter) => trackOf(letter.repeat(22)))
      for (const call of [a, b, c, a, d, a, c, b]) yield* call ?? Effect.void
      const asked = (yield* sent).map(({ url }) => url.at(-1))
      assert.deepStrictEqual(asked, ["a", "b", "c", "d", "b"])
    }).pipe(Effect.provide(inFrontOf(named("x", { "cache-control": "max-age=120" })))))
})

describe("the bytes that are kept", () => {
  const kept = (maxBytes: number, ...outcomes: ReadonlyArray<ScriptedTransport.Outcome>) =>
    ScriptedTransport.layerOf({ cache: ResponseCache.make({ capacity: 1_000, maxBytes }) }, ...outcomes)
  const padded = (bytes: number) =>
    answer(200, { ...Answers.developmentTrack, padding: "x".repeat(bytes) }, { "cache-control": "max-age=120" })
  const [a, b, c] = ["a", "b", "c"].map((letter) => trackOf(letter.repeat(22)))

  it.effect("are no more than allowed, however few answers they are: the one not wanted for longest goes (F133)", () =>
    Effect.gen(function*() {
      for (const call of [a, b, a, c, a, c, b]) yield* call ?? Effect.void
      assert.deepStrictEqual((yield* sent).map(({ url }) => url.at(-1)), ["a", "b", "c", "b"])
    }).pipe(Effect.provide(kept(250_000, padded(100_000)))))

  it.effect("are not given up for one answer that is larger than all of them (F133)", () =>
    Effect.gen(function*() {
      for (const call of [a, b, a, b]) yield* call ?? Effect.void
      assert.deepStrictEqual((yield* sent).map(({ url }) => url.at(-1)), ["a", "b", "b"])
    }).pipe(Effect.provide(kept(50_000, padded(10_000), padded(60_000)))))

  it.effect("are counted anew with each answer that replaces one (F133)", () =>
    Effect.gen(function*() {
      for (let asked = 0; asked < 9; asked++) {
        yield* a ?? Effect.void
        yield* TestClock.adjust("121 seconds")
      }
      yield* b ?? Effect.void
      yield* a ?? Effect.void
      yield* b ?? Effect.void
      yield* a ?? Effect.void
      assert.lengthOf(yield* sent, 11)
    }).pipe(Effect.provide(kept(250_000, padded(100_000)))))
})

describe("a stale answer", () => {
  it.effect("with an ETag is asked about, and still holds after a 304", () =>
    Effect.gen(function*() {
      for (let asked = 0; asked < 3; asked++) assert.strictEqual(yield* nameOf, "first")
      assert.deepStrictEqual(yield* headersSent("if-none-match"), [undefined, "\"abc\"", "\"abc\""])
    }).pipe(Effect.provide(inFrontOf(
      named("first", { "cache-control": "private, max-age=0", etag: "\"abc\"" }),
      answer(304, "")
    ))))

  it.effect("is as fresh as the 304 says", () =>
    Effect.gen(function*() {
      yield* nameOf
      yield* nameOf
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(yield* nameOf, "first")
      assert.strictEqual((yield* sent).length, 2)
    }).pipe(Effect.provide(inFrontOf(
      named("first", { "cache-control": "private, max-age=0", etag: "\"abc\"" }),
      answer(304, "", { "cache-control": "private, max-age=60", etag: "\"abc\"" })
    ))))

  it.effect("that no longer holds is replaced", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual([yield* nameOf, yield* nameOf, yield* nameOf], ["first", "second", "second"])
      assert.deepStrictEqual(yield* headersSent("if-none-match"), [undefined, "\"a\"", "\"b\""])
    }).pipe(Effect.provide(inFrontOf(
      named("first", { etag: "\"a\"" }),
      named("second", { etag: "\"b\"" }),
      answer(304, "")
    ))))

  it.effect("is asked about again after trouble, and refused calls do not harm it", () =>
    Effect.gen(function*() {
      yield* nameOf
      const fiber = yield* Effect.forkChild(nameOf, { startImmediately: true })
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), "first")
      assert.deepStrictEqual(yield* headersSent("if-none-match"), [undefined, "\"a\"", "\"a\"", "\"a\""])
    }).pipe(Effect.provide(inFrontOf(
      named("first", { etag: "\"a\"" }),
      answer(503),
      answer(429, "", { "retry-after": "2" }),
      answer(304, "")
    ))))

  it.effect("is one where the wall clock was set forward", () =>
    Effect.gen(function*() {
      const { shift } = yield* WallClock.WallClock
      yield* nameOf
      yield* shift(130_000)
      assert.strictEqual(yield* nameOf, "second")
    }).pipe(Effect.provide(Layer.provideMerge(
      inFrontOf(named("first", { "cache-control": "max-age=120" }), named("second", {})),
      WallClock.layer
    ))))
})

describe("answers belong to one person", () => {
  it.effect("another token gets nothing that was kept, and nothing is asked about for it", () =>
    Effect.gen(function*() {
      const tokens = yield* ScriptedTransport.Tokens
      assert.strictEqual(yield* nameOf, "first")
      tokens.generation += 1
      assert.strictEqual(yield* nameOf, "second")
      assert.deepStrictEqual(yield* headersSent("if-none-match"), [undefined, undefined])
    }).pipe(Effect.provide(inFrontOf(
      named("first", { "cache-control": "max-age=120", etag: "\"a\"" }),
      named("second", { "cache-control": "max-age=120", etag: "\"a\"" })
    ))))

  it.effect("an answer that comes when another token is in use is not kept for that one", () =>
    Effect.gen(function*() {
      const tokens = yield* ScriptedTransport.Tokens
      const early = yield* Effect.forkChild(nameOf, { startImmediately: true })
      tokens.generation += 1
      yield* trackOf("0".repeat(22))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(early), "first")
      assert.strictEqual(yield* nameOf, "third")
    }).pipe(Effect.provide(inFrontOf(
      { ...named("first", { "cache-control": "max-age=120" }), after: 1_000 },
      named("second", { "cache-control": "max-age=120" }),
      named("third", {})
    ))))

  it.effect("a refused token's answer is asked for again with the next", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual([yield* nameOf, yield* nameOf, yield* nameOf], ["second", "third", "third"])
    }).pipe(Effect.provide(inFrontOf(
      answer(401),
      named("second", {}),
      named("third", { "cache-control": "max-age=120" })
    ))))

  it.effect("two clients share nothing", () =>
    Effect.gen(function*() {
      const options = { cache: ResponseCache.make({ capacity: 3 }) }
      const outcomes = [named("first", { "cache-control": "max-age=120" }), named("second", {})]
      const wire = yield* Effect.gen(function*() {
        assert.strictEqual(yield* nameOf, "first")
        return yield* ScriptedTransport.ScriptedTransport
      }).pipe(Effect.provide(ScriptedTransport.layerOf(options, ...outcomes)))
      yield* Effect.gen(function*() {
        assert.strictEqual(yield* nameOf, "first")
        assert.notStrictEqual(yield* ScriptedTransport.ScriptedTransport, wire)
      }).pipe(Effect.provide(Layer.fresh(ScriptedTransport.layerOf(options, ...outcomes))))
    }))
})

describe("a change", () => {
  it.effect("makes everything be asked about again, whatever came of it", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* nameOf, "first")
      yield* Effect.exit(PlayerApi.next)
      assert.strictEqual(yield* nameOf, "first")
      assert.strictEqual(yield* nameOf, "first")
      assert.deepStrictEqual(yield* headersSent("if-none-match"), [undefined, undefined, "\"a\""])
    }).pipe(Effect.provide(inFrontOf(
      named("first", { "cache-control": "max-age=120", etag: "\"a\"" }),
      answer(500),
      answer(304, "", { "cache-control": "max-age=120", etag: "\"a\"" })
    ))))

  it.effect("a profile is kept as a track is", () =>
    Effect.gen(function*() {
      yield* Profile.me
      yield* Profile.me
      assert.strictEqual((yield* sent).length, 1)
    }).pipe(Effect.provide(inFrontOf(answer(200, Answers.developmentUser, { "cache-control": "max-age=60" })))))
})
