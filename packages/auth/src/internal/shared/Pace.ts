/** The pace at which due accounts are begun, by what the server has answered. */
import type * as Clock from "effect/Clock"
import * as Clocks from "../../Clocks.ts"
import * as Breaker from "./Breaker.ts"

export class Pace {
  readonly #clock: Clock.Clock
  #breaker = Breaker.closed
  /** Monotonic milliseconds before which nothing is refreshed ahead of time, because the server asked for that. */
  #pausedUntil = -Infinity

  constructor(clock: Clock.Clock) {
    this.#clock = clock
  }

  get #now(): number {
    return Clocks.now(this.#clock).monotonic
  }

  /** Whether the server refuses so much that its refusals do not count. */
  get isIncident(): boolean {
    return Breaker.isOpen(this.#breaker, this.#now)
  }

  onAnswer(account: string, isRefused: boolean): void {
    this.#breaker = Breaker.onAnswer(this.#breaker, { account, isRefused, now: this.#now })
  }

  onRateLimit(millis: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#now + millis)
  }

  /** The number of due accounts that may be begun now, of those that there is room for. */
  admit(room: number): number {
    const now = this.#now
    if (now < this.#pausedUntil) return 0
    const [breaker, admitted] = Breaker.admit(this.#breaker, room, now)
    this.#breaker = breaker
    return admitted
  }
}
