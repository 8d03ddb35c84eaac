/** The accounts that this process has been asked for, until the store knows. */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { AuthError } from "../../AuthError.ts"
import type { Sharing } from "./Sharing.ts"

/** Accounts that are noted in one statement. */
const batch = 1000

/** Accounts whose last note is remembered; of more, the store is told once too often. */
const remembered = 100_000

export class Uses {
  readonly #sharing: Sharing
  /** Milliseconds between two notes about an account. */
  readonly #interval: number
  /** Due times to write for accounts that are not due by themselves. */
  readonly #waiting = new Map<string, DateTime.Utc | undefined>()
  /** The instants of the last notes, in monotonic milliseconds, the earliest first. */
  readonly #notedAt = new Map<string, number>()

  constructor(sharing: Sharing, interval: number) {
    this.#sharing = sharing
    this.#interval = interval
  }

  isDue(account: string): boolean {
    const notedAt = this.#notedAt.get(account)
    return notedAt === undefined || this.#sharing.now.monotonic - notedAt >= this.#interval
  }

  note(account: string, refreshAt: DateTime.Utc | undefined): void {
    if (!Number.isFinite(this.#interval) || !this.isDue(account)) return
    this.#waiting.set(account, refreshAt)
    this.#notedAt.delete(account)
    this.#notedAt.set(account, this.#sharing.now.monotonic)
  }

  /** Tells the store. Nothing is lost with a failure but the note itself. */
  get flush(): Effect.Effect<void, AuthError> {
    return Effect.suspend(() => {
      const { monotonic } = this.#sharing.now
      for (const [account, notedAt] of this.#notedAt) {
        if (monotonic - notedAt < this.#interval && this.#notedAt.size <= remembered) break
        this.#notedAt.delete(account)
      }
      const uses = Array.from(this.#waiting).slice(0, batch)
      if (uses.length === 0) return Effect.void
      for (const [account] of uses) this.#waiting.delete(account)
      return this.#sharing.store.use(
        uses.map(([account, refreshAt]) => ({ key: this.#sharing.keyOf(account), refreshAt }))
      )
    })
  }
}
