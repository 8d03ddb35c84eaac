import * as AuthError from "@app/auth/AuthError"
import { TokenService } from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as Tracks from "../src/Tracks.ts"
import * as Answers from "./support/Answers.ts"
import * as PlayerApi from "./support/PlayerApi.ts"
import * as ScriptedTransport from "./support/ScriptedTransport.ts"
import { answer } from "./support/ScriptedTransport.ts"

const ok = answer(200, Answers.developmentTrack)
const get = Tracks.get(Answers.trackId)

/** Runs a call to its end, however long it takes, and tells what came of it, how long it took and what was sent. */
const observe = Effect.fnUntraced(function*<A, E, R>(call: Effect.Effect<A, E, R>) {
  const wire = yield* ScriptedTransport.ScriptedTransport
  const startedAt = yield* Clock.currentTimeMillis
  const fiber = yield* Effect.forkChild(
    Effect.flatMap(
      Effect.result(call),
      (result) => Effect.map(Clock.currentTimeMillis, (endedAt) => ({ result, took: endedAt - startedAt }))
    ),
    { startImmediately: true }
  )
  yield* TestClock.adjust("1 hour")
  const { result, took } = yield* Fiber.join(fiber)
  return { result, took, sent: wire.sent, times: wire.sent.map(({ at }) => at - startedAt) }
})

const tagOf = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "reason" in error && typeof error.reason === "object"
    && error.reason !== null && "_tag" in error.reason && typeof error.reason._tag === "string"
    ? error.reason._tag
    : undefined

const run = (...outcomes: ReadonlyArray<ScriptedTransport.Outcome>) =>
  observe(get).pipe(Effect.provide(ScriptedTransport.layer(...outcomes)))

const runPost = (...outcomes: ReadonlyArray<ScriptedTransport.Outcome>) =>
  observe(PlayerApi.next).pipe(Effect.provide(ScriptedTransport.layer(...outcomes)))

