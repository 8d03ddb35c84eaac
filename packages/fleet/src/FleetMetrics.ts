/**
 * The metrics of a fleet's server, beside those of `TokenMetrics` in `@app/auth`.
 *
 * **Details**
 *
 * None has an account or a tenant.
 */
import * as Metric from "effect/Metric"

/**
 * Counter of requests for a token, by `app` and `outcome`: `served`, `sign_in_required`, `not_found`, `try_later` or
 * `misconfigured`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const reads = Metric.counter("oauth_fleet_reads", {
  description: "Requests for an access token, by app and outcome",
  incremental: true
})

/**
 * Counter of requests without a valid service key.
 *
 * @category metrics
 * @since 0.1.0
 */
export const unauthorized = Metric.counter("oauth_fleet_unauthorized", {
  description: "Requests without a valid service key",
  incremental: true
})

/**
 * Gauge of accounts, by `phase`; measured at most once a minute.
 *
 * @category metrics
 * @since 0.1.0
 */
export const accounts = Metric.gauge("oauth_fleet_accounts", { description: "Accounts by phase" })

/**
 * Gauge of the seconds for which the first of the refreshes that are due has been due.
 *
 * @category metrics
 * @since 0.1.0
 */
export const lag = Metric.gauge("oauth_fleet_lag_seconds", {
  description: "Seconds for which the oldest refresh that is due has been due"
})

/**
 * Gauge of refreshes that are due.
 *
 * @category metrics
 * @since 0.1.0
 */
export const due = Metric.gauge("oauth_fleet_due", { description: "Refreshes that are due" })

/**
 * Gauge of accounts whose person must sign in again within two weeks, 10,000 at most; measured at most once a minute.
 *
 * @category metrics
 * @since 0.1.0
 */
export const signInsDue = Metric.gauge("oauth_fleet_sign_ins_due", {
  description: "Accounts whose person must sign in again within two weeks"
})
