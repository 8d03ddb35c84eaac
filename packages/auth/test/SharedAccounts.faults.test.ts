/** Shared accounts while servers, processes and other people's records fail. */
import type * as SharedAccounts from "@app/auth/SharedAccounts"
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import { ask, inFleet, keyOf, pass } from "./support/Fleet.ts"
import { no } from "./support/ScriptedServer.ts"
import { begin } from "./support/SharedStore.ts"
import { observed } from "./support/Telemetry.ts"

const minute = { fields: { expires_in: 60 }, latencyMillis: 50 }

const always: Partial<SharedAccounts.Options> = { ahead: "always" }

/** The provider, while it is told to answer something else. */
const broken = () => {
  let answer: (() => Response) | undefined
  return {
    is: (response: (() => Response) | undefined) => {
      answer = response
    },
    httpClient: (provider: { readonly httpClient: HttpClient.HttpClient; readonly sent: Array<string> }) =>
      HttpClient.make((request) =>
        Effect.suspend(() => {
          if (answer === undefined) return provider.httpClient.execute(request)
          provider.sent.push("")
          return Effect.succeed(HttpClientResponse.fromWeb(request, answer()))
        })
      )
  }
}

const kindOf = ({ reason }: { readonly reason: { readonly _tag: string; readonly kind?: string } }) =>
  `${reason._tag} ${reason.kind ?? ""}`

describe("a transport with a fault", () => {
  it.effect("costs a pause and not the lease, is told of, and may have sent the request", () => {
    const transport = { isFaulty: false }
    const { layer, lines } = observed()
    return inFleet(({ open, provider, store }) =>
      Effect.gen(function*() {
        const process = yield* open(always)
        yield* ask(process.tokenOf("ann"))
        transport.isFaulty = true
        yield* pass("55 seconds")
        const seen = Option.getOrThrow(yield* store.peek(keyOf("ann")))
        assert.isFalse(seen.isLeased)
        assert.isAtLeast(seen.facts.attempts, 1)
        assert.isTrue(lines.some((line) => line.includes("unexpected fault (Error)")))
        transport.isFaulty = false
        yield* pass("60 seconds")
        assert.strictEqual(provider.refusals, 0)
        const outcomes = (yield* Metric.snapshot).filter(({ id }) => id === "oauth_shared_refreshes")
        assert.includeMembers(outcomes.map(({ attributes }) => attributes?.["outcome"]), ["failed", "resent"])
      }).pipe(Effect.provide(layer)), {
      ...minute,
      httpClient: ({ httpClient }) =>
        HttpClient.make((request) =>
          Effect.suspend(() => transport.isFaulty ? Effect.die(new Error("a bug")) : httpClient.execute(request))
        )
    }).pipe(Effect.provideServiceEffect(Metric.MetricRegistry, Effect.sync(() => new Map())))
  })
})

describe("a process that dies with a lease", () => {
  it.effect("keeps nobody waiting for longer than the lease, and the next one sends at once", () =>
    inFleet(({ isAlive, open, provider, store }) =>
      Effect.gen(function*() {
        const process = yield* open(always)
        yield* ask(process.tokenOf("ann"))
        yield* pass("20 seconds")
        // Its lease and its note stay, as those of a process that was killed.
        assert.isTrue(Option.isSome(yield* store.lease(keyOf("ann"))))
        yield* pass("60 seconds")
        assert.isTrue(yield* isAlive("ann"))
        assert.isAtLeast(provider.sent.length, 2)
        assert.strictEqual(provider.refusals, 0)
        const outcomes = (yield* Metric.snapshot).filter(({ id }) => id === "oauth_shared_refreshes")
        assert.deepStrictEqual(outcomes.map(({ attributes }) => attributes?.["outcome"]).toSorted(), [
          "refreshed",
          "resent"
        ])
      }), minute).pipe(Effect.provideServiceEffect(Metric.MetricRegistry, Effect.sync(() => new Map()))))

  it.effect("has lost the response where the server refuses what it may have sent (I7)", () =>
    inFleet(({ open, provider, store }) =>
      Effect.gen(function*() {
        const process = yield* open(always)
        yield* ask(process.tokenOf("ann"))
        const lease = Option.getOrThrow(yield* store.lease(keyOf("ann")))
        yield* lease.giveBack(lease.facts, { mayBeLost: true })
        provider.signIn("ann")
        yield* pass("2 minutes")
        assert.strictEqual(
          kindOf(yield* Effect.flip(ask(process.tokenOf("ann")))),
          "ReauthorizationRequired AnswerLost"
        )
        assert.strictEqual(provider.refusals, 1)
      }), minute))
})

describe("a process that dies with many leases", () => {
  it.effect("has lost their responses, and no other account waits for that", () =>
    inFleet(({ directory, open, provider, store }) =>
      Effect.gen(function*() {
        const lost = ["ann", "ben", "cem", "dan"]
        const others = ["eve", "fay", "gil", "hal"]
        const process = yield* open(always)
        yield* ask(Effect.forEach([...lost, ...others], (account) => process.tokenOf(account), { concurrency: 8 }))
        yield* process.stop
        for (const account of lost) {
          const lease = Option.getOrThrow(yield* store.lease(keyOf(account)))
          yield* lease.giveBack(lease.facts, { mayBeLost: true })
          provider.signIn(account)
        }
        // One that has seen nothing but their refusals.
        yield* open(always)
        yield* pass("65 seconds")
        const { SignInRequired: ended, Valid: valid } = yield* directory.counts
        assert.deepStrictEqual([ended, valid], [4, 4])
        assert.strictEqual(provider.refusals, 4)
        assert.isAtLeast(provider.sent.length, 8 + 4 + 4)
      }), minute))
})

