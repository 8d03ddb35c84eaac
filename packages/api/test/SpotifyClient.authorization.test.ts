/** Whom a call is made for, while people sign in and out. */
import { AccessToken } from "@app/auth/AccessToken"
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { ProfileApi } from "../src/contract/ProfileApi.ts"
import * as Profile from "../src/Profile.ts"
import * as ResponseCache from "../src/ResponseCache.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as Tracks from "../src/Tracks.ts"
import * as SignIns from "./support/SignIns.ts"

const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.forkChild(Effect.exit(effect), { startImmediately: true })

/** Does something that takes a while, to its end. */
const finish = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* fork(effect)
    yield* TestClock.adjust("1 second")
    return yield* Fiber.join(fiber)
  })

const reasonOf = (exit: Exit.Exit<unknown, unknown>): string => {
  if (Exit.isSuccess(exit)) return "Success"
  const error = Option.getOrUndefined(Exit.findErrorOption(exit))
  const reason = typeof error === "object" && error !== null ? Reflect.get(error, "reason") : undefined
  return String(Reflect.get(reason ?? {}, "_tag"))
}

const whoAmI = Effect.map(Profile.me, ({ displayName }) => displayName)

const idAt = (n: number): string => `track${String(n).padStart(17, "0")}`
const nameOf = (n: number) => Effect.map(Tracks.get(idAt(n)), ({ name }) => name)

describe("I22: a shared run", () => {
  it.effect("is not joined by whoever has signed in since it began (F115)", () => {
    const server = SignIns.make()
    return Effect.gen(function*() {
      yield* finish(SignIns.signIn("ann"))
      const anns = yield* fork(whoAmI)
      yield* TestClock.adjust(10)
      yield* SignIns.signOut
      const signedIn = yield* fork(SignIns.signIn("bob"))
      yield* TestClock.adjust(SignIns.tokenLatency)
      yield* Fiber.join(signedIn)
      const bobs = yield* fork(whoAmI)
      const bobsToo = yield* fork(whoAmI)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(
        [yield* Fiber.join(anns), yield* Fiber.join(bobs), yield* Fiber.join(bobsToo)],
        [Exit.succeed("ann"), Exit.succeed("bob"), Exit.succeed("bob")]
      )
      assert.deepStrictEqual(server.requests.map(({ whose }) => whose), ["ann", "bob"])
    }).pipe(Effect.provide(server.layer()))
  })

  for (const configured of [undefined, "ann"]) {
    it.effect(
      `is not joined by whoever comes after the sign-out, ${
        configured === undefined ? "of a person who signed in" : "also of one who was configured"
      } (F115)`,
      () => {
        const server = SignIns.make()
        return Effect.gen(function*() {
          if (configured === undefined) yield* finish(SignIns.signIn("ann"))
          else yield* TestClock.adjust("1 second")
          const anns = yield* fork(whoAmI)
          yield* TestClock.adjust(10)
          yield* SignIns.signOut
          const nobodys = yield* fork(whoAmI)
          yield* TestClock.adjust("1 second")
          assert.deepStrictEqual(
            [yield* Fiber.join(anns), reasonOf(yield* Fiber.join(nobodys))],
            [Exit.succeed("ann"), "ReauthorizationRequired"]
          )
        }).pipe(Effect.provide(server.layer({ configured })))
      }
    )
  }

  it.effect("is joined before the first token is there, and after a refresh", () => {
    const server = SignIns.make()
    return Effect.gen(function*() {
      const cold = yield* Effect.forEach([1, 2, 3], () => fork(whoAmI))
      yield* TestClock.adjust("1 second")
      yield* Fiber.joinAll(cold)
      assert.lengthOf(server.requests, 1)
      const tokens = yield* TokenService.TokenService
      const before = yield* fork(whoAmI)
      const refreshed = yield* fork(tokens.refresh)
      yield* TestClock.adjust(SignIns.tokenLatency)
      yield* Fiber.join(refreshed)
      const after = yield* fork(whoAmI)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([yield* Fiber.join(before), yield* Fiber.join(after)], [
        Exit.succeed("ann"),
        Exit.succeed("ann")
      ])
      assert.lengthOf(server.requests, 2)
    }).pipe(Effect.provide(server.layer({ configured: "ann" })))
  })

  it.effect("of several tracks gathers those of one authorization alone (F115)", () => {
    const server = SignIns.make()
    let current = "ann"
    const tokens = Layer.mock(TokenService.TokenService)({
      clientId: "client",
      authorizationId: Effect.sync(() => current),
      get: Effect.map(DateTime.now, (issuedAt) =>
        new AccessToken({
          value: Redacted.make(`${current}-1`),
          scopes: [],
          issuedAt,
          authorizationId: current
        }))
    })
    return Effect.gen(function*() {
      const fibers = yield* Effect.forEach([["ann", 1], ["ann", 2], ["bob", 3], ["bob", 4]] as const, ([who, n]) => {
        current = who
        return fork(nameOf(n))
      })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual((yield* Fiber.joinAll(fibers)).map(reasonOf), [
        "AuthorizationChanged",
        "AuthorizationChanged",
        "Success",
        "Success"
      ])
      assert.deepStrictEqual(
        server.requests.map(({ query, whose }) => [whose, query.get("ids")]),
        [["bob", `${idAt(3)},${idAt(4)}`]]
      )
    }).pipe(Effect.provide(server.layerWith(tokens, { quotaMode: "extended" })))
  })
})

