/** What the operations on tracks send, and what they make of responses. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/testing/TestClock"
import * as Ids from "../src/Ids.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as Tracks from "../src/Tracks.ts"
import * as Answers from "./support/Answers.ts"
import { forbidden, idAt, idsUpTo, reasonOf, sent, trackAt } from "./support/Requests.ts"
import * as ScriptedTransport from "./support/ScriptedTransport.ts"
import { answer } from "./support/ScriptedTransport.ts"

describe("Tracks.get", () => {
  it.effect("those who ask for the same at the same time make one request", () =>
    Effect.gen(function*() {
      const all = yield* Effect.replicateEffect(Tracks.get(Answers.trackId), 100, { concurrency: "unbounded" })
      assert.strictEqual(all.length, 100)
      assert.lengthOf(yield* sent, 1)
      yield* Tracks.get(Answers.trackId)
      assert.lengthOf(yield* sent, 2)
    }).pipe(Effect.provide(ScriptedTransport.layer(answer(200, Answers.developmentTrack)))))

  it.effect("another market is another question", () =>
    Effect.gen(function*() {
      yield* Effect.all([Tracks.get(Answers.trackId), Tracks.get(Answers.trackId, { market: "SE" })], {
        concurrency: "unbounded"
      })
      assert.sameMembers(yield* sent, [
        `GET /tracks/${Answers.trackId}`,
        `GET /tracks/${Answers.trackId}?market=SE`
      ])
    }).pipe(Effect.provide(ScriptedTransport.layer(answer(200, Answers.developmentTrack)))))

  it.effect("a shared request goes on while anyone waits for it, and ends with the last", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      const first = yield* Effect.forkChild(Tracks.get(Answers.trackId), { startImmediately: true })
      const second = yield* Effect.forkChild(Tracks.get(Answers.trackId), { startImmediately: true })
      yield* Fiber.interrupt(first)
      // Had it been interrupted with the first, this would be a second request.
      const third = yield* Effect.forkChild(Tracks.get(Answers.trackId), { startImmediately: true })
      assert.lengthOf(wire.sent, 1)
      yield* Fiber.interrupt(second)
      yield* Fiber.interrupt(third)
      wire.outcomes = [answer(200, Answers.developmentTrack)]
      yield* Tracks.get(Answers.trackId)
      assert.lengthOf(wire.sent, 2)
    }).pipe(Effect.provide(ScriptedTransport.layer({ _tag: "Hang" }))))

  it.effect("a call with a policy of its own shares nobody else's", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      const patient = yield* Effect.forkChild(Tracks.get(Answers.trackId), { startImmediately: true })
      const quick = yield* Tracks.get(Answers.trackId).pipe(
        Effect.provideService(RetryPolicy.RetryPolicy, { ...RetryPolicy.once, attemptTimeout: "1 second" }),
        Effect.flip,
        Effect.forkChild({ startImmediately: true })
      )
      assert.lengthOf(wire.sent, 2)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(reasonOf(yield* Fiber.join(quick)), "Timeout")
      yield* Fiber.interrupt(patient)
    }).pipe(Effect.provide(ScriptedTransport.layer({ _tag: "Hang" }))))

  it.effect("in Extended Quota Mode, different tracks at the same time make one request", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      wire.outcomes = [answer(200, { tracks: [trackAt(0), null, trackAt(2)] })]
      const [first, unknown, third] = yield* Effect.all(
        [Tracks.get(idAt(0)), Effect.flip(Tracks.get(idAt(1))), Tracks.get(idAt(2))],
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual([first.id, third.id], [idAt(0), idAt(2)])
      assert.strictEqual(reasonOf(unknown), "NotFound")
      assert.deepStrictEqual(yield* sent, [`GET /tracks?ids=${idsUpTo(3).join(",")}`])
    }).pipe(Effect.provide(ScriptedTransport.layerOf({ quotaMode: "extended" }))))

  it.effect("an app that is not served batches gets its tracks one by one", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      wire.outcomes = [forbidden, answer(200, Answers.developmentTrack)]
      const tracks = yield* Effect.all([Tracks.get(idAt(0)), Tracks.get(idAt(1))], { concurrency: "unbounded" })
      assert.lengthOf(tracks, 2)
      assert.lengthOf(yield* sent, 3)
    }).pipe(Effect.provide(ScriptedTransport.layerOf({ quotaMode: "extended" }))))
})

describe("Tracks.getMany", () => {
  it.effect("asks for 50 at a time, each id once, and answers in order with explicit absence", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      wire.outcomes = [
        answer(200, { tracks: idsUpTo(50).map((_, i) => i === 7 ? null : trackAt(i)) }),
        answer(200, { tracks: [trackAt(50)] })
      ]
      const asked = [...idsUpTo(51), idAt(0), `spotify:track:${idAt(7)}`]
      const tracks = yield* Tracks.getMany(asked, { concurrency: 1 })
      assert.deepStrictEqual(
        tracks.map((track) => Option.getOrUndefined(track)?.id),
        [
          ...idsUpTo(51).map((id, i) => i === 7 ? undefined : Ids.TrackId.make(id)),
          Ids.TrackId.make(idAt(0)),
          undefined
        ]
      )
      assert.deepStrictEqual(yield* sent, [
        `GET /tracks?ids=${idsUpTo(50).join(",")}`,
        `GET /tracks?ids=${idAt(50)}`
      ])
    }).pipe(Effect.provide(ScriptedTransport.layerOf({ quotaMode: "extended" }))))

  it.effect("asks one by one in Development Mode, and sends no batch in vain", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      wire.outcomes = [answer(200, trackAt(0)), answer(404), answer(200, trackAt(2))]
      const tracks = yield* Tracks.getMany(idsUpTo(3), { concurrency: 1 })
      assert.deepStrictEqual(tracks.map(Option.isSome), [true, false, true])
      assert.deepStrictEqual(yield* sent, idsUpTo(3).map((id) => `GET /tracks/${id}`))
    }).pipe(Effect.provide(ScriptedTransport.layerOf({ quotaMode: "development" }))))

  it.effect("finds out the mode with one batch where nobody said it, and remembers", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      wire.outcomes = [forbidden, answer(200, Answers.developmentTrack)]
      yield* Tracks.getMany(idsUpTo(2))
      yield* Tracks.getMany(idsUpTo(2))
      assert.deepStrictEqual(
        (yield* sent).map((request) => request.startsWith("GET /tracks?")),
        [true, false, false, false, false]
      )
    }).pipe(Effect.provide(ScriptedTransport.layer())))

  const isBatch = (request: string): boolean => request.startsWith("GET /tracks?")
  const both = answer(200, { tracks: [trackAt(0), trackAt(1)] })

  for (
    const [name, refusal] of [
      ["a page", answer(403, "<html><title>Blocked</title></html>", { "content-type": "text/html" })],
      ["a text", answer(403, "Access denied")],
      ["nothing", answer(403, "")],
      ["JSON of a gateway", answer(403, { message: "Forbidden" })],
      ["a page, as a 401", answer(401, "<html></html>")],
      ["a page, as a 404", answer(404, "<html></html>")]
    ] as const
  ) {
    it.effect(`learns nothing of the mode from a refusal that is ${name} (F127)`, () =>
      Effect.gen(function*() {
        const wire = yield* ScriptedTransport.ScriptedTransport
        wire.outcomes = [refusal, ...(refusal.status === 403 ? [0, 1].map((n) => answer(200, trackAt(n))) : []), both]
        const exit = yield* Effect.exit(Tracks.getMany(idsUpTo(2)))
        // A refused batch is asked for one by one: what is in between may let that pass.
        assert.strictEqual(exit._tag, refusal.status === 403 ? "Success" : "Failure")
        const { length } = yield* sent
        yield* Tracks.getMany(idsUpTo(2))
        assert.deepStrictEqual((yield* sent).slice(length).map(isBatch), [true])
      }).pipe(Effect.provide(ScriptedTransport.layer())))
  }

  it.effect("learns nothing of the mode from a page that comes as a success (F127)", () =>
    Effect.gen(function*() {
      const { quotaMode } = yield* SpotifyClient.SpotifyClient
      yield* Effect.flip(Tracks.getMany(idsUpTo(2)))
      assert.isUndefined(yield* quotaMode)
      yield* Tracks.getMany(idsUpTo(2))
      assert.strictEqual(yield* quotaMode, "extended")
    }).pipe(
      Effect.provide(ScriptedTransport.layer(answer(200, "<html></html>", { "content-type": "text/html" }), both))
    ))

  it.effect("asks about the mode again after an hour (F127)", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      wire.outcomes = [forbidden, answer(200, trackAt(0)), answer(200, trackAt(1)), answer(200, trackAt(0))]
      yield* Tracks.getMany(idsUpTo(2), { concurrency: 1 })
      yield* TestClock.adjust("59 minutes")
      yield* Tracks.getMany(idsUpTo(2), { concurrency: 1 })
      yield* TestClock.adjust("1 minute")
      wire.outcomes = [both]
      yield* Tracks.getMany(idsUpTo(2))
      assert.deepStrictEqual((yield* sent).map(isBatch), [true, false, false, false, false, true])
    }).pipe(Effect.provide(ScriptedTransport.layer())))

  it.effect("no more than so many at a time", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      yield* Effect.forkChild(Tracks.getMany(idsUpTo(20), { concurrency: 3 }), { startImmediately: true })
      assert.lengthOf(wire.sent, 3)
    }).pipe(Effect.provide(ScriptedTransport.layerOf({ quotaMode: "development" }, { _tag: "Hang" }))))

  it.effect("nothing is sent for no ids, or for one that is none", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Tracks.getMany([]), [])
      assert.strictEqual(reasonOf(yield* Effect.flip(Tracks.getMany([idAt(0), "?"]))), "InvalidArgument")
      assert.lengthOf(yield* sent, 0)
    }).pipe(Effect.provide(ScriptedTransport.layer())))

  it.effect("an answer of another length is not matched up by guesswork", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Tracks.getMany(idsUpTo(2)))
      assert.strictEqual(reasonOf(error), "UnexpectedResponse")
    }).pipe(Effect.provide(ScriptedTransport.layer(answer(200, { tracks: [trackAt(0)] })))))
})