describe("a refused refresh token", () => {
  it.effect("ends its own account in all processes, costs one request, and no other account", () =>
    inFleet(({ directory, open, provider }) =>
      Effect.gen(function*() {
        const [one, two] = yield* Effect.all([open(always), open(always)])
        yield* ask(Effect.forEach(["ann", "ben", "cem", "dan", "eve", "fay"], (account) => one.tokenOf(account)))
        provider.signIn("ann")
        yield* pass("2 minutes")
        for (const process of [one, two]) {
          const error = yield* Effect.flip(ask(process.tokenOf("ann")))
          assert.strictEqual(kindOf(error), "ReauthorizationRequired Revoked")
        }
        assert.strictEqual(provider.refusals, 1)
        assert.strictEqual((yield* directory.counts).SignInRequired, 1)
        assert.strictEqual(yield* ask(Effect.map(two.tokenOf("ben"), (token) => token.startsWith("ben."))), true)
        // Until the person signs in again, anywhere.
        yield* ask(one.as("ann", TokenService.TokenService.use(({ authorize }) => authorize(provider.signIn("ann")))))
        assert.isTrue((yield* ask(two.tokenOf("ann"))).startsWith("ann."))
      }), minute))

  it.effect("ends nobody's sign-in where the server refuses many at once, until it is itself again (F41)", () => {
    const server = broken()
    return inFleet(({ directory, open, provider }) =>
      Effect.gen(function*() {
        const process = yield* open(always)
        const accounts = Array.from({ length: 20 }, (_, index) => `a${index}`)
        yield* ask(Effect.forEach(accounts, (account) => process.tokenOf(account), { concurrency: 20 }))
        server.is(no)
        yield* pass("1 minute")
        const before = provider.sent.length
        yield* pass("10 minutes")
        // One a minute is tried.
        assert.isAtMost(provider.sent.length, before + 11)
        server.is(undefined)
        yield* pass("3 minutes")
        const { SignInRequired: ended, Valid: valid } = yield* directory.counts
        // A fifth was believed.
        assert.isAtMost(ended, 5)
        assert.strictEqual(valid, 20 - ended)
      }), { ...minute, httpClient: server.httpClient })
  })

  it.effect("is asked about once more after an incident", () =>
    inFleet(({ open, provider }) =>
      Effect.gen(function*() {
        const server = yield* open(always)
        yield* ask(Effect.forEach(["ann", "ben", "cem", "dan", "eve", "fay"], (account) => server.tokenOf(account)))
        const latest = provider.sent.length
        provider.signIn("ann")
        yield* pass("2 minutes")
        assert.isAtLeast(provider.sent.length, latest)
        provider.restore("ann")
        const token = yield* ask(
          server.as("ann", TokenService.TokenService.use(({ retryEndedSignIn }) => retryEndedSignIn))
        )
        assert.isDefined(token.expiresAt)
      }), minute))
})

describe("a server in trouble", () => {
  it.effect("is asked by all processes together as often as by one", () => {
    const server = broken()
    return inFleet(({ open, provider }) =>
      Effect.gen(function*() {
        const processes = yield* Effect.forEach([1, 2, 3, 4], () => open(always))
        const tokens = Effect.forEach(processes, (process) => Effect.exit(process.tokenOf("ann")), { concurrency: 4 })
        yield* ask(tokens)
        server.is(() => new Response("", { status: 503 }))
        yield* pass("2 minutes")
        const before = provider.sent.length
        const errors = yield* ask(Effect.forEach(processes, (process) => Effect.flip(process.tokenOf("ann"))))
        for (const error of errors) assert.strictEqual(error.reason._tag, "TokenRequestFailed")
        yield* pass("10 minutes")
        // Seconds, doubling to a minute.
        assert.isAtMost(provider.sent.length, before + 15)
        server.is(undefined)
        yield* pass("2 minutes")
        const all = yield* ask(Effect.forEach(processes, (process) => process.tokenOf("ann")))
        assert.strictEqual(new Set(all).size, 1)
      }), { ...minute, httpClient: server.httpClient })
  })

  it.effect("that asks for a pause is left alone for all accounts", () => {
    const server = broken()
    return inFleet(({ open, provider }) =>
      Effect.gen(function*() {
        const process = yield* open({ ...always, refreshes: 1 })
        const accounts = Array.from({ length: 10 }, (_, index) => `a${index}`)
        yield* ask(Effect.forEach(accounts, (account) => process.tokenOf(account)))
        server.is(() => new Response("", { status: 429, headers: { "retry-after": "120" } }))
        yield* pass("1 minute")
        const before = provider.sent.length
        yield* pass("1 minute")
        assert.strictEqual(provider.sent.length, before)
        server.is(undefined)
        yield* pass("3 minutes")
        assert.isAtLeast(provider.sent.length, before + 10)
      }), { ...minute, httpClient: server.httpClient })
  })
})

describe("the end of a process", () => {
  it.effect("waits for requests in flight, and leaves no lease", () =>
    inFleet(({ isAlive, open, provider, store }) =>
      Effect.gen(function*() {
        const process = yield* open(always)
        yield* begin(process.tokenOf("ann"))
        yield* pass("1 second")
        assert.strictEqual(provider.sent.length, 1)
        yield* process.stop
        assert.isTrue(yield* isAlive("ann"))
        assert.isTrue(Option.isSome(yield* store.lease(keyOf("ann"))))
      }), { ...minute, latencyMillis: 5000 }))
})
