/** The one token request that may be in flight for an account, and the callers that wait for its outcome. */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type { AccessToken } from "../../AccessToken.ts"
import type * as AuthError from "../../AuthError.ts"
import type * as Clocks from "../../Clocks.ts"
import * as DueTimes from "./DueTimes.ts"

// =============================================================================
// Model
// =============================================================================

/** An access token, or the reason why there is none. */
export type Outcome = Exit.Exit<AccessToken, AuthError.AuthError>

/**
 * A refresh, or a request about the sign-in: its beginning, its end, and one more attempt after its end. The failure of a
 * refresh is the failure of everybody who waits for a token; that of any other request is its caller's.
 */
export type Kind = "Refresh" | "SignIn"

// =============================================================================
// Constructor
// =============================================================================

/** Any caller may leave at any time, and the request goes on. */
export class RequestInFlight {
  readonly kind: Kind
  /** Set once it is about to be sent: a refresh token may work only once, so the request is brought to its end then. */
  isSent = false
  #outcome: Outcome | undefined
  readonly #waiters = new Set<Waiter>()

  constructor(kind: Kind) {
    this.kind = kind
  }

  /** Gives everybody the outcome. Only the first outcome counts. */
  end(outcome: Outcome): void {
    if (this.#outcome !== undefined) return
    this.#outcome = outcome
    const result = Effect.succeed(outcome)
    for (const waiter of this.#waiters) waiter.leave(result)
  }

  /** Waits for the outcome, until an instant in monotonic milliseconds; `undefined` when that comes first. */
  wait(dueTimes: DueTimes.DueTimes, until = Infinity): Effect.Effect<Outcome | undefined> {
    return Effect.callback<Outcome | undefined>((resume) => {
      if (this.#outcome !== undefined) return resume(Effect.succeed(this.#outcome))
      const waiter = new Waiter(this.#waiters, dueTimes, until, resume)
      return Effect.sync(() => waiter.leave())
    })
  }
}

class Waiter extends DueTimes.Alarm {
  readonly #waiters: Set<Waiter>
  readonly #dueTimes: DueTimes.DueTimes
  readonly #until: number
  readonly #resume: (result: Effect.Effect<Outcome | undefined>) => void

  constructor(
    waiters: Set<Waiter>,
    dueTimes: DueTimes.DueTimes,
    until: number,
    resume: (result: Effect.Effect<Outcome | undefined>) => void
  ) {
    super()
    this.#waiters = waiters
    this.#dueTimes = dueTimes
    this.#until = until
    this.#resume = resume
    waiters.add(this)
    dueTimes.set(this, until)
  }

  leave(result?: Effect.Effect<Outcome | undefined>): void {
    this.#waiters.delete(this)
    this.#dueTimes.clear(this)
    if (result !== undefined) this.#resume(result)
  }

  override ring(now: Clocks.Instant): void {
    // A wall clock that has been set shortens nobody's wait.
    if (DueTimes.isOver(this.#until, now)) this.leave(Effect.undefined)
    else this.#dueTimes.set(this, this.#until)
  }
}
