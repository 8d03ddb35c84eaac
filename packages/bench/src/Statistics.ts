/**
 * Medians with their spread, and ratios to a baseline that was measured before and after.
 */

/** Summary of samples: their median, and the range of their middle half. */
export interface Summary {
  readonly median: number
  readonly low: number
  readonly high: number
  readonly samples: number
}

/** The value below which a share of them lies, between two neighbours where it falls between them. */
const quantile = (sorted: ReadonlyArray<number>, share: number): number => {
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? NaN
  const above = sorted[Math.ceil(place)] ?? NaN
  return below + (above - below) * (place - Math.floor(place))
}

/** Median and quartiles. Of no samples at all everything is `NaN`. */
export const summary = (values: ReadonlyArray<number>): Summary => {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    samples: sorted.length
  }
}

/** One value that is what it is, such as a size. */
export const exactly = (value: number): Summary => ({ median: value, low: value, high: value, samples: 1 })

/**
 * Returns turns as ratios to the baseline, which had its turn between each two of them:
 * `baselines[0], values[0], baselines[1], values[1], …, baselines[n]`. Each value is divided by the mean of its two
 * neighbours.
 */
export const bracketed = (baselines: ReadonlyArray<number>, values: ReadonlyArray<number>): ReadonlyArray<number> =>
  values.map((value, i) => 2 * value / ((baselines[i] ?? NaN) + (baselines[i + 1] ?? NaN)))
