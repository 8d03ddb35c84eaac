/** Calls that wait at a gate, in the order they came. */
import type * as Effect from "effect/Effect"
import type * as SpotifyError from "../../SpotifyError.ts"
import type { GateRequest } from "./Gate.ts"
import type * as GateState from "./GateState.ts"

// =============================================================================
// Model
// =============================================================================

/** A call at the gate. */
export interface Turn {
  readonly request: GateRequest
  readonly caller: GateState.Caller
  readonly resume: (admission: Effect.Effect<void, SpotifyError.SpotifyError>) => void
  /** Set when the call was admitted while the gate opened. */
  ticket: GateState.Ticket | undefined
}

// =============================================================================
// Queue
// =============================================================================

/** Set in the order of arrival, so that a call leaves from any place in constant time. */
export class GateQueue {
  readonly #turns = new Set<Turn>()

  get length(): number {
    return this.#turns.size
  }

  add(turn: Turn): void {
    this.#turns.add(turn)
  }

  remove(turn: Turn): void {
    this.#turns.delete(turn)
  }

  /** Removes and returns the first `count` turns that match. */
  take(count: number, matches: (turn: Turn) => boolean): ReadonlyArray<Turn> {
    const taken: Array<Turn> = []
    for (const turn of this.#turns) {
      if (taken.length >= count) break
      if (matches(turn)) taken.push(turn)
    }
    for (const turn of taken) this.#turns.delete(turn)
    return taken
  }
}