describe("which calls repeat", () => {
  const passing = {
    500: answer(500),
    503: answer(503, "<html>"),
    Reset: { _tag: "Reset" },
    Hang: { _tag: "Hang" },
    Drip: { _tag: "Drip" }
  } as const
  for (const [name, outcome] of Object.entries(passing)) {
    it.effect(`GET: ${name} is repeated`, () =>
      Effect.gen(function*() {
        const { result, sent } = yield* run(outcome, ok)
        assert.strictEqual(result._tag, "Success")
        assert.strictEqual(sent.length, 2)
      }))

    it.effect(`I17: POST: ${name} may have arrived and is not repeated`, () =>
      Effect.gen(function*() {
        const { result, sent } = yield* runPost(outcome, answer(204))
        assert.strictEqual(result._tag, "Failure")
        assert.strictEqual(sent.length, 1)
      }))
  }

  for (
    const [name, outcome] of [
      ["429", answer(429, "Too many requests", { "retry-after": "2" })],
      ["401", answer(401)],
      ["a refused connection", { _tag: "Refused" }]
    ] as const
  ) {
    it.effect(`POST: ${name} was surely not executed and is repeated`, () =>
      Effect.gen(function*() {
        const { result, sent } = yield* runPost(outcome, answer(204))
        assert.strictEqual(result._tag, "Success")
        assert.strictEqual(sent.length, 2)
      }))
  }

  for (
    const [outcome, reason] of [
      [answer(400, { error: { status: 400, message: "Invalid base62 id" } }), "BadRequest"],
      [answer(403, { error: { status: 403 } }), "Forbidden"],
      [answer(404, ""), "NotFound"],
      [answer(410), "BadRequest"],
      [answer(302, "", { location: "https://elsewhere.example/" }), "UnexpectedResponse"],
      [answer(200, { type: "track" }), "UnexpectedResponse"],
      [answer(200, "{"), "UnexpectedResponse"],
      [answer(200, ""), "UnexpectedResponse"],
      [answer(204), "UnexpectedResponse"],
      [
        answer(429, { error: { status: 429, message: "x", reason: "QUOTA_EXCEEDED" } }, { "retry-after": "1" }),
        "QuotaExceeded"
      ]
    ] as const
  ) {
    it.effect(`GET: ${reason} (${outcome._tag === "Answer" ? outcome.status : ""}) is not repeated`, () =>
      Effect.gen(function*() {
        const { result, sent, took } = yield* run(outcome, ok)
        assert.strictEqual(tagOf(result._tag === "Failure" && result.failure), reason)
        assert.strictEqual(sent.length, 1)
        assert.strictEqual(took, 0)
      }))
  }

  for (const status of [408, 421, 425]) {
    it.effect(`GET: ${status} is repeated (F102)`, () =>
      Effect.gen(function*() {
        const { result, sent } = yield* run(answer(status, ""), ok)
        assert.strictEqual(result._tag, "Success")
        assert.strictEqual(sent.length, 2)
      }))

    it.effect(`GET: ${status} waits as long as it asks for (F102)`, () =>
      Effect.gen(function*() {
        const { times } = yield* run(answer(status, "", { "retry-after": "7" }), ok)
        assert.deepStrictEqual(times, [0, 7_000])
      }))

    it.effect(
      status === 408
        ? "I17: POST: 408 may have arrived in part and is not repeated (F102)"
        : `POST: ${status} was surely not executed and is repeated (F102)`,
      () =>
        Effect.gen(function*() {
          const { result, sent } = yield* runPost(answer(status, ""), answer(204))
          assert.strictEqual(result._tag, status === 408 ? "Failure" : "Success")
          assert.strictEqual(sent.length, status === 408 ? 1 : 2)
        })
    )
  }

  it.effect("few tries: five at most, and the last failure is the answer", () =>
    Effect.gen(function*() {
      const { result, sent, took } = yield* run(answer(502))
      assert.strictEqual(tagOf(result._tag === "Failure" && result.failure), "ServiceUnavailable")
      assert.strictEqual(sent.length, 5)
      assert.isAtMost(took, 7_500)
    }))

  it.effect("pauses have full jitter: no two calls in step", () =>
    Effect.gen(function*() {
      const pauses = yield* Effect.forEach(Array.from({ length: 20 }), () =>
        Effect.map(run(answer(503), ok), ({ took }) => took))
      assert.isAbove(new Set(pauses).size, 15)
      assert.isTrue(pauses.every((pause) =>
        pause <= 500
      ))
    }))

  it.effect("a policy can be replaced for one call", () =>
    Effect.gen(function*() {
      const once = yield* observe(Effect.provideService(get, RetryPolicy.RetryPolicy, RetryPolicy.once)).pipe(
        Effect.provide(ScriptedTransport.layer(answer(503), ok))
      )
      assert.strictEqual(once.sent.length, 1)
    }))

  it.effect("a policy of one call is no other's", () =>
    Effect.gen(function*() {
      yield* observe(Effect.provideService(get, RetryPolicy.RetryPolicy, RetryPolicy.once))
      const { sent } = yield* observe(get)
      assert.strictEqual(sent.length, 1 + 5)
    }).pipe(Effect.provide(ScriptedTransport.layer(answer(503)))))
})

describe("401", () => {
  it.effect("I10: a call is replayed once, with the next token, and never again", () =>
    Effect.gen(function*() {
      const { result, sent } = yield* run(answer(401), answer(503), answer(401), ok)
      assert.strictEqual(tagOf(result._tag === "Failure" && result.failure), "Unauthorized")
      assert.deepStrictEqual(sent.map(({ request }) => request.headers["authorization"]), [
        "Bearer secret-token-1",
        "Bearer secret-token-2",
        "Bearer secret-token-2"
      ])
    }))

  it.effect("I10: no replay where the token service sees no sense in one", () =>
    Effect.gen(function*() {
      const tokens = yield* ScriptedTransport.Tokens
      tokens.replace = false
      const { result, sent } = yield* observe(get)
      assert.strictEqual(tagOf(result._tag === "Failure" && result.failure), "Unauthorized")
      assert.strictEqual(sent.length, 1)
      assert.deepStrictEqual(tokens.invalidated, ["secret-token-1"])
    }).pipe(Effect.provide(ScriptedTransport.layer(answer(401), ok))))

  it.effect("what cannot be had from the token service stays its own error", () =>
    Effect.gen(function*() {
      const reason = new AuthError.ReauthorizationRequired({ kind: "Expired" })
      const signedOut = Layer.mock(TokenService)({
        clientId: "client",
        get: Effect.fail(new AuthError.AuthError({ reason }))
      })
      const { result, sent } = yield* observe(PlayerApi.next).pipe(
        Effect.provide(ScriptedTransport.layerWith(signedOut, ok))
      )
      assert.strictEqual(result._tag === "Failure" && result.failure._tag, "AuthError")
      assert.strictEqual(sent.length, 0)
    }))
})

