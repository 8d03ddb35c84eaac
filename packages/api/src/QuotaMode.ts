/**
 * Access tiers of an app, which decide what the Web API serves it.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/quota-modes
 */
import * as Context from "effect/Context"
import * as Schema from "effect/Schema"

/**
 * Schema for a quota mode.
 *
 * @category schemas
 * @since 0.1.0
 */
export const QuotaMode = Schema.Literals(["development", "extended"])

/**
 * The quota mode of an app.
 *
 * **Details**
 *
 * `"development"` is the mode of every new app: five users, fewer operations, and responses without some fields (a track has
 * no `popularity`, a profile no `product`). `"extended"` has them all. The models of this package decode the responses of
 * both; a field that a mode leaves out is absent, never made up.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/quota-modes
 * @category models
 * @since 0.1.0
 */
export type QuotaMode = typeof QuotaMode.Type

/**
 * Service that stands for the possibility that the app is in Extended Quota Mode.
 *
 * **Details**
 *
 * Operations that Development Mode is not served require it, so that a program which uses one with
 * `SpotifyClient.layer({ quotaMode: "development" })` does not compile. Any other `SpotifyClient.layer` provides it.
 *
 * @category services
 * @since 0.1.0
 */
export class ExtendedQuotaMode extends Context.Service<ExtendedQuotaMode, {
  /** True when the program has named the mode, rather than left it open. */
  readonly isCertain: boolean
}>()("@app/api/QuotaMode/ExtendedQuotaMode") {}
