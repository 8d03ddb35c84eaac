/**
 * Due times that a process has given out, and other ones where too many fall together.
 *
 * **Details**
 *
 * After an import or an outage, many accounts are signed in or refreshed within seconds, and the jitter of the policy
 * leaves them together. Where a sixtieth of a lifetime has more than its share, the due time is drawn from the second half of
 * the lifetime, twice, and the emptier place is taken. A few lifetimes later the refreshes are spread evenly.
 */

interface Slot {
  readonly endsAt: number
  count: number
}

/** Slots in a lifetime. */
const slots = 60

/** The number of accounts due in a slot that is never too many. */
const enough = 30

/** How many more accounts than its share a slot may have. */
const uneven = 1.25

export class DueSpread {
  readonly #slots = new Map<string, Slot>()
  /** Accounts in slots to come. */
  #total = 0
  #forgetAt = -Infinity

  /** Returns the due time to write: `planned`, or one drawn by two random numbers. All are in milliseconds. */
  choose({ issuedAt, lifetime, now, planned, randoms }: {
    readonly issuedAt: number
    readonly lifetime: number
    readonly planned: number
    readonly now: number
    readonly randoms: readonly [number, number]
  }): number {
    const width = lifetime / slots
    const slotOf = (at: number) => Math.floor(at / width)
    const nameOf = (at: number) => `${width} ${slotOf(at)}`
    const countAt = (at: number) => this.#slots.get(nameOf(at))?.count ?? 0
    this.#forget(now, width)
    const isTooMany = countAt(planned) >= enough && countAt(planned) > uneven * this.#total / slots
    const half = Math.max(issuedAt + lifetime / 2, now)
    const [first, second] = isTooMany && half < planned
      ? [half + randoms[0] * (planned - half), half + randoms[1] * (planned - half)]
      : [planned, planned]
    const at = countAt(first) <= countAt(second) ? first : second
    const slot = this.#slots.get(nameOf(at)) ?? { count: 0, endsAt: (slotOf(at) + 1) * width }
    slot.count += 1
    this.#slots.set(nameOf(at), slot)
    this.#total += 1
    return at
  }

  /** Forgets slots that are over. */
  #forget(now: number, width: number): void {
    if (now < this.#forgetAt) return
    this.#forgetAt = now + width
    for (const [name, { count, endsAt }] of this.#slots) {
      if (endsAt > now) continue
      this.#slots.delete(name)
      this.#total -= count
    }
  }
}