describe("I22: no try of a call goes out under another authorization than its first", () => {
  const outcomes = {
    "a 429": { status: 429, headers: { "retry-after": "3" } },
    "a 503": { status: 503, headers: { "retry-after": "3" } },
    "a 401": { status: 401 }
  } as const
  for (const [name, outcome] of Object.entries(outcomes)) {
    it.effect(`after ${name} nothing more is sent when another person has signed in (F115)`, () => {
      const server = SignIns.make(outcome)
      return Effect.gen(function*() {
        yield* finish(SignIns.signIn("ann"))
        const saved = yield* fork(Tracks.save([idAt(1)]))
        yield* TestClock.adjust(SignIns.apiLatency - 1)
        const signedIn = yield* fork(Effect.andThen(SignIns.signOut, SignIns.signIn("bob")))
        yield* TestClock.adjust("30 seconds")
        assert.isTrue(Exit.isSuccess(yield* Fiber.join(signedIn)))
        assert.strictEqual(reasonOf(yield* Fiber.join(saved)), "AuthorizationChanged")
        assert.deepStrictEqual(server.requests.map(({ whose }) => whose), ["ann"])
        // The next is another call.
        assert.strictEqual(reasonOf(yield* finish(Tracks.save([idAt(1)]))), "Success")
        assert.deepStrictEqual(server.requests.map(({ whose }) => whose), ["ann", "bob"])
      }).pipe(Effect.provide(server.layer()))
    })

    it.effect(`after ${name} a call goes on with a token that was refreshed meanwhile`, () => {
      const server = SignIns.make(outcome)
      return Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        yield* finish(SignIns.signIn("ann"))
        const saved = yield* fork(Tracks.save([idAt(1)]))
        yield* TestClock.adjust(SignIns.apiLatency - 1)
        yield* fork(tokens.refresh)
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual(reasonOf(yield* Fiber.join(saved)), "Success")
        assert.deepStrictEqual(server.requests.map(({ bearer }) => bearer), ["ann-1", "ann-2"])
      }).pipe(Effect.provide(server.layer()))
    })
  }

  it.effect("nor does a call that was held back at the gate before its first try (F115)", () => {
    const server = SignIns.make({ status: 429, headers: { "retry-after": "3" } })
    return Effect.gen(function*() {
      yield* finish(SignIns.signIn("ann"))
      yield* fork(Profile.me)
      yield* TestClock.adjust(SignIns.apiLatency)
      const saved = yield* fork(Tracks.save([idAt(1)]))
      yield* finish(SignIns.signIn("bob"))
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(reasonOf(yield* Fiber.join(saved)), "AuthorizationChanged")
      assert.deepStrictEqual(server.requests.map(({ whose }) => whose), ["ann"])
    }).pipe(Effect.provide(server.layer()))
  })

  it.effect("nor one that waited for a token of its own sign-in (F115)", () => {
    const server = SignIns.make()
    return Effect.gen(function*() {
      yield* finish(SignIns.signIn("ann"))
      yield* TestClock.adjust("2 hours")
      const tokens = yield* TokenService.TokenService
      yield* tokens.invalidate(yield* tokens.get)
      const saved = yield* fork(Tracks.save([idAt(1)]))
      const signedIn = yield* fork(SignIns.signIn("bob"))
      yield* TestClock.adjust("30 seconds")
      assert.isTrue(Exit.isSuccess(yield* Fiber.join(signedIn)))
      yield* Fiber.join(saved)
      assert.isTrue(server.requests.every(({ whose }) => whose === "ann"))
    }).pipe(Effect.provide(server.layer()))
  })

  const several = {
    "a library of several requests": Tracks.save(Array.from({ length: 90 }, (_, n) => idAt(n))),
    "a list": Effect.map(
      Stream.runCollect(Tracks.saved({ pageSize: 2 })),
      (rows) => rows.map(({ track }) => track.name)
    ),
    "a question of several requests": Tracks.isSaved(Array.from({ length: 400 }, (_, n) => idAt(n))),
    "tracks that are asked for one by one": Tracks.getMany(Array.from({ length: 9 }, (_, n) => idAt(n)))
  }
  for (const [name, effect] of Object.entries(several)) {
    it.effect(`nor does the rest of ${name} (F115)`, () => {
      const server = SignIns.make()
      return Effect.gen(function*() {
        yield* finish(SignIns.signIn("ann"))
        const whole = yield* fork(effect)
        yield* TestClock.adjust(SignIns.apiLatency - 1)
        yield* finish(SignIns.signIn("bob"))
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual(reasonOf(yield* Fiber.join(whole)), "AuthorizationChanged")
        assert.isTrue(server.requests.every(({ whose }) => whose === "ann"))
      }).pipe(Effect.provide(server.layer({ quotaMode: "development" })))
    })
  }

  it.effect("and the first call's authorization is not that of all others (F115)", () => {
    const server = SignIns.make()
    const bare = SpotifyClient.call(ProfileApi, (profile) => profile.me({}))
    return Effect.gen(function*() {
      yield* finish(SignIns.signIn("ann"))
      yield* finish(whoAmI)
      yield* finish(SignIns.signIn("bob"))
      assert.strictEqual(reasonOf(yield* finish(bare)), "Success")
      assert.deepStrictEqual(server.requests.map(({ whose }) => whose), ["ann", "bob"])
    }).pipe(Effect.provide(server.layer()))
  })
})

