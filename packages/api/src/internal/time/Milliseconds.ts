/** Histogram boundaries for milliseconds: powers of two from 1 to about 32 seconds. */
import * as Metric from "effect/Metric"

export const boundaries = Metric.exponentialBoundaries({ start: 1, factor: 2, count: 16 })
