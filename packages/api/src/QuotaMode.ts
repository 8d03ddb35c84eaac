/**
 * The access tiers of an app, which decide what the Web API serves it.
 */
import * as Context from "effect/Context"
import * as Schema from "effect/Schema"

/**
 * Schema of {@link QuotaMode}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const QuotaMode = Schema.Literals(["development", "extended"])

/**
 * `"development"` is what every new app gets: five users, fewer operations, and answers without some fields (a track has
 * no `popularity`, a profile no `product`). `"extended"` has them all. The models of this package read both; a field that
 * a mode leaves out is absent, never made up.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/quota-modes
 * @category models
 * @since 0.1.0
 */
export type QuotaMode = typeof QuotaMode.Type

/**
 * The app may be in Extended Quota Mode. Operations that Development Mode is not served need it, so that a program which
 * uses one with `SpotifyClient.layer({ quotaMode: "development" })` does not compile. Any other `SpotifyClient.layer`
 * provides it.
 *
 * @category services
 * @since 0.1.0
 */
export class ExtendedQuotaMode extends Context.Service<ExtendedQuotaMode, {
  /** Whether the program says so, rather than not saying. */
  readonly isCertain: boolean
}>()("@app/api/QuotaMode/ExtendedQuotaMode") {}
