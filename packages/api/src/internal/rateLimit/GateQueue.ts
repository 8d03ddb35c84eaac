/** Calls that wait at a gate, in the order they came. */
import type * as Effect from "effect/Effect"
import type * as SpotifyError from "../../SpotifyError.ts"
import type { GateRequest } from "./Gate.ts"
import type * as GateState from "./GateState.ts"

// =============================================================================
// Model
// =============================================================================

/** A call at the gate, linked with the others that wait. */
export interface Turn {
  readonly request: GateRequest
  readonly caller: GateState.Caller
  readonly resume: (admission: Effect.Effect<void, SpotifyError.SpotifyError>) => void
  isWaiting: boolean
  /** Set when the call was admitted while the gate opened. */
  ticket: GateState.Ticket | undefined
  previous: Turn | undefined
  next: Turn | undefined
}

/** Creates the turn of a call that does not wait yet. */
export const turn = (
  request: GateRequest,
  caller: GateState.Caller,
  resume: Turn["resume"]
): Turn => ({ request, caller, resume, isWaiting: false, ticket: undefined, previous: undefined, next: undefined })

// =============================================================================
// Queue
// =============================================================================

/** Linked list, so that a call leaves from any place in constant time. */
export class GateQueue {
  length = 0
  private first: Turn | undefined
  private last: Turn | undefined

  add(turn: Turn): void {
    turn.isWaiting = true
    turn.previous = this.last
    if (this.last === undefined) this.first = turn
    else this.last.next = turn
    this.last = turn
    this.length += 1
  }

  remove(turn: Turn): void {
    if (!turn.isWaiting) return
    const { next, previous } = turn
    if (previous === undefined) this.first = next
    else previous.next = next
    if (next === undefined) this.last = previous
    else next.previous = previous
    turn.isWaiting = false
    turn.previous = undefined
    turn.next = undefined
    this.length -= 1
  }

  /** Removes and returns the first `count` turns that match. */
  take(count: number, matches: (turn: Turn) => boolean): ReadonlyArray<Turn> {
    const taken: Array<Turn> = []
    for (let turn = this.first; turn !== undefined && taken.length < count;) {
      const { next } = turn
      if (matches(turn)) {
        this.remove(turn)
        taken.push(turn)
      }
      turn = next
    }
    return taken
  }
}
