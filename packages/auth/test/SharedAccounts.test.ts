import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { ask, inFleet, keyOf, pass } from "./support/Fleet.ts"
import { begin } from "./support/SharedStore.ts"

/** Tokens of a minute, which the standard policy refreshes 7.5 seconds before their end, or up to 1.9 seconds later. */
const minute = { fields: { expires_in: 60 } }

describe("accounts that several processes share", () => {
  it.effect("begin with their grant once, whoever asks and however many do at a time", () =>
    inFleet(({ open, provider }) =>
      Effect.gen(function*() {
        const processes = yield* Effect.all([open(), open(), open()])
        const all = Array.from({ length: 100 }, () => processes).flat()
        const tokens = yield* ask(
          Effect.forEach(all, (process) => process.tokenOf("ann"), { concurrency: "unbounded" })
        )
        assert.strictEqual(new Set(tokens).size, 1)
        assert.strictEqual(provider.sent.length, 1)
      })
    ))

  it.effect("stay fresh although nobody asks, with one request a life", () =>
    inFleet(({ open, provider }) =>
      Effect.gen(function*() {
        const accounts = Array.from({ length: 20 }, (_, index) => `a${index}`)
        const [first] = yield* Effect.forEach([1, 2, 3], () => open({ ahead: "always" }))
        if (first === undefined) return
        yield* ask(Effect.forEach(accounts, (account) => first.tokenOf(account), { concurrency: "unbounded" }))
        yield* pass("10 minutes")
        assert.strictEqual(provider.refusals, 0)
        const requests = provider.sent.length
        assert.isAtLeast(requests, 20 * 11)
        assert.isAtMost(requests, 20 * 13)
        const tokens = yield* ask(Effect.forEach(accounts, (account) => first.tokenOf(account)))
        assert.strictEqual(new Set(tokens).size, 20)
        assert.strictEqual(provider.sent.length, requests)
      }), minute))

  it.effect("are refreshed as fast as requests come back where many are due, with no more at a time than allowed", () => {
    const inFlight = { now: 0, most: 0 }
    const counted = ({ httpClient }: { readonly httpClient: HttpClient.HttpClient }) =>
      HttpClient.make((request) =>
        Effect.suspend(() => {
          inFlight.now += 1
          inFlight.most = Math.max(inFlight.most, inFlight.now)
          return Effect.ensuring(httpClient.execute(request), Effect.sync(() => inFlight.now -= 1))
        })
      )
    return inFleet(({ open, provider }) =>
      Effect.gen(function*() {
        const process = yield* open({ ahead: "always", refreshes: 8, refreshRate: 1000 })
        const accounts = Array.from({ length: 160 }, (_, index) => `a${index}`)
        yield* ask(Effect.forEach(accounts, (account) => process.tokenOf(account), { concurrency: "unbounded" }))
        yield* process.stop
        yield* pass("1 minute")
        const before = provider.sent.length
        inFlight.most = 0
        yield* open({ ahead: "always", refreshes: 8, refreshRate: 1000 })
        yield* pass("4 seconds", "10 millis")
        assert.isAtLeast(provider.sent.length, before + 160)
        assert.isAtMost(inFlight.most, 8)
      }), { ...minute, latencyMillis: 50, httpClient: counted })
  })

  it.effect("are refreshed ahead while they are used, and again when somebody comes back", () =>
    inFleet(({ open, provider }) =>
      Effect.gen(function*() {
        const process = yield* open({ ahead: { usedWithin: "5 minutes" }, idleTimeToLive: "1 minute" })
        yield* ask(process.tokenOf("ann"))
        yield* pass("5 minutes")
        const within = provider.sent.length
        assert.isAtLeast(within, 5)
        yield* pass("2 minutes")
        const after = provider.sent.length
        assert.isAtMost(after, within + 1)
        yield* pass("10 minutes")
        assert.strictEqual(provider.sent.length, after)
        yield* ask(process.tokenOf("ann"))
        yield* pass("2 minutes")
        assert.isAtLeast(provider.sent.length, after + 2)
      }), minute))

  it.effect("are refreshed for whoever asks where that is wanted, and kept alive where the provider needs it", () =>
    inFleet(({ open, provider }) =>
      Effect.gen(function*() {
        const process = yield* open({ ahead: "on demand" })
        yield* ask(process.tokenOf("ann"))
        yield* pass("10 minutes")
        assert.strictEqual(provider.sent.length, 1)
        yield* ask(process.tokenOf("ann"))
        assert.strictEqual(provider.sent.length, 2)
        yield* process.stop
        const careful = yield* open({ ahead: "on demand", keepAlive: "10 minutes" })
        yield* pass("2 minutes")
        yield* ask(careful.tokenOf("ann"))
        yield* pass("21 minutes")
        assert.strictEqual(provider.sent.length, 5)
      }), minute))

  it.effect("are read by processes that never refresh, which have others do so", () =>
    inFleet(({ open, provider }) =>
      Effect.gen(function*() {
        const reader = yield* open({ refreshes: 0, ahead: "on demand" })
        const asking = yield* begin(reader.tokenOf("ann"))
        yield* pass("5 seconds")
        assert.strictEqual(provider.sent.length, 0)
        yield* open({ ahead: "on demand" })
        yield* pass("3 seconds", "100 millis")
        assert.isTrue(Exit.isSuccess(yield* Fiber.join(asking)))
        yield* pass("2 minutes")
        assert.strictEqual(provider.sent.length, 1)
        yield* ask(reader.tokenOf("ann"))
        assert.strictEqual(provider.sent.length, 2)
        const rejected = yield* ask(reader.as("ann", TokenService.get))
        yield* ask(reader.as("ann", TokenService.TokenService.use(({ invalidate }) => invalidate(rejected))))
        assert.strictEqual(provider.sent.length, 3)
        assert.notStrictEqual(yield* ask(reader.tokenOf("ann")), Redacted.value(rejected.value))
      }), minute))

  it.effect("are not begun for anybody without a grant", () =>
    inFleet(({ open, store }) =>
      Effect.gen(function*() {
        const process = yield* open({ grantFor: undefined })
        const error = yield* Effect.flip(ask(process.tokenOf("nobody")))
        assert.strictEqual(error.reason._tag === "ReauthorizationRequired" && error.reason.kind, "NoRefreshToken")
        assert.isTrue(Option.isNone(yield* store.peek(keyOf("nobody"))))
        assert.strictEqual((yield* Effect.flip(process.tokenOf(""))).reason._tag, "InvalidConfiguration")
      })
    ))
})