describe("Retry-After", () => {
  for (
    const [value, expected] of [
      ["7", 7_000],
      ["30", undefined],
      ["29", 29_000],
      ["31", undefined],
      ["80000", undefined],
      ["99999999999999999999", undefined]
    ] as const
  ) {
    it.effect(
      expected === undefined
        ? `I16: ${value} is not waited for: an error at once, with its end`
        : `I16: ${value} is waited out`,
      () =>
        Effect.gen(function*() {
          const { result, times, took } = yield* run(answer(429, "", { "retry-after": value }), ok)
          if (expected !== undefined) return assert.deepStrictEqual(times, [0, expected])
          assert.strictEqual(took, 0)
          const error = result._tag === "Failure" ? result.failure : undefined
          assert.isDefined(error?.retryAfter)
          assert.isTrue(error?.reason._tag === "RateLimited" && error.reason.endsAt !== undefined)
        })
    )
  }

  for (
    const [value, expected] of [
      ["2, 3", 3_000],
      ["3, 2", 3_000],
      ["2.5", 2_500],
      ["soon, 4", 4_000],
      ["1, Tue, 24 Nov 2026 12:00:11 GMT", 11_000]
    ] as const
  ) {
    it.effect(`I16: of "${value}" the longest is waited out (F109)`, () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(Date.UTC(2026, 10, 24, 12))
        const { times } = yield* run(answer(429, "", { "retry-after": value }), ok)
        assert.deepStrictEqual(times, [0, expected])
      }))
  }

  it.effect("I16: a date is waited for", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2026, 10, 24, 12))
      const { times } = yield* run(answer(429, "", { "retry-after": "Tue, 24 Nov 2026 12:00:11 GMT" }), ok)
      assert.deepStrictEqual(times, [0, 11_000])
    }))

  for (const value of ["0", "soon", "-3", "Tue, 24 Nov 1999 12:00:11 GMT", undefined]) {
    it.effect(`I16: ${value ?? "none"} is answered with the policy's own pauses, not with a storm`, () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(Date.UTC(2026, 10, 24))
        const { result, sent } = yield* run(answer(429, "", value === undefined ? {} : { "retry-after": value }))
        assert.strictEqual(tagOf(result._tag === "Failure" && result.failure), "RateLimited")
        assert.strictEqual(sent.length, 5)
      }))
  }

  it.effect("I16: a pause that no longer fits the budget is not begun", () =>
    Effect.gen(function*() {
      const { sent, took } = yield* run(answer(429, "", { "retry-after": "20" }))
      assert.strictEqual(sent.length, 2)
      assert.strictEqual(took, 20_000)
    }))

  it.effect("I16: over the cap is over the cap, however large the budget", () =>
    Effect.gen(function*() {
      const patient = { ...RetryPolicy.standard, budget: "1 hour" } as const
      const { sent, took } = yield* observe(Effect.provideService(get, RetryPolicy.RetryPolicy, patient)).pipe(
        Effect.provide(ScriptedTransport.layer(answer(429, "", { "retry-after": "31" }), ok))
      )
      assert.strictEqual(sent.length, 1)
      assert.strictEqual(took, 0)
    }))

  it.effect("I16: QUOTA_EXCEEDED says when it ends", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2026, 10, 24))
      const body = { error: { status: 429, message: "Too many requests", reason: "QUOTA_EXCEEDED" } }
      const { result } = yield* run(answer(429, body, { "retry-after": "52531" }))
      const reason = result._tag === "Failure" && result.failure._tag === "SpotifyError"
        ? result.failure.reason
        : undefined
      assert.isTrue(reason?._tag === "QuotaExceeded")
      assert.deepStrictEqual(
        reason?._tag === "QuotaExceeded" && reason.endsAt && DateTime.formatIso(reason.endsAt),
        "2026-11-24T14:35:31.000Z"
      )
    }))
})

