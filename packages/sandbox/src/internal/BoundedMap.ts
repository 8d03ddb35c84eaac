/** A map that forgets its oldest entries rather than grow for ever. */

export interface Limits {
  /** How many entries it holds at most. */
  readonly entries: number
  /** How much its entries weigh together at most, in whatever unit `weigh` has. */
  readonly weight: number
}

export interface Bounded<K, V> {
  readonly get: (key: K) => V | undefined
  /** An entry that is replaced keeps its age. */
  readonly set: (key: K, value: V) => void
  readonly delete: (key: K) => void
  readonly clear: () => void
  /** From the oldest to the newest. */
  readonly values: () => Array<V>
}

export const make = <K, V>(limits: Limits, weigh: (value: V, key: K) => number): Bounded<K, V> => {
  const entries = new Map<K, { readonly value: V; readonly weight: number }>()
  let weight = 0
  const remove = (key: K) => {
    weight -= entries.get(key)?.weight ?? 0
    entries.delete(key)
  }
  return {
    get: (key) => entries.get(key)?.value,
    set: (key, value) => {
      const added = weigh(value, key)
      weight += added - (entries.get(key)?.weight ?? 0)
      entries.set(key, { value, weight: added })
      for (const oldest of entries.keys()) {
        if (entries.size <= limits.entries && weight <= limits.weight) break
        remove(oldest)
      }
    },
    delete: remove,
    clear: () => {
      entries.clear()
      weight = 0
    },
    values: () => Array.from(entries.values(), ({ value }) => value)
  }
}
