/** The buckets of histograms of milliseconds: from one to half a minute. */
import * as Metric from "effect/Metric"

export const boundaries = Metric.exponentialBoundaries({ start: 1, factor: 2, count: 16 })