describe("time", () => {
  for (const outcome of [{ _tag: "Hang" }, { _tag: "Drip" }] as const) {
    it.effect(`I18: a server that answers with a ${outcome._tag} for ever costs no more than the budget`, () =>
      Effect.gen(function*() {
        const { result, times, took } = yield* run(outcome)
        assert.strictEqual(tagOf(result._tag === "Failure" && result.failure), "Timeout")
        assert.isAtMost(took, 30_000)
        assert.isAtLeast(times.length, 2)
        assert.isTrue(times.every((at, index) => index === 0 || at - (times[index - 1] ?? 0) >= 10_000))
      }))
  }

  it.effect("I18: a token that never comes costs no more than the budget", () =>
    Effect.gen(function*() {
      const never = Layer.mock(TokenService)({ clientId: "client", get: Effect.never })
      const { took } = yield* observe(PlayerApi.next).pipe(
        Effect.provide(ScriptedTransport.layerWith(never, ok))
      )
      assert.strictEqual(took, 30_000)
    }))

  const OutcomeCode = Schema.Literals([200, 401, 403, 404, 429, 500, 503, "Reset", "Refused", "Hang", "Drip", "Wait"])
  const outcomeOf = (code: typeof OutcomeCode.Type): ScriptedTransport.Outcome => {
    switch (code) {
      case "Reset":
      case "Refused":
      case "Hang":
      case "Drip":
        return { _tag: code }
      case "Wait":
        return answer(429, "", { "retry-after": "6" })
      case 200:
        return ok
      default:
        return answer(code)
    }
  }
  const ends = {
    200: ["Success"],
    401: ["Unauthorized"],
    403: ["Forbidden"],
    404: ["NotFound"],
    429: ["RateLimited"],
    500: ["ServiceUnavailable"],
    503: ["ServiceUnavailable"],
    Reset: ["Transport"],
    Refused: ["Transport"],
    Hang: ["Timeout"],
    Drip: ["Timeout"],
    Wait: ["RateLimited"]
  } as const
  const final = new Set<typeof OutcomeCode.Type>([200, 403, 404])
  const repeatedAlways = new Set<typeof OutcomeCode.Type>([429, "Wait", "Refused"])

  it.effect.prop(
    "I10, I16, I17, I18: any history of a server ends in time, and with what the table says",
    { codes: Schema.NonEmptyArray(OutcomeCode).check(Schema.isMaxLength(8)), idempotent: Schema.Boolean },
    ({ codes, idempotent }) =>
      Effect.gen(function*() {
        const { result, sent, took } = yield* (idempotent ? observe(Effect.asVoid(get)) : observe(PlayerApi.next))
        const met = sent.map((_, index) => codes[Math.min(index, codes.length - 1)] ?? codes[0])
        const last = met[met.length - 1] ?? codes[0]
        assert.isAtMost(took, 30_000)
        assert.isAtMost(met.length, 6)
        const end = result._tag === "Success" ? "Success" : tagOf(result.failure) ?? ""
        assert.isTrue(
          ends[last].some((expected) => expected === end) || (end === "Timeout" && took === 30_000),
          `${met.join()} ended with ${end} after ${took}`
        )
        const refusals = met.filter((code) => code === 401).length
        assert.isAtMost(refusals, 2)
        met.slice(0, -1).forEach((code) => {
          assert.isFalse(final.has(code))
          assert.isTrue(idempotent || code === 401 || repeatedAlways.has(code), `${code} was repeated`)
        })
      }).pipe(
        Effect.provide(Layer.provideMerge(ScriptedTransport.layer(...codes.map(outcomeOf)), TestClock.layer()))
      ),
    { arbitrary: { runs: 200 }, timeout: 60_000 }
  )
})
