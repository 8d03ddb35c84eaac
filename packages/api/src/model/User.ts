/**
 * People: the one behind a token, and others.
 */
import * as Schema from "effect/Schema"
import { UserId } from "../Ids.ts"
import { ExternalUrls } from "./ExternalUrls.ts"
import { Followers } from "./Followers.ts"
import { Image } from "./Image.ts"
import { absentOrEmpty, absentOrNull, flag, kind, listWith, model, orEmpty } from "./internal/ModelSchema.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * Whether explicit content is kept from a person.
 *
 * @category models
 * @since 0.1.0
 */
export class ExplicitContent extends Schema.Opaque<ExplicitContent>()(
  model({
    /** Explicit content is not to be played. */
    filterEnabled: absentOrNull(flag),
    /** The person cannot change that. */
    filterLocked: absentOrNull(flag)
  }, { filterEnabled: "filter_enabled", filterLocked: "filter_locked" })
) {}

const known = {
  type: kind("user"),
  displayName: absentOrNull(Schema.String),
  /** The widest first. */
  images: listWith("url", Image),
  /** Absent in Development Mode. */
  followers: absentOrNull(Followers),
  uri: Schema.String,
  href: absentOrNull(Schema.String),
  externalUrls: orEmpty(ExternalUrls)
}

/**
 * The current person's profile, in either quota mode. What an answer leaves out is absent, and absence says nothing: a
 * profile without `product` may well be a Premium one.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile
 * @category models
 * @since 0.1.0
 */
export class CurrentUser extends Schema.Opaque<CurrentUser>()(
  model({
    ...known,
    id: UserId,
    /** Stable, and the one to link accounts by; `id` is not. Sent since May 2026. */
    accountId: absentOrNull(Schema.String),
    /** ISO 3166-1 alpha-2. Needs `user-read-private`; absent in Development Mode. */
    country: absentOrNull(Schema.String),
    /** Not verified to be the person's. Needs `user-read-email`; absent in Development Mode. */
    email: absentOrNull(Schema.String),
    /** `"premium"` or `"free"` (`"open"` means the same); others may come. Needs `user-read-private`. */
    product: absentOrNull(Schema.String),
    /** Needs `user-read-private`; absent in Development Mode. */
    explicitContent: absentOrNull(ExplicitContent)
  }, {
    accountId: "account_id",
    displayName: "display_name",
    explicitContent: "explicit_content",
    externalUrls: "external_urls"
  })
) {}

/**
 * What everybody may know about a person: also the owner of a playlist, or who added one of its rows.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-profile
 * @category models
 * @since 0.1.0
 */
export class PublicUser extends Schema.Opaque<PublicUser>()(
  model({
    ...known,
    /** Absent where a playlist does not say who added a row. */
    id: absentOrEmpty(UserId)
  }, { displayName: "display_name", externalUrls: "external_urls" })
) {}
