import { Fault, People, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { call, field, inSandbox, requestToken, type Seen, send, signIn, text } from "./support/Requests.ts"

const refresh = Effect.fnUntraced(function*(refreshToken: string) {
  const { client } = yield* Sandbox.Sandbox
  return yield* requestToken(
    { grant_type: "refresh_token", refresh_token: refreshToken, client_id: client.clientId },
    null
  )
})

const first = Effect.map(signIn(), (seen) => text(seen, "refresh_token"))

const next = (seen: Seen): string => text(seen, "refresh_token")

const within = (successors: "same" | "every" | "last") =>
  inSandbox({ rotateRefreshTokens: true, refreshTokenGrace: { duration: Duration.seconds(30), successors } })

const statuses = Effect.fnUntraced(function*(...tokens: ReadonlyArray<string>) {
  return yield* Effect.forEach(tokens, (token) => Effect.map(refresh(token), ({ status }) => status))
})

describe("the grace of a refresh token that was replaced", () => {
  it.effect("same: the first response again, until the grace ends", () =>
    Effect.gen(function*() {
      const token = yield* first
      const response = yield* refresh(token)
      yield* TestClock.adjust("20 seconds")
      const again = yield* refresh(token)
      assert.deepStrictEqual(
        [text(again, "access_token"), next(again), field(again, "expires_in")],
        [text(response, "access_token"), next(response), 3580]
      )
      assert.strictEqual((yield* call("/me", text(again, "access_token"))).status, 200)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual((yield* refresh(token)).json, {
        error: "invalid_grant",
        error_description: "Refresh token revoked"
      })
      assert.deepStrictEqual(yield* statuses(next(response)), [200])
      const { refreshCounts } = yield* Sandbox.Sandbox
      assert.deepStrictEqual(yield* refreshCounts, { requests: 4, overlapping: 0, resent: 1, reused: 1 })
    }).pipe(within("same")))

  it.effect("every: a new token, and all of them live", () =>
    Effect.gen(function*() {
      const token = yield* first
      const successors = [next(yield* refresh(token)), next(yield* refresh(token))]
      assert.strictEqual(new Set([token, ...successors]).size, 3)
      assert.deepStrictEqual(yield* statuses(...successors), [200, 200])
    }).pipe(within("every")))

  it.effect("last: a new token, and the newest alone lives", () =>
    Effect.gen(function*() {
      const token = yield* first
      const [older, newer] = [next(yield* refresh(token)), next(yield* refresh(token))]
      assert.deepStrictEqual(yield* statuses(older, newer), [400, 200])
      const { refreshCounts } = yield* Sandbox.Sandbox
      assert.deepStrictEqual(yield* refreshCounts, { requests: 4, overlapping: 0, resent: 1, reused: 1 })
    }).pipe(within("last")))

  it.effect("resending does not prolong it, and revocation ends it", () =>
    Effect.gen(function*() {
      const { revokeRefreshTokens } = yield* Sandbox.Sandbox
      const token = yield* first
      yield* refresh(token)
      yield* TestClock.adjust("20 seconds")
      const newest = next(yield* refresh(token))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* statuses(token), [400])
      yield* refresh(newest)
      // The first successor, and the one that replaced `newest`.
      assert.strictEqual(yield* revokeRefreshTokens, 2)
      assert.deepStrictEqual(yield* statuses(newest), [400])
    }).pipe(within("every")))

  it.effect("without it, and until it is set, a token that was replaced is refused", () =>
    Effect.gen(function*() {
      const { accountsUrl, refreshCounts } = yield* Sandbox.Sandbox
      const token = yield* first
      const successor = next(yield* refresh(token))
      assert.deepStrictEqual(yield* statuses(token), [400])
      const { status } = yield* send(`${accountsUrl}/sandbox/settings`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ refreshTokenGrace: { duration: 30 } })
      })
      assert.strictEqual(status, 204)
      assert.strictEqual(next(yield* refresh(token)), successor)
      assert.deepStrictEqual(yield* refreshCounts, { requests: 3, overlapping: 0, resent: 1, reused: 1 })
    }).pipe(inSandbox({ rotateRefreshTokens: true })))
})

