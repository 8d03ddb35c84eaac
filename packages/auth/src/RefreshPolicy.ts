/**
 * When to refresh, how to back off, when to give up: pure functions of a token's lifetime and of draws between 0 and 1.
 *
 * A life has three parts. At first the token is simply served. In the *advisory* window, the last eighth, the scheduled
 * refresh runs and nobody waits for it. In the *mandatory* window, the last moments, callers wait for the refresh that
 * is running, and take the old token if it fails. The windows grow with the lifetime: a fixed one longer than the
 * lifetime would fetch a token on every call.
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
 * A retry is drawn between half and all of its pause, so that those who failed together do not come back together.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

// =============================================================================
// Model
// =============================================================================

/**
 * What a policy decided for one token. All instants are ages: time since the token was issued.
 *
 * @category models
 * @since 0.1.0
 */
export interface RefreshPlan {
  /**
   * The age at which the scheduled refresh is due. Jitter is drawn once and is already in it. A server that names a
   * moment of its own (`refresh_in`) is heeded instead, with that jitter.
   */
  readonly refreshAt: Duration.Duration
  /** The age from which callers wait for a refresh in flight; infinite where they never do. */
  readonly mandatoryAt: Duration.Duration
  /** The age at which the token ends; infinite where its issuer did not say. */
  readonly expiresAt: Duration.Duration
}

/**
 * A refresh policy. Replace any part of `standard` and hand it to `TokenService.layer({ policy })`.
 *
 * Every `draw` is a number between 0 and 1 that the service takes from Effect's `Random`.
 *
 * @category models
 * @since 0.1.0
 */
export interface RefreshPolicy {
  /** The plan for a token of this lifetime (none: its issuer did not say). */
  readonly plan: (lifetime: Option.Option<Duration.Duration>, draw: number) => RefreshPlan
  /**
   * The plan for a token that brings nothing new, `remaining` before its end: the same once more, or another that ends
   * when the last one does. Asking again at once would only bring it a third time.
   */
  readonly planWithoutProgress: (remaining: Option.Option<Duration.Duration>) => RefreshPlan
  /** The pause after the `attempt`-th failure in a row (from 1) while a token of this lifetime still serves. */
  readonly retryDelay: (
    lifetime: Option.Option<Duration.Duration>,
    attempt: number,
    draw: number
  ) => Duration.Duration
  /** The pause after the `attempt`-th failure in a row (from 1) with no usable token; callers fail fast inside it. */
  readonly retryDelayWithoutToken: (attempt: number, draw: number) => Duration.Duration
  /** The pause a server asked for, or, for a 429 that named none, should have; never longer than the policy's cap. */
  readonly serverDelay: (retryAfter: Option.Option<Duration.Duration>) => Duration.Duration
  /**
   * Up to what age a token that replaced a refused one is not replaced in its turn: what a fresh token does not cure, a
   * fresher one will not.
   */
  readonly minAgeBeforeReplacement: (lifetime: Option.Option<Duration.Duration>) => Duration.Duration
  /** The longest a caller waits for a refresh; its own timeout may be shorter. */
  readonly patience: Duration.Duration
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

/** What stands in for figures that follow from a lifetime where there is none. */
const unknownLifetime = {
  refreshAt: minutes(10),
  jitter: minutes(1),
  firstPause: seconds(30),
  longestPause: minutes(5)
} as const

const pausesWhileServing = (lifetime: number) => {
  const window = advisoryWindow(lifetime)
  return { firstPause: window / 20, longestPause: Math.min(window / 4, minutes(5)) }
}

const never = Duration.infinity

const serverDelay = (retryAfter: Option.Option<Duration.Duration>): Duration.Duration =>
  Duration.min(Option.getOrElse(retryAfter, () => Duration.seconds(60)), Duration.hours(1))

/**
 * The policy used unless another is given. An hour's token is refreshed 7.5 minutes (less jitter) before its end, which
 * costs an eighth more token requests than waiting would and outlives any outage shorter than that.
 *
 * @category constants
 * @since 0.1.0
 */
export const standard: RefreshPolicy = {
  plan: (lifetime, draw) => {
    if (Option.isNone(lifetime)) {
      return {
        refreshAt: Duration.millis(unknownLifetime.refreshAt + draw * unknownLifetime.jitter),
        mandatoryAt: never,
        expiresAt: never
      }
    }
    const life = Duration.toMillis(lifetime.value)
    const window = advisoryWindow(life)
    return {
      refreshAt: Duration.millis(life - window + draw * jitter(window)),
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
  retryDelay: (lifetime, attempt, draw) => {
    const { firstPause, longestPause } = Option.match(lifetime, {
      onNone: () => unknownLifetime,
      onSome: (life) => pausesWhileServing(Duration.toMillis(life))
    })
    const doubled = Math.min(firstPause * 2 ** (attempt - 1), longestPause)
    return Duration.millis(Math.max(doubled * (0.5 + draw / 2), seconds(0.5)))
  },
  retryDelayWithoutToken: (attempt, draw) =>
    Duration.millis(Math.min(seconds(1) * 2 ** (attempt - 1), seconds(60)) * (0.8 + 0.4 * draw)),
  serverDelay,
  minAgeBeforeReplacement: (lifetime) =>
    Option.match(lifetime, {
      onNone: () => Duration.seconds(30),
      onSome: (life) => Duration.millis(clamp(Duration.toMillis(life) / 4, seconds(1), seconds(30)))
    }),
  patience: Duration.seconds(10)
}