describe("a sign-in or sign-out in one process", () => {
  it.effect("is known in every other within a second", () =>
    inFleet(({ open, provider }) =>
      Effect.gen(function*() {
        const [here, there] = yield* Effect.all([open(), open()])
        const before = yield* ask(there.tokenOf("ann"))
        assert.strictEqual(yield* ask(here.tokenOf("ann")), before)
        yield* Effect.forkChild(
          here.as("ann", TokenService.TokenService.use(({ authorize }) => authorize(provider.signIn("ann-again"))))
        )
        yield* pass("100 millis", "10 millis")
        yield* pass("1 second", "100 millis")
        const after = yield* there.tokenOf("ann")
        assert.isTrue(after.startsWith("ann-again."))
        yield* Effect.forkChild(here.as("ann", TokenService.TokenService.use(({ signOut }) => signOut)))
        yield* pass("1 second", "100 millis")
        const error = yield* Effect.flip(there.tokenOf("ann"))
        assert.strictEqual(error.reason._tag === "ReauthorizationRequired" && error.reason.kind, "SignedOut")
      }), { latencyMillis: 10 }))

  it.effect("is stored under the name of whoever signed in, and served everywhere", () =>
    inFleet(({ open, provider }) =>
      Effect.gen(function*() {
        const [here, there] = yield* Effect.all([open({ grantFor: undefined }), open({ grantFor: undefined })])
        const nameOf = Effect.map(TokenService.get, ({ value }) => `id of ${Redacted.value(value)}`)
        const { account, token } = yield* ask(here.accounts.signIn(provider.signIn("ann"), nameOf))
        assert.strictEqual(account, "id of ann.1")
        assert.strictEqual(yield* ask(there.tokenOf(account)), Redacted.value(token.value))
        assert.strictEqual(provider.sent.length, 1)
      })
    ))

  it.effect("by an administrator, too", () =>
    inFleet(({ directory, open }) =>
      Effect.gen(function*() {
        const process = yield* open({ grantFor: undefined })
        const [, other] = yield* Effect.all([open(), open()])
        yield* ask(other.tokenOf("ann"))
        yield* ask(process.tokenOf("ann"))
        assert.isTrue(yield* directory.remove(keyOf("ann")))
        yield* pass("1 second", "100 millis")
        const error = yield* Effect.flip(process.tokenOf("ann"))
        assert.strictEqual(error.reason._tag === "ReauthorizationRequired" && error.reason.kind, "SignedOut")
      })
    ))
})

describe("the token service of a shared account", () => {
  it.effect("replaces a rejected token once for all processes", () =>
    inFleet(({ open, provider }) =>
      Effect.gen(function*() {
        const [one, two] = yield* Effect.all([open(), open()])
        const token = yield* ask(one.as("ann", TokenService.get))
        yield* ask(two.tokenOf("ann"))
        yield* pass("1 minute")
        const invalidate = TokenService.TokenService.use(({ invalidate }) => invalidate(token))
        assert.deepStrictEqual(
          yield* ask(Effect.all([one.as("ann", invalidate), two.as("ann", invalidate)], { concurrency: 2 })),
          [true, true]
        )
        const tokens = yield* ask(Effect.all([one.tokenOf("ann"), two.tokenOf("ann")]))
        assert.strictEqual(new Set(tokens).size, 1)
        assert.notStrictEqual(tokens[0], Redacted.value(token.value))
        assert.strictEqual(provider.sent.length, 2)
      })
    ))

  it.effect("shows its status, and each change of it", () =>
    inFleet(({ open }) =>
      Effect.gen(function*() {
        const process = yield* open()
        const phases: Array<string> = []
        yield* Effect.forkChild(process.as(
          "ann",
          Stream.runForEach(TokenService.changes, ({ phase }) => Effect.sync(() => phases.push(phase)))
        ))
        yield* pass("1 second")
        yield* ask(process.tokenOf("ann"))
        assert.deepStrictEqual(phases, ["Empty", "Refreshing", "Valid"])
        const status = yield* process.as("ann", TokenService.status)
        assert.strictEqual(status.phase, "Valid")
        assert.isDefined(yield* process.as("ann", TokenService.TokenService.use((tokens) => tokens.authorizationId)))
      })
    ))
})