describe("the numbers of refreshes", () => {
  it.live("count a request that arrives while another for the same sign-in is under way", () =>
    Effect.gen(function*() {
      const { accountsUrl, clearLog, count, inject, refreshCounts } = yield* Sandbox.Sandbox
      const [one, other] = [yield* first, yield* first]
      yield* clearLog
      yield* inject("POST /api/token", Fault.Hang({}))
      const hanging = yield* Effect.forkChild(refresh(one), { startImmediately: true })
      yield* Effect.repeat(count("POST /api/token"), { until: (requests) => requests === 1 })
      yield* refresh(other)
      assert.strictEqual((yield* refreshCounts).overlapping, 0)
      yield* refresh(one)
      assert.strictEqual((yield* refreshCounts).overlapping, 1)
      yield* Fiber.interrupt(hanging)
      const seen = yield* send(`${accountsUrl}/sandbox/refreshes`)
      assert.deepStrictEqual(seen.json, { requests: 3, overlapping: 1, resent: 0, reused: 0 })
      yield* send(`${accountsUrl}/sandbox/requests`, { method: "DELETE" })
      assert.strictEqual((yield* refreshCounts).requests, 0)
    }).pipe(inSandbox()))

  it.live("a client that leaves before a late response has its token replaced all the same", () =>
    Effect.gen(function*() {
      const { count, inject } = yield* Sandbox.Sandbox
      const token = yield* first
      yield* inject("POST /api/token", Fault.LateResponse({ duration: Duration.hours(1) }))
      const waiting = yield* Effect.forkChild(refresh(token), { startImmediately: true })
      yield* Effect.repeat(count("POST /api/token"), { until: (requests) => requests === 2 })
      // The request is logged before it is executed.
      yield* call("/me")
      yield* Fiber.interrupt(waiting)
      assert.strictEqual((yield* refresh(token)).status, 400)
    }).pipe(inSandbox({ rotateRefreshTokens: true })))
})

describe("refresh tokens without a sign-in", () => {
  it.live("are as many as asked for, each of an authorization of its own", () =>
    Effect.gen(function*() {
      const { issueRefreshTokens, refreshCounts } = yield* Sandbox.Sandbox
      const tokens = yield* issueRefreshTokens(3, { as: People.quiet.id, scopes: ["user-library-read"] })
      const seen = yield* Effect.forEach(tokens, (token) => refresh(Redacted.value(token)), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(seen.map(({ status }) => status), [200, 200, 200])
      assert.strictEqual((yield* refreshCounts).overlapping, 0)
      const [one] = seen
      assert.strictEqual(one === undefined ? "" : field(one, "scope"), "user-library-read")
      const me = yield* call("/me", one === undefined ? "" : text(one, "access_token"))
      assert.strictEqual(field(me, "id"), People.quiet.id)
    }).pipe(inSandbox()))

  it.live("are issued over HTTP, too, and no more are kept than the settings say", () =>
    Effect.gen(function*() {
      const { accountsUrl } = yield* Sandbox.Sandbox
      const issue = (body: unknown) =>
        send(`${accountsUrl}/sandbox/refresh-tokens`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body)
        })
      const { json } = yield* issue({ count: 3 })
      const tokens = Array.isArray(json) ? json.map(String) : []
      assert.deepStrictEqual(yield* statuses(...tokens), [400, 200, 200])
      assert.strictEqual((yield* issue({ count: 0 })).status, 400)
      assert.strictEqual((yield* issue({ count: 1, as: "nobody" })).status, 404)
    }).pipe(inSandbox({ tokenCapacity: 2 })))
})