describe("I22: what is kept for one person", () => {
  it.effect("is given to that one alone, also with a refreshed token (F115)", () => {
    const server = SignIns.make()
    return Effect.gen(function*() {
      const tokens = yield* TokenService.TokenService
      yield* finish(SignIns.signIn("ann"))
      yield* finish(whoAmI)
      yield* finish(tokens.refresh)
      assert.deepStrictEqual(yield* finish(whoAmI), Exit.succeed("ann"))
      assert.lengthOf(server.requests, 1)
      yield* finish(SignIns.signIn("bob"))
      assert.deepStrictEqual(yield* finish(whoAmI), Exit.succeed("bob"))
      yield* finish(SignIns.signIn("ann"))
      assert.deepStrictEqual(yield* finish(whoAmI), Exit.succeed("ann"))
      assert.lengthOf(server.requests, 3)
    }).pipe(Effect.provide(server.layer({ cache: ResponseCache.make({ capacity: 9 }) })))
  })
})

describe("I22", () => {
  const Step = Schema.Struct({
    action: Schema.Literals(["SignIn", "SignIn", "SignOut", "Refresh", "Me", "Me", "Track", "Save", "List"]),
    /** Until the next, in milliseconds. */
    wait: Schema.Literals([0, 1, 50, SignIns.tokenLatency, 200, SignIns.apiLatency, 1_000, 3_000])
  })
  const Status = Schema.Literals([200, 200, 429, 503, 401])

  const outcomeOf = (status: number, n: number): SignIns.Outcome => ({
    status,
    ...((status === 429 || status === 503) && { headers: { "retry-after": String(1 + n % 2) } })
  })

  it.effect.prop(
    "no try of a call goes out under another authorization than its first, and no two authorizations share a run (F115)",
    {
      steps: Schema.Array(Step).check(Schema.isMinLength(4), Schema.isMaxLength(24)),
      statuses: Schema.Array(Status).check(Schema.isMaxLength(12)),
      isConfigured: Schema.Boolean,
      isExtended: Schema.Boolean
    },
    ({ isConfigured, isExtended, statuses, steps }) => {
      const server = SignIns.make(...statuses.map(outcomeOf))
      /** Events in their order: at one instant of the clock there are many. */
      let events = 0
      const endedAt = new Map<string, number>()
      const idOf = new Map([["configured", "configured"]])
      const mixed: Array<ReadonlyArray<string>> = []
      const seen: Array<{ readonly begunAt: number; readonly id: string | undefined; readonly whose: string }> = []

      return Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        let signIns = 0
        const known = isConfigured ? ["configured"] : []
        const endAllBut = (whose: string | undefined) => {
          events += 1
          for (const other of known) if (other !== whose && !endedAt.has(other)) endedAt.set(other, events)
        }
        /** Runs a call, and remembers under which sign-in it came and whose answer it had. */
        const asking = (call: Effect.Effect<ReadonlyArray<string>, unknown, never>) =>
          Effect.gen(function*() {
            const id = yield* tokens.authorizationId
            const begunAt = ++events
            const answers = yield* call
            const [whose] = answers
            if (whose !== undefined) seen.push({ begunAt, id, whose })
            if (new Set(answers).size > 1) mixed.push(answers)
          }).pipe(Effect.exit, Effect.forkChild({ startImmediately: true }))
        const context = yield* Effect.context<SpotifyClient.SpotifyClient | TokenService.TokenService>()
        const run = <A, E>(
          effect: Effect.Effect<A, E, SpotifyClient.SpotifyClient | TokenService.TokenService>
        ): Effect.Effect<A, E> => Effect.provideContext(effect, context)

        const act = (n: number, action: (typeof Step.Type)["action"]): Effect.Effect<Fiber.Fiber<unknown, unknown>> => {
          switch (action) {
            case "SignIn": {
              const whose = `person${signIns++}`
              return fork(run(Effect.map(SignIns.signIn(whose), ({ authorizationId = "" }) => {
                idOf.set(whose, authorizationId)
                endAllBut(whose)
                known.push(whose)
              })))
            }
            case "SignOut":
              return fork(Effect.map(tokens.signOut, () => endAllBut(undefined)))
            case "Refresh":
              return fork(tokens.refresh)
            case "Me":
              return asking(run(Effect.map(whoAmI, (whose) => [whose ?? ""])))
            case "Track":
              return asking(run(Effect.map(nameOf(n % 3), (whose) => [whose])))
            case "Save":
              return asking(run(Effect.as(Tracks.save([`save${String(n).padStart(18, "0")}`]), [])))
            case "List":
              return asking(run(
                Effect.map(
                  Stream.runCollect(Tracks.saved({ pageSize: 2 })),
                  (rows) => rows.map(({ track }) => track.name)
                )
              ))
          }
        }

        const fibers: Array<Fiber.Fiber<unknown, unknown>> = []
        for (const [n, { action, wait }] of steps.entries()) {
          const fiber = yield* act(n, action)
          fibers.push(fiber)
          yield* TestClock.adjust(wait)
        }
        yield* TestClock.adjust("2 minutes")
        for (const fiber of fibers) yield* Fiber.join(fiber)

        // Each write has a name of its own: all its tries bear tokens of one sign-in.
        const writes = Map.groupBy(
          server.requests.filter(({ method }) => method === "PUT"),
          ({ query }) => query.get("uris")
        )
        for (const tries of writes.values()) assert.lengthOf(Array.from(new Set(tries.map(({ whose }) => whose))), 1)
        assert.deepStrictEqual(mixed, [], "a list holds two people's rows")
        for (const { begunAt, id, whose } of seen) {
          if (id !== undefined) assert.strictEqual(idOf.get(whose), id, `${whose}'s answer is another's`)
          // Without a name, it was the sign-in's that was configured, or of one that came later.
          else assert.isAbove(endedAt.get(whose) ?? Infinity, begunAt, `${whose} had left before`)
        }
      }).pipe(
        Effect.provide(Layer.provideMerge(
          server.layer({
            configured: isConfigured ? "configured" : undefined,
            quotaMode: isExtended ? "extended" : "development"
          }),
          TestClock.layer()
        ))
      )
    },
    { arbitrary: { runs: 300 }, timeout: 120_000 }
  )
})
