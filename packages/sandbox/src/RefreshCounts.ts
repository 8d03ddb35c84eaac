/**
 * The numbers of refresh requests, by what a careful client avoids.
 */

// =============================================================================
// Model
// =============================================================================

/**
 * The numbers of refresh requests since the sandbox started, or since its log was cleared.
 *
 * @category models
 * @since 0.1.0
 */
export interface RefreshCounts {
  /** Requests with `grant_type=refresh_token`, whatever the response was. */
  readonly requests: number
  /** Requests that arrived while another request for the same authorization had no response yet. */
  readonly overlapping: number
  /** Requests with a refresh token that had been replaced, accepted within the grace. */
  readonly resent: number
  /** Requests refused with `invalid_grant` because their refresh token had been replaced. */
  readonly reused: number
}

/**
 * The numbers before the first request.
 *
 * @category constants
 * @since 0.1.0
 */
export const none: RefreshCounts = { requests: 0, overlapping: 0, resent: 0, reused: 0 }
