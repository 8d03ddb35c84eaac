/**
 * Histories: anything that can happen to token services, in any order, lived through in virtual time and judged by a
 * model that keeps its own books.
 *
 * A history belongs to one process, or to two that share a store. What must hold whatever happens is written down where
 * it can be seen: at every token handed out, at every refusal, at every burst of callers, and in an audit at the end.
 */
import type { AccessToken } from "@app/auth/AccessToken"
import type * as AuthError from "@app/auth/AuthError"
import * as Grant from "@app/auth/Grant"
import type * as TokenService from "@app/auth/TokenService"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { type CallAfterDrought, type CallAfterSetBack, type History, longestLifetime, type Step } from "./Histories.ts"
import { ModelServer, serialOf } from "./ModelServer.ts"
import { ObservedStore } from "./ObservedStore.ts"
import { inVirtualTime, refreshToken, secretOf, start } from "./TokenServiceModel.ts"
import { WallClock } from "./WallClock.ts"

// =============================================================================
// Verdicts
// =============================================================================

export type Invariant = "I1" | "I2" | "I3" | "I4" | "I5" | "I6" | "I7" | "I8" | "I9"

export interface Breach {
  readonly invariant: Invariant
  readonly what: string
}

/** A token service that runs now. Closed and opened again it is another, with the same name and the same store. */
interface Instance {
  readonly name: string
  readonly tokens: TokenService.Service
  readonly stop: Effect.Effect<void>
  /** The tokens it has handed out, each once, in order. */
  readonly seen: Array<AccessToken>
  /** The tokens it was told an API had refused, and has given up. */
  readonly refused: Set<string>
}

interface Outcome {
  /** How long it was waited for, in milliseconds. */
  readonly at: number
  readonly result: string
}

const monotonicMillis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)

/** Lives through a history, and tells what must never happen and did. */
export const breachesOf = (history: History, begin: Step | undefined = undefined) =>
  inVirtualTime(
    Random.withSeed(
      live(begin === undefined ? history : { ...history, steps: [begin, ...history.steps] }),
      history.seed
    ),
    { lifetimeSeconds: longestLifetime }
  )

// =============================================================================
// Living
// =============================================================================

