/**
 * Rules for when tokens are refreshed, how failed requests back off, and how long callers wait.
 *
 * **When to use**
 *
 * Use to change the timing of a token service. `standard` suits most programs; replace any of its parts.
 *
 * **Details**
 *
 * A policy is a record of pure functions of a token's lifetime and of random numbers. Effect's `Random` supplies the
 * numbers, so that tests can fix them.
 *
 * The life of a token has three parts. At first the token is served, and nothing else happens. In the *advisory* window,
 * the last eighth, the scheduled refresh runs and nobody waits for it. In the *mandatory* window, the last moments,
 * callers wait for the refresh in flight and receive the old token if it fails. The windows grow with the lifetime,
 * because a fixed window longer than the lifetime would request a token on every call.
 *
 * | lifetime | advisory | jitter up to | mandatory | retry while serving, at most | after a 401 |
 * | --- | --- | --- | --- | --- | --- |
 * | 5 s | 2 s | 0.5 s | 0.5 s | 0.5 s | 1.25 s |
 * | 1 min | 7.5 s | 1.9 s | 1.25 s | 0.5 s, doubling to 1.9 s | 15 s |
 * | 1 h | 7.5 min | 1.9 min | 60 s | 22 s, doubling to 113 s | 30 s |
 * | 90 min | 11 min | 2.8 min | 60 s | 34 s, doubling to 169 s | 30 s |
 * | 24 h and more | 60 min | 5 min | 60 s | 3 min, then 5 min | 30 s |
 * | unknown | 10 min after issue | 1 min | none | 30 s, doubling to 5 min | 30 s |
 *
 * A retry happens at random between half of its delay and all of it, so that programs that failed together do not come
 * back together.
 *
 * **Example** (Waiting three seconds at most)
 *
 * ```ts
 * import * as RefreshPolicy from "@app/auth/RefreshPolicy"
 * import * as TokenService from "@app/auth/TokenService"
 * import * as Duration from "effect/Duration"
 *
 * const Tokens = TokenService.layerConfig({
 *   policy: { ...RefreshPolicy.standard, maxWait: Duration.seconds(3) }
 * })
 * ```
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

// =============================================================================
// Model
// =============================================================================

/**
 * The plan that a policy makes for one token, as ages: durations since the token was issued.
 *
 * @category models
 * @since 0.1.0
 */
export interface RefreshPlan {
  /**
   * The age at which the scheduled refresh is due, including the jitter. Where the server names a time of its own
   * (`refresh_in`), that time counts instead, with the same jitter.
   */
  readonly refreshAt: Duration.Duration
  /** The age from which callers wait for a refresh in flight; infinite where they never do. */
  readonly mandatoryAt: Duration.Duration
  /** The age at which the token ends; infinite where its issuer did not say. */
  readonly expiresAt: Duration.Duration
}

/**
 * A refresh policy, for the option `policy` of `TokenService`, `Accounts` and `TokenSource`.
 *
 * **Details**
 *
 * A `lifetime` is none where the issuer did not say. Every `random` is a number from 0 to 1. Every `attempt` counts
 * failures in a row, from 1.
 *
 * @category models
 * @since 0.1.0
 */
export interface RefreshPolicy {
  /** Plans a token. */
  readonly plan: (lifetime: Option.Option<Duration.Duration>, random: number) => RefreshPlan
  /**
   * Plans a token that does not extend the previous one, `remaining` before its end: the same token again, or a new one
   * with the same end. A server that repeats itself must not be asked in a loop.
   */
  readonly planWithoutProgress: (remaining: Option.Option<Duration.Duration>) => RefreshPlan
  /** Returns the delay after a failure while a token of this lifetime still serves. */
  readonly retryDelay: (
    lifetime: Option.Option<Duration.Duration>,
    attempt: number,
    random: number
  ) => Duration.Duration
  /** Returns the delay after a failure without a usable token. Callers fail at once until it is over. */
  readonly retryDelayWithoutToken: (attempt: number, random: number) => Duration.Duration
  /** Returns the delay for a server's `Retry-After`, or for a 429 without one. */
  readonly serverDelay: (retryAfter: Option.Option<Duration.Duration>) => Duration.Duration
  /**
   * Returns the age up to which a token that replaced a rejected one is not replaced itself. If an API rejects both,
   * another token would not help.
   */
  readonly minAgeBeforeReplacement: (lifetime: Option.Option<Duration.Duration>) => Duration.Duration
  /** The longest time that a caller waits for a token. The caller's own timeout may be shorter. */
  readonly maxWait: Duration.Duration
}

