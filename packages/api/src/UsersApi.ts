/**
 * The contract of people: the one behind the token, and others.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile
 */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as Annotations from "./Annotations.ts"
import { Delivery } from "./Delivery.ts"
import { CurrentUser } from "./User.ts"

// =============================================================================
// Operations
// =============================================================================

/**
 * @see https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile
 * @category operations
 * @since 0.1.0
 */
export const me = HttpApiEndpoint.get("me", "/me", { success: CurrentUser }).annotate(Annotations.Scopes, {
  anyOf: [],
  widening: ["user-read-private", "user-read-email"]
})

// =============================================================================
// Group
// =============================================================================

/**
 * @category groups
 * @since 0.1.0
 */
export const UsersApi = HttpApiGroup.make("users").add(me).middleware(Delivery)
