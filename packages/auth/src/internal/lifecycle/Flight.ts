/**
 * The one token request that may be in flight, and those who wait for what comes of it. Any of them may leave at any time,
 * and the request goes on.
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type { AccessToken } from "../../AccessToken.ts"
import type * as AuthError from "../../AuthError.ts"
import type * as Clocks from "../../Clocks.ts"
import * as DueTimes from "./DueTimes.ts"

/** What came of a token request: an access token, or why there is none. */
export type Outcome = Exit.Exit<AccessToken, AuthError.AuthError>

export class Flight {
  /** A new token for whoever asks; otherwise somebody's sign-in or sign-out, whose failure is theirs alone. */
  readonly isRenewal: boolean
  /** From here on it is brought to its end: what it asks for may be had once only. */
  isUnderWay = false
  /** What it runs in; absent for the moment in which that is made. */
  fiber: Fiber.Fiber<unknown> | undefined
  #outcome: Outcome | undefined
  readonly #waiters = new Set<Waiter>()

  constructor(isRenewal: boolean) {
    this.isRenewal = isRenewal
  }

  /** It has come to its end, if it had not before. */
  land(outcome: Outcome): void {
    if (this.#outcome !== undefined) return
    this.#outcome = outcome
    const answer = Effect.succeed(outcome)
    for (const waiter of this.#waiters) waiter.leave(answer)
  }

  /** Waits for what comes of it, until an instant in monotonic milliseconds: by then there may be nothing yet. */
  landed(dueTimes: DueTimes.DueTimes, until = Infinity): Effect.Effect<Outcome | undefined> {
    return Effect.callback<Outcome | undefined>((resume) => {
      if (this.#outcome !== undefined) return resume(Effect.succeed(this.#outcome))
      const waiter = new Waiter(this.#waiters, dueTimes, until, resume)
      return Effect.sync(() => waiter.leave())
    })
  }
}

/** Somebody who waits: for nothing more once their time has come. */
class Waiter extends DueTimes.Alarm {
  readonly #among: Set<Waiter>
  readonly #dueTimes: DueTimes.DueTimes
  readonly #until: number
  readonly #resume: (answer: Effect.Effect<Outcome | undefined>) => void

  constructor(
    among: Set<Waiter>,
    dueTimes: DueTimes.DueTimes,
    until: number,
    resume: (answer: Effect.Effect<Outcome | undefined>) => void
  ) {
    super()
    this.#among = among
    this.#dueTimes = dueTimes
    this.#until = until
    this.#resume = resume
    among.add(this)
    dueTimes.set(this, until)
  }

  leave(answer?: Effect.Effect<Outcome | undefined>): void {
    this.#among.delete(this)
    this.#dueTimes.clear(this)
    if (answer !== undefined) this.#resume(answer)
  }

  override ring(now: Clocks.Instant): void {
    // The wall clock has been set: that shortens nobody's patience.
    if (DueTimes.isOver(this.#until, now)) this.leave(Effect.undefined)
    else this.#dueTimes.set(this, this.#until)
  }
}