// =============================================================================
// Constructor
// =============================================================================

const seconds = (value: number) => value * 1000
const minutes = (value: number) => value * 60_000
const clamp = (value: number, minimum: number, maximum: number) => Math.min(Math.max(value, minimum), maximum)

const advisoryWindow = (lifetime: number) => clamp(lifetime / 8, Math.min(seconds(2), lifetime / 2), minutes(60))

const mandatoryWindow = (lifetime: number) =>
  clamp(advisoryWindow(lifetime) / 6, Math.min(seconds(0.5), lifetime / 10), seconds(60))

const jitter = (window: number) => Math.min(window / 4, minutes(5))

/** Figures for tokens whose lifetime is unknown. */
const unknownLifetime = {
  refreshAt: minutes(10),
  jitter: minutes(1),
  firstDelay: seconds(30),
  longestDelay: minutes(5)
} as const

const delaysWhileServing = (lifetime: number) => {
  const window = advisoryWindow(lifetime)
  return { firstDelay: window / 20, longestDelay: Math.min(window / 4, minutes(5)) }
}

const never = Duration.infinity

const serverDelay = (retryAfter: Option.Option<Duration.Duration>): Duration.Duration =>
  Duration.min(Option.getOrElse(retryAfter, () => Duration.seconds(60)), Duration.hours(1))

/**
 * The policy that is used unless another is given.
 *
 * **Details**
 *
 * A token of an hour is refreshed 7.5 minutes (less jitter) before its end. That costs an eighth more token requests
 * than waiting for the end, and survives any outage shorter than that. A token without progress is asked for again
 * halfway through what remains, between 1 and 300 seconds; after 5 minutes where that is unknown. A 429 without
 * `Retry-After` waits 60 seconds, and no server's delay is longer than 1 hour. Callers wait 10 seconds at most.
 *
 * @category constants
 * @since 0.1.0
 */
export const standard: RefreshPolicy = {
  plan: (lifetime, random) => {
    if (Option.isNone(lifetime)) {
      return {
        refreshAt: Duration.millis(unknownLifetime.refreshAt + random * unknownLifetime.jitter),
        mandatoryAt: never,
        expiresAt: never
      }
    }
    const life = Duration.toMillis(lifetime.value)
    const window = advisoryWindow(life)
    return {
      refreshAt: Duration.millis(life - window + random * jitter(window)),
      mandatoryAt: Duration.millis(life - mandatoryWindow(life)),
      expiresAt: lifetime.value
    }
  },
  planWithoutProgress: (remaining) => {
    if (Option.isNone(remaining)) {
      return { refreshAt: Duration.minutes(5), mandatoryAt: never, expiresAt: never }
    }
    const life = Duration.toMillis(remaining.value)
    return {
      refreshAt: Duration.millis(clamp(life / 2, seconds(1), seconds(300))),
      mandatoryAt: Duration.millis(life - mandatoryWindow(life)),
      expiresAt: remaining.value
    }
  },
  retryDelay: (lifetime, attempt, random) => {
    const { firstDelay, longestDelay } = Option.match(lifetime, {
      onNone: () => unknownLifetime,
      onSome: (life) => delaysWhileServing(Duration.toMillis(life))
    })
    const doubled = Math.min(firstDelay * 2 ** (attempt - 1), longestDelay)
    return Duration.millis(Math.max(doubled * (0.5 + random / 2), seconds(0.5)))
  },
  retryDelayWithoutToken: (attempt, random) =>
    Duration.millis(Math.min(seconds(1) * 2 ** (attempt - 1), seconds(60)) * (0.8 + 0.4 * random)),
  serverDelay,
  minAgeBeforeReplacement: (lifetime) =>
    Option.match(lifetime, {
      onNone: () => Duration.seconds(30),
      onSome: (life) => Duration.millis(clamp(Duration.toMillis(life) / 4, seconds(1), seconds(30)))
    }),
  maxWait: Duration.seconds(10)
}