const live = Effect.fnUntraced(function*(history: History) {
  const breaches: Array<Breach> = []
  const breach = (invariant: Invariant, what: string) => {
    breaches.push({ invariant, what })
  }
  const server = yield* ModelServer
  const wallClock = yield* WallClock
  const store = new ObservedStore()
  const isShared = history.processes > 1
  server.verdictsAreShared(() => !store.failsWrites)

  // A day in, so that there is a past for it to be set to.
  yield* wallClock.shift(86_400_000)

  let opened = 0
  const open = Effect.suspend(() => {
    opened += 1
    const name = `instance ${opened}`
    return Effect.map(
      start({ store: store.layer, name }),
      ({ stop, tokens }): Instance => ({
        name,
        tokens,
        stop: Effect.andThen(server.closes(name), stop),
        seen: [],
        refused: new Set()
      })
    )
  })
  const running = yield* Effect.forEach(Array.from({ length: history.processes }), () => open)
  const instanceOf = (process: number): Instance => {
    const instance = running[process % running.length]
    if (instance === undefined) throw new Error("there is no such process")
    return instance
  }

  /** Looks at a token at the very moment it is handed out. */
  const inspect = Effect.fnUntraced(function*({ name, refused, seen, tokens }: Instance, token: AccessToken) {
    const secret = secretOf(token)
    if (token.isExpired(yield* DateTime.now)) breach("I1", `${secret} had expired by the wall clock`)
    // The age of a token out of a store is known by the wall clock alone, and that may have been set.
    if (server.issuedTo(secret) === name && (yield* server.hasOutlived(secret))) {
      breach("I1", `${secret} had expired by its true age`)
    }
    if (refused.has(secret)) breach("I9", `${secret} was handed out again`)
    // The store may hold a later answer instead, which was over before it arrived.
    const isStored = store.written.some(({ tokenSet }) =>
      tokenSet !== undefined && serialOf(secretOf(tokenSet.accessToken)) >= serialOf(secret)
    )
    if (!isStored && (yield* tokens.status).unsaved === undefined) breach("I5", `${secret} was not stored`)
    if (seen.at(-1) !== token) seen.push(token)
  })

  const ask = Effect.fnUntraced(function*(instance: Instance, outcomes: Array<Outcome> = []) {
    const askedAt = yield* monotonicMillis
    const { phase } = yield* instance.tokens.status
    const exit = yield* Effect.exit(instance.tokens.get)
    if (Exit.isSuccess(exit)) yield* inspect(instance, exit.value)
    const at = (yield* monotonicMillis) - askedAt
    const result = Exit.match(exit, {
      onSuccess: secretOf,
      onFailure: () => reasonOf(exit)
    })
    // Unless a new sign-in has come in between.
    const hasEnded = phase === "SignInRequired" && (yield* instance.tokens.status).phase === phase
    if (hasEnded && Exit.isFailure(exit) && result !== "ReauthorizationRequired") {
      breach("I7", `a caller was told ${result} after the sign-in had ended`)
    }
    outcomes.push({ at, result })
  })

  let callers: Array<Fiber.Fiber<unknown, unknown>> = []
  const bursts: Array<Array<Outcome>> = []

  /** Everyone asks at the same instant. */
  const burst = Effect.fnUntraced(function*(instance: Instance, size: number) {
    yield* TestClock.adjust(0)
    const before = server.requests(instance.name)
    const outcomes: Array<Outcome> = []
    bursts.push(outcomes)
    const fibers = yield* Effect.forEach(
      Array.from({ length: size }),
      () => Effect.forkChild(ask(instance, outcomes), { startImmediately: true })
    )
    yield* TestClock.adjust(0)
    const requests = server.requests(instance.name) - before
    if (requests > 1) breach("I3", `${size} callers at one instant caused ${requests} requests`)
    callers.push(...fibers)
    return { fibers, outcomes }
  })

  const lifetimeMillis = () => (server.behaviour().lifetimeSeconds ?? longestLifetime) * 1000

  const afterSetBack = Effect.fnUntraced(function*(step: typeof CallAfterSetBack.Type) {
    const instance = instanceOf(step.process)
    yield* TestClock.adjust(server.behaviour().latencyMillis)
    const { expiresAt } = yield* instance.tokens.status
    const left = (expiresAt?.epochMilliseconds ?? 0) - (yield* Clock.currentTimeMillis)
    if (left <= 0 || left > longestLifetime * 1000) return
    yield* TestClock.adjust(Math.floor(left * step.at))
    yield* wallClock.shift(-Math.floor(left * step.at * step.by))
    yield* TestClock.adjust(left - Math.floor(left * step.at))
    yield* burst(instance, 1)
  })

  const afterDrought = Effect.fnUntraced(function*(step: typeof CallAfterDrought.Type) {
    const instance = instanceOf(0)
    yield* server.behave({ answer: "Unreachable", latencyMillis: 0 })
    if ((yield* instance.tokens.status).expiresAt === undefined) return
    // Whatever was in flight has ended by then, too.
    yield* TestClock.adjust((longestLifetime + 45) * 1000)
    const { phase, retryAt } = yield* instance.tokens.status
    if (phase !== "Retrying" || retryAt === undefined) return
    yield* server.behave({ answer: "Token", latencyMillis: step.latencyMillis, lifetimeSeconds: longestLifetime })
    const before = server.requests()
    yield* TestClock.adjust(DateTime.distance(yield* DateTime.now, retryAt))
    const { outcomes } = yield* burst(instance, step.callers)
    yield* TestClock.adjust(step.latencyMillis)
    const requests = server.requests() - before
    if (requests !== 1) breach("I3", `${step.callers} callers at the end of a token caused ${requests} requests`)
    const results = new Set(outcomes.map(({ result }) => result))
    if (outcomes.length !== step.callers || results.size !== 1 || !server.issuedTo([...results][0] ?? "")) {
      breach("I3", `${step.callers} callers at the end of a token got ${[...results].join(", ") || "nothing"}`)
    }
  })

  const invalidateCurrent = Effect.fnUntraced(function*({ refused, tokens }: Instance) {
    const asking = yield* Effect.forkChild(Effect.exit(tokens.get), { startImmediately: true })
    const exit = asking.pollUnsafe()
    if (exit === undefined) return yield* Fiber.interrupt(asking)
    if (Exit.isFailure(exit) || Exit.isFailure(exit.value)) return
    const token = exit.value.value
    if (yield* tokens.invalidate(token)) refused.add(secretOf(token))
  })

  const invalidateOlder = Effect.fnUntraced(function*({ name, seen, tokens }: Instance) {
    const current = seen.at(-1)
    const older = seen.findLast((token) => current !== undefined && secretOf(token) !== secretOf(current))
    if (older === undefined) return
    yield* TestClock.adjust(0)
    const before = { status: yield* tokens.status, requests: server.requests(name) }
    const answer = yield* tokens.invalidate(older)
    const after = yield* tokens.status
    yield* TestClock.adjust(0)
    if (!answer) breach("I9", "a late refusal of an older token was not worth another try")
    if (!Equal.equals(before.status, after)) breach("I9", "a late refusal of an older token changed the status")
    if (server.requests(name) !== before.requests) breach("I9", "a late refusal of an older token caused a request")
  })

  const reopen = Effect.fnUntraced(function*(process: number) {
    const at = process % running.length
    yield* instanceOf(at).stop
    // What its owner could not store is gone with it. No program could do better; the model lets it begin again.
    if (store.failsWrites) {
      const kept = store.record?.tokenSet
      server.beginsAgain({
        accessToken: kept === undefined ? undefined : secretOf(kept.accessToken),
        refreshToken: Redacted.value(kept?.refreshToken ?? refreshToken.refreshToken)
      })
    }
    running[at] = yield* open
  })

  const signIn = ({ tokens }: Instance) =>
    Effect.suspend(() => tokens.authorize(Grant.RefreshToken({ refreshToken: Redacted.make(server.signIn()) })))

  for (const step of history.steps) {
    // Somebody asks all the time.
    for (const instance of running) yield* Effect.forkChild(ask(instance), { startImmediately: true })
    switch (step._tag) {
      case "Call":
        yield* burst(instanceOf(step.process), step.callers)
        break
      case "CallAfterSetBack":
        yield* afterSetBack(step)
        break
      case "CallAfterDrought":
        yield* afterDrought(step)
        break
      case "Refresh": {
        const instance = instanceOf(step.process)
        yield* instance.tokens.refresh.pipe(
          Effect.flatMap((token) => inspect(instance, token)),
          Effect.ignore,
          Effect.forkChild({ startImmediately: true })
        )
        if (step.isAwaited) yield* TestClock.adjust(server.behaviour().latencyMillis)
        break
      }
      case "Interrupt": {
        const half = callers.filter((_, index) => step.everyone || index % 2 === 0)
        yield* Fiber.interruptAll(half)
        callers = callers.filter((caller) => !half.includes(caller))
        break
      }
      case "Invalidate":
        yield* (step.current ? invalidateCurrent : invalidateOlder)(instanceOf(step.process))
        break
      case "Wait":
        yield* TestClock.adjust(step.millis)
        break
      case "WaitLifetimes":
        yield* TestClock.adjust(Math.ceil(step.count * lifetimeMillis()))
        break
      case "WaitForEnd": {
        const { expiresAt } = yield* instanceOf(step.process).tokens.status
        const left = (expiresAt?.epochMilliseconds ?? 0) - (yield* Clock.currentTimeMillis) + step.millis
        if (left > 0 && left <= longestLifetime * 1000) yield* TestClock.adjust(left)
        break
      }
      case "JumpWall":
        yield* wallClock.shift(step.millis)
        break
      case "Latency":
        yield* server.behave({ latencyMillis: step.millis })
        break
      case "Lifetime":
        yield* server.behave({ lifetimeSeconds: step.seconds })
        break
      case "Rotation":
        yield* server.behave({ rotates: step.on })
        break
      case "ServerAnswers":
        yield* server.behave({ answer: step.answer })
        break
      case "StoreFails":
        // Of two processes that cannot tell each other of a rotation, one must lose it.
        store.failsWrites = step.on && !isShared
        break
      case "CloseAndReopen":
        yield* reopen(step.process)
        break
      case "SignIn":
        yield* Effect.forkChild(Effect.ignore(signIn(instanceOf(step.process))), { startImmediately: true })
        break
    }
  }

  // ---------------------------------------------------------------------------
  // The audit
  // ---------------------------------------------------------------------------

  // Time for whatever is in flight to end, and for what could not be stored to be stored.
  store.failsWrites = false
  yield* server.behave({ lifetimeSeconds: longestLifetime })
  // What begins as another thing ends sets its timer a few turns later: two minutes at once would pass it by.
  yield* Effect.repeat(TestClock.adjust(0), { times: 9 })
  yield* Effect.repeat(TestClock.adjust("10 seconds"), { times: 11 })

  if (server.mostInFlight() > 1) breach("I2", `${server.mostInFlight()} requests were in flight together`)

  for (const outcomes of bursts) {
    // Whether somebody has signed in elsewhere, one looks on behalf of all, and the others need not wait for it.
    const fates = new Set(
      outcomes.map(({ at, result }) => result === "ReauthorizationRequired" ? result : `${result} after ${at} ms`)
    )
    if (fates.size > 1) breach("I3", `callers at one instant met ${[...fates].join("; ")}`)
  }

  const delivered = server.delivered()
  const kept = store.record?.tokenSet
  const keptAccessToken = kept === undefined ? undefined : secretOf(kept.accessToken)
  if (delivered !== undefined && keptAccessToken !== delivered.accessToken) {
    breach("I4", `the answer ${delivered.accessToken} was lost`)
  }
  if (delivered !== undefined && kept !== undefined) {
    const atRest = kept.refreshToken === undefined ? "none" : Redacted.value(kept.refreshToken)
    if (atRest !== delivered.refreshToken) {
      // The right answer with the wrong refresh token, or another answer.
      breach(
        keptAccessToken === delivered.accessToken ? "I6" : "I5",
        `${atRest} is kept, not ${delivered.refreshToken}`
      )
    }
  }
  for (const { tokens } of running) {
    if ((yield* tokens.status).unsaved !== undefined) breach("I5", "what could not be stored was not offered again")
  }

  const refusals = server.refusals()
  let hasHeldRefreshToken = false
  for (const { ended, tokenSet } of store.written) {
    if (ended !== undefined && refusals === 0) breach("I8", `trouble in passing ended the sign-in: ${ended.kind}`)
    if (hasHeldRefreshToken && tokenSet?.refreshToken === undefined) breach("I8", "a refresh token was deleted")
    hasHeldRefreshToken ||= tokenSet?.refreshToken !== undefined
  }

  yield* Effect.forEach(running, ({ stop }) => stop)
  return [...breaches, ...server.breaches()]
})

const reasonOf = (exit: Exit.Exit<unknown, AuthError.AuthError>): string =>
  Exit.match(exit, {
    onSuccess: () => "success",
    onFailure: (cause) => {
      for (const reason of cause.reasons) {
        if (reason._tag === "Fail") return reason.error.reason._tag
      }
      return "a defect"
    }
  })
