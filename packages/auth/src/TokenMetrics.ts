/**
 * What a token service can be watched by. Every metric carries the attribute `issuer`; none holds a secret.
 *
 * | metric | kind | attributes | reads |
 * | --- | --- | --- | --- |
 * | `oauth_token_requests` | counter | `grant`, `outcome` | token requests by how they ended: `success` or the reason's tag; a `TokenSource` counts as a grant |
 * | `oauth_token_request_duration` | histogram of milliseconds | `grant` | how long they took |
 * | `oauth_token_expires_at` | gauge, epoch seconds | `client_id` | when the token at hand ends: subtract the time |
 * | `oauth_authorized_at` | gauge, epoch seconds | `client_id` | when the person signed in: the age of the refresh token |
 * | `oauth_waiting_callers` | gauge | | callers that wait for a token now; 0 for nearly all of a token's life |
 *
 * The two instants are told for the account `default` only: one series an account would grow without end.
 *
 * Beside them there are spans, none of which holds a secret either. What the service does by itself begins a trace of its
 * own, with a link to the one that it happened for, and carries `oauth.issuer`, `oauth.client_id` and, where it has a name,
 * `oauth.account`; so do its log lines.
 *
 * | span | what takes so long |
 * | --- | --- |
 * | `TokenService.refresh`, `.authorize`, `.retryEndedSignIn`, `.signOut` | one turn: lock, store, request, store |
 * | `TokenEndpoint.request`, `TokenSource.acquire` | the token request in it; `oauth.grant` says which |
 * | `RevocationEndpoint.revoke` | telling the server of a sign-out |
 * | `TokenService.wait` | a caller's wait for a token, in the caller's own trace; absent where nobody had to wait |
 *
 * Export them all with any of Effect's exporters, such as `Otlp.layerJson` or `PrometheusMetrics`: `examples/observability.ts`
 * does.
 *
 * @see https://prometheus.io/docs/practices/instrumentation/#timestamps-not-time-since
 */
import * as Metric from "effect/Metric"

/**
 * @category metrics
 * @since 0.1.0
 */
export const tokenRequests = Metric.counter("oauth_token_requests", {
  description: "Token requests by grant and outcome",
  incremental: true
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const tokenRequestDuration = Metric.timer("oauth_token_request_duration", {
  description: "How long token requests take",
  boundaries: Metric.exponentialBoundaries({ start: 10, factor: 2, count: 13 })
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const tokenExpiresAt = Metric.gauge("oauth_token_expires_at", {
  description: "When the access token at hand ends, in seconds since 1970"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const authorizedAt = Metric.gauge("oauth_authorized_at", {
  description: "When the person signed in, in seconds since 1970"
})

/**
 * @category metrics
 * @since 0.1.0
 */
export const waitingCallers = Metric.gauge("oauth_waiting_callers", {
  description: "Callers that wait for a token"
})
