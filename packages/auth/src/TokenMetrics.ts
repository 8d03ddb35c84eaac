/**
 * Metrics and spans of token services.
 *
 * **Details**
 *
 * Every metric has the attribute `issuer`. No metric and no span holds a secret.
 *
 * | metric | kind | attributes | meaning |
 * | --- | --- | --- | --- |
 * | `oauth_token_requests` | counter | `grant`, `outcome` | token requests by outcome: `success` or the tag of the error's reason; a `TokenSource` counts as a grant |
 * | `oauth_token_request_duration` | histogram of milliseconds | `grant` | the duration of token requests |
 * | `oauth_token_expires_at` | gauge, epoch seconds | `client_id` | the end of the current token: subtract the current time |
 * | `oauth_authorized_at` | gauge, epoch seconds | `client_id` | the time of the sign-in, from which the refresh token's age follows |
 * | `oauth_waiting_callers` | gauge | | callers that are waiting for a token; 0 for nearly all of a token's life |
 * | `oauth_shared_refreshes` | counter | `outcome` | refreshes of `SharedAccounts`, as the table below says |
 *
 * | outcome of a shared refresh | meaning |
 * | --- | --- |
 * | `refreshed` | new tokens are in the store |
 * | `resent` | so they are, for a refresh token that a process that died, or lost the response, may have sent before |
 * | `overtaken` | somebody else's tokens, a sign-in or a sign-out were written first: a process was held up for longer than its lease |
 * | `unsaved` | new tokens serve, and the store has not accepted them yet |
 * | `refused` | the server has ended the sign-in |
 * | `incident` | the server refuses so many that it may be at fault itself, and no sign-in was ended |
 * | `failed` | any other failure; the next attempt is scheduled |
 *
 * The gauges have the attribute `unit`, and the histogram has `time_unit`, which Effect's OTLP exporter sends as the unit.
 * A Prometheus that receives metrics over OTLP adds the unit to the name, as in `oauth_token_expires_at_seconds`.
 * `PrometheusMetrics` writes the names above, without a label for the unit.
 *
 * The two times are recorded for the account `default` only, since one series for each account would have no limit.
 *
 * A request by the service begins a trace of its own, with a link to the trace that it happens for. Its spans and log
 * lines have the attributes `oauth.issuer`, `oauth.client_id` and, where the account has a name, `oauth.account`.
 *
 * | span | covers |
 * | --- | --- |
 * | `TokenService.refresh`, `.authorize`, `.retryEndedSignIn`, `.signOut` | one request with everything around it: lock, store, request, store |
 * | `TokenEndpoint.request`, `TokenSource.acquire` | the token request alone; `oauth.grant` says with which grant |
 * | `RevocationEndpoint.revoke` | the revocation of a refresh token |
 * | `TokenService.wait` | a caller's wait for a token, in the caller's own trace; absent where nobody has to wait |
 *
 * Export them with any of Effect's exporters: `examples/observability.ts` uses `Otlp.layerJson`, and
 * `examples/prometheus.ts` uses `PrometheusMetrics` and has a dashboard and alert rules beside it.
 *
 * @see https://prometheus.io/docs/practices/instrumentation/#timestamps-not-time-since
 */
import * as Metric from "effect/Metric"

/**
 * Counter of token requests, by `grant` and `outcome`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const tokenRequests = Metric.counter("oauth_token_requests", {
  description: "Token requests by grant and outcome",
  incremental: true
})

/**
 * Histogram of the duration of token requests in milliseconds, by `grant`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const tokenRequestDuration = Metric.timer("oauth_token_request_duration", {
  description: "How long token requests take",
  boundaries: Metric.exponentialBoundaries({ start: 10, factor: 2, count: 13 })
})

/**
 * Gauge of the end of the current access token, in seconds since 1970.
 *
 * @category metrics
 * @since 0.1.0
 */
export const tokenExpiresAt = Metric.gauge("oauth_token_expires_at", {
  description: "When the access token at hand ends, in seconds since 1970",
  attributes: { unit: "s" }
})

/**
 * Gauge of the time of the sign-in, in seconds since 1970.
 *
 * @category metrics
 * @since 0.1.0
 */
export const authorizedAt = Metric.gauge("oauth_authorized_at", {
  description: "When the person signed in, in seconds since 1970",
  attributes: { unit: "s" }
})

/**
 * Gauge of the callers that are waiting for a token.
 *
 * @category metrics
 * @since 0.1.0
 */
export const waitingCallers = Metric.gauge("oauth_waiting_callers", {
  description: "Callers that wait for a token",
  attributes: { unit: "{caller}" }
})

/**
 * Counter of the refreshes of `SharedAccounts`, by `outcome`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const sharedRefreshes = Metric.counter("oauth_shared_refreshes", {
  description: "Refreshes of shared accounts by outcome",
  incremental: true
})
