/**
 * The contract of the Web API: every operation with its path, parameters and answer, and as annotations what it takes to
 * call it. Clients, stand-in servers and an OpenAPI document all come from it.
 *
 * **Example** (What an operation needs)
 *
 * ```ts
 * import * as SpotifyApi from "@app/api/SpotifyApi"
 * import * as Context from "effect/Context"
 *
 * const needs = Context.get(SpotifyApi.me.annotations, SpotifyApi.Scopes)
 * ```
 */
import type { AuthError } from "@app/auth/AuthError"
import * as Context from "effect/Context"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as Schema from "effect/Schema"
import { TrackId } from "./Ids.ts"
import { Market } from "./Market.ts"
import type { QuotaMode } from "./QuotaMode.ts"
import type { Scope } from "./Scope.ts"
import type { SpotifyError } from "./SpotifyError.ts"
import { Track } from "./Track.ts"
import { CurrentUser } from "./User.ts"

// =============================================================================
// Annotations
// =============================================================================

/**
 * The scopes of an operation. Default: none.
 *
 * @category annotations
 * @since 0.1.0
 */
export const Scopes = Context.Reference<{
  /** It fails without one of these. Empty: any token will do. */
  readonly anyOf: ReadonlyArray<Scope>
  /** It answers more with these. */
  readonly widening: ReadonlyArray<Scope>
}>("@app/api/SpotifyApi/Scopes", { defaultValue: () => ({ anyOf: [], widening: [] }) })

/**
 * The quota modes that are served an operation. Default: both.
 *
 * @category annotations
 * @since 0.1.0
 */
export const QuotaModes = Context.Reference<ReadonlyArray<QuotaMode>>("@app/api/SpotifyApi/QuotaModes", {
  defaultValue: () => ["development", "extended"]
})

/**
 * Whether sending an operation twice does no more than sending it once. Default: not said, so the method decides
 * (RFC 9110 §9.2.2: all but POST and PATCH). An annotation is for operations that are an exception to their method, such
 * as a PUT that moves the items of a playlist.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
 * @category annotations
 * @since 0.1.0
 */
export const Idempotent = Context.Reference<boolean | undefined>("@app/api/SpotifyApi/Idempotent", {
  defaultValue: () => undefined
})

// =============================================================================
// Middleware
// =============================================================================

/**
 * What stands between an operation and the network: authorization, repetition, classification of failures. `SpotifyClient`
 * supplies it.
 *
 * @category middleware
 * @since 0.1.0
 */
export class Delivery extends HttpApiMiddleware.Service<Delivery, { clientError: SpotifyError | AuthError }>()(
  "@app/api/SpotifyApi/Delivery",
  { requiredForClient: true }
) {}

// =============================================================================
// Operations
// =============================================================================

/**
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 * @category operations
 * @since 0.1.0
 */
export const getTrack = HttpApiEndpoint.get("get", "/tracks/:id", {
  params: { id: TrackId },
  query: { market: Schema.optionalKey(Market) },
  success: Track
})

/**
 * @see https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile
 * @category operations
 * @since 0.1.0
 */
export const me = HttpApiEndpoint.get("me", "/me", { success: CurrentUser }).annotate(Scopes, {
  anyOf: [],
  widening: ["user-read-private", "user-read-email"]
})

// =============================================================================
// Contract
// =============================================================================

/**
 * The Web API, relative to `https://api.spotify.com/v1`.
 *
 * @category contracts
 * @since 0.1.0
 */
export const SpotifyApi = HttpApi.make("spotify").add(
  HttpApiGroup.make("tracks").add(getTrack),
  HttpApiGroup.make("profile").add(me)
).middleware(Delivery)
