/** Rules for Development Mode quotas that are spent, by bucket. */
import * as Clocks from "@app/auth/Clocks"
import * as GateState from "./GateState.ts"

// =============================================================================
// Model
// =============================================================================

/** The buckets whose quota is spent, and for how long. */
export type SpentQuotas = ReadonlyMap<string, Clocks.Period>

export const none: SpentQuotas = new Map()

/** The milliseconds for which a quota counts as spent when the server does not say: one call a minute asks again. */
export const defaultPeriod = 60 * 1000

// =============================================================================
// Rules
// =============================================================================

/** Marks a bucket as spent for `retryAfter` milliseconds. */
export const spend = (
  quotas: SpentQuotas,
  bucket: string,
  retryAfter: number | undefined,
  now: Clocks.Instant
): { readonly quotas: SpentQuotas; readonly lasts: number } => {
  const lasts = Math.min(retryAfter ?? defaultPeriod, GateState.longest)
  return { quotas: new Map(quotas).set(bucket, { since: now, lasts }), lasts }
}

/** Returns for how many milliseconds a bucket stays spent: zero or less when it can be used. */
export const remaining = (quotas: SpentQuotas, bucket: string, now: Clocks.Instant): number => {
  const spent = quotas.get(bucket)
  return spent === undefined ? 0 : Clocks.remaining(spent, now)
}

/** Removes the buckets whose time is over. */
export const expire = (quotas: SpentQuotas, now: Clocks.Instant): SpentQuotas =>
  new Map(Array.from(quotas).filter(([, spent]) => Clocks.remaining(spent, now) > 0))

/** Returns in how many milliseconds the next bucket can be used; infinity when none is spent. */
export const wakesIn = (quotas: SpentQuotas, now: Clocks.Instant): number => {
  let next = Infinity
  for (const spent of quotas.values()) next = Math.min(next, Clocks.remaining(spent, now))
  return next
}
