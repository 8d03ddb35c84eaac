/** Histories of token services: steps that may be taken, and arbitraries for sequences of them. */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { Answer } from "./ModelServer.ts"

const Process = Schema.Literals([0, 1])

// Magnitudes are drawn evenly, out of a few that differ: generated numbers are mostly small.

const Call = Schema.TaggedStruct("Call", { process: Process, callers: Schema.Literals([1, 2, 20]) })
/** The server is away until the token has ended; then, as it comes back, everyone calls at once. */
export const CallAfterDrought = Schema.TaggedStruct("CallAfterDrought", {
  callers: Schema.Literals([1, 3, 30]),
  latencyMillis: Schema.Literals([0, 10, 2000])
})
const Refresh = Schema.TaggedStruct("Refresh", { process: Process, isAwaited: Schema.Boolean })
const Interrupt = Schema.TaggedStruct("Interrupt", { everyone: Schema.Boolean })
const Invalidate = Schema.TaggedStruct("Invalidate", { process: Process, current: Schema.Boolean })
const Wait = Schema.TaggedStruct("Wait", { millis: Schema.Literals([1, 40, 400, 2000, 9000, 30_000]) })
const WaitLifetimes = Schema.TaggedStruct("WaitLifetimes", { count: Schema.Literals([0.2, 0.4, 0.9, 1, 1.1, 2]) })
/** The moments around the end of the token at hand. */
const WaitForEnd = Schema.TaggedStruct("WaitForEnd", { process: Process, millis: Schema.Literals([-1, 0, 1, 400]) })
/** As a time server corrects a clock, as a laptop wakes up, as a person mistakes the year. */
const JumpWall = Schema.TaggedStruct("JumpWall", {
  millis: Schema.Literals([-7_200_000, -240_000, -15_000, -500, 500, 15_000, 240_000, 7_200_000])
})
/** The wall clock is set back in the middle of a life, so that by its account it is not over when it is. */
export const CallAfterSetBack = Schema.TaggedStruct("CallAfterSetBack", {
  process: Process,
  at: Schema.Literals([0.2, 0.5, 0.8]),
  by: Schema.Literals([0.3, 0.6, 0.9])
})
export const longestLifetime = 600
const Latency = Schema.TaggedStruct("Latency", { millis: Schema.Literals([0, 10, 100, 1000, 8000, 15_000]) })
const Lifetime = Schema.TaggedStruct("Lifetime", {
  seconds: Schema.NullOr(Schema.Literals([2, 5, 20, 60, longestLifetime]))
})
const Rotation = Schema.TaggedStruct("Rotation", { on: Schema.Boolean })
const StoreFails = Schema.TaggedStruct("StoreFails", { on: Schema.Literals([true, true, false]) })
const CloseAndReopen = Schema.TaggedStruct("CloseAndReopen", { process: Process })
const SignIn = Schema.TaggedStruct("SignIn", { process: Process })

const transientAnswers = [
  "ServerError",
  "RateLimited",
  "NotFound",
  "Html",
  "Truncated",
  "Lost",
  "Unreachable",
  "Hang"
] as const satisfies ReadonlyArray<Answer>

/** Trouble and its end are equally likely, so that histories do not spend themselves in one long outage. */
const ServerWorks = Schema.TaggedStruct("ServerAnswers", { answer: Schema.Literal("Token") })
const ServerFails = Schema.TaggedStruct("ServerAnswers", { answer: Schema.Literals(transientAnswers) })
const ServerRefuses = Schema.TaggedStruct("ServerAnswers", { answer: Schema.Literal("InvalidGrant") })

const calls = [Call, Refresh, Interrupt] as const
const time = [Wait, WaitLifetimes, WaitForEnd, JumpWall] as const
const server = [Latency, Lifetime, Rotation, ServerWorks, ServerFails] as const

/** What a history may be made of. */
export const alphabets = {
  /** Everything but the end of a sign-in. */
  everything: Schema.Union([...calls, ...time, ...server, Invalidate, StoreFails, CloseAndReopen]),
  /** What ages are told by. */
  clocks: Schema.Union([
    Call,
    Interrupt,
    Wait,
    WaitLifetimes,
    WaitForEnd,
    WaitForEnd,
    JumpWall,
    JumpWall,
    CallAfterSetBack,
    CallAfterSetBack,
    Latency,
    Lifetime,
    ServerWorks,
    ServerFails,
    ServerFails,
    Invalidate,
    CloseAndReopen
  ]),
  /** What rotated refresh tokens can be lost to. */
  credentials: Schema.Union([
    ...calls,
    Refresh,
    Refresh,
    ...time,
    Latency,
    ServerWorks,
    ServerWorks,
    ServerFails,
    StoreFails,
    StoreFails,
    CloseAndReopen
  ]),
  droughts: Schema.Union([...calls, ...time, ...server, Invalidate, CallAfterDrought]),
  invalidations: Schema.Union([...calls, ...time, ...server, Invalidate, Invalidate, Invalidate]),
  /** Sign-ins end, and new ones begin. */
  endings: Schema.Union([
    ...calls,
    ...time,
    ...server,
    ServerRefuses,
    ServerRefuses,
    SignIn,
    StoreFails,
    CloseAndReopen
  ])
}

export type Step = (typeof alphabets)[keyof typeof alphabets]["Type"] | typeof CallAfterDrought.Type

export interface History {
  readonly processes: 1 | 2
  /** What the services' own randomness is drawn from, so that a history can be lived through again. */
  readonly seed: number
  readonly steps: ReadonlyArray<Step>
}

/** Histories over an alphabet. Each ends sooner when it shrinks, and none is too short to find anything before. */
export const histories = (
  alphabet: Schema.Codec<Step>,
  processes: ReadonlyArray<1 | 2> = [1]
): Arbitrary.Arbitrary<History> =>
  Arbitrary.all({
    processes: Arbitrary.schema(Schema.Literals(processes)),
    seed: Arbitrary.schema(Schema.Int),
    steps: Arbitrary.array(Arbitrary.schema(alphabet), { minLength: 1, maxLength: 40 })
  })
