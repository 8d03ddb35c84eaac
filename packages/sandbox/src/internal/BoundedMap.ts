/**
 * A map that drops its oldest entries when it would grow beyond its limits.
 */

// =============================================================================
// Model
// =============================================================================

/** Limits of a map. */
export interface Limits {
  /** Maximum number of entries. */
  readonly entries: number
  /** Maximum weight of all entries together, in the unit of the function that weighs them. */
  readonly weight: number
}

/** A map with limits. */
export interface BoundedMap<K, V> {
  readonly get: (key: K) => V | undefined
  /** Sets an entry; one that replaces another keeps its age. */
  readonly set: (key: K, value: V) => void
  readonly delete: (key: K) => void
  readonly clear: () => void
  /** Lists the entries, the oldest first. */
  readonly entries: () => Array<readonly [K, V]>
  /** Lists the values, the oldest first. */
  readonly values: () => Array<V>
}

// =============================================================================
// Constructor
// =============================================================================

/** Makes an empty map. */
export const make = <K, V>(limits: Limits, weigh: (value: V, key: K) => number): BoundedMap<K, V> => {
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
    entries: () => Array.from(entries, ([key, { value }]) => [key, value] as const),
    values: () => Array.from(entries.values(), ({ value }) => value)
  }
}
