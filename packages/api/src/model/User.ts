/**
 * Models of users.
 */
import * as Schema from "effect/Schema"
import { UserId } from "../Ids.ts"
import { ExternalUrls } from "./ExternalUrls.ts"
import { Followers } from "./Followers.ts"
import { Image } from "./Image.ts"
import { absentOrEmptyString, absentOrNull, boolean, emptyIfAbsent, kind, listRequiring } from "./internal/Field.ts"
import { modelOf } from "./internal/ModelSchema.ts"

// =============================================================================
// Any user
// =============================================================================

/**
 * The public profile of a user, also as the owner of a playlist or as the user who added one of its rows.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-profile
 * @category models
 * @since 0.1.0
 */
export interface PublicUser {
  /** Always `"user"`. */
  readonly type: "user"
  /** Name that the user chose to show. Absent when there is none. */
  readonly displayName?: string
  /** Profile images, the widest first. */
  readonly images: ReadonlyArray<Image>
  /** Number of followers. Absent in Development Mode. */
  readonly followers?: Followers
  /** Spotify URI, `spotify:user:<id>`. */
  readonly uri: string
  /** Web API URL of the profile. Absent where Spotify does not say. */
  readonly href?: string
  /** Links to web pages about the user. */
  readonly externalUrls: ExternalUrls
  /** Spotify id. Absent where a playlist does not say who added a row. */
  readonly id?: UserId
}

const shared = {
  type: kind("user"),
  displayName: absentOrNull(Schema.String),
  images: listRequiring("url", Image),
  followers: absentOrNull(Followers),
  uri: Schema.String,
  href: absentOrNull(Schema.String),
  externalUrls: emptyIfAbsent(ExternalUrls)
}

const keys = { displayName: "display_name", externalUrls: "external_urls" }

/**
 * Schema of {@link PublicUser}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const PublicUser = modelOf<PublicUser>()({
  ...shared,
  id: absentOrEmptyString(UserId)
}, keys)

// =============================================================================
// Current user
// =============================================================================

/**
 * The settings of a user's account for explicit content.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExplicitContent {
  /** Tells that explicit content must not be played. Absent where Spotify does not say. */
  readonly filterEnabled?: boolean
  /** Tells that the user cannot change the filter. Absent where Spotify does not say. */
  readonly filterLocked?: boolean
}

/**
 * Schema of {@link ExplicitContent}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ExplicitContent = modelOf<ExplicitContent>()({
  filterEnabled: absentOrNull(boolean),
  filterLocked: absentOrNull(boolean)
}, { filterEnabled: "filter_enabled", filterLocked: "filter_locked" })

/**
 * The profile of the user whose token was used, in either quota mode.
 *
 * **Gotchas**
 *
 * An absent field says nothing: a profile without `product` may be a Premium one.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile
 * @category models
 * @since 0.1.0
 */
export interface CurrentUser extends PublicUser {
  /** Spotify id, by which other operations name the user. To link accounts, use `accountId`, which does not change. */
  readonly id: UserId
  /** Stable identifier of the account. Sent since May 2026, absent before. */
  readonly accountId?: string
  /** Country of the account (ISO 3166-1 alpha-2). Absent without the scope `user-read-private`, and in Development Mode. */
  readonly country?: string
  /**
   * Email address, not verified to be the user's. Absent without the scope `user-read-email`, and in Development Mode.
   */
  readonly email?: string
  /**
   * `"premium"` or `"free"` (`"open"` means the same); Spotify may add others. Absent without the scope
   * `user-read-private`, and in Development Mode.
   */
  readonly product?: string
  /** Settings for explicit content. Absent without the scope `user-read-private`, and in Development Mode. */
  readonly explicitContent?: ExplicitContent
}

/**
 * Schema of {@link CurrentUser}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CurrentUser = modelOf<CurrentUser>()({
  ...shared,
  id: UserId,
  accountId: absentOrNull(Schema.String),
  country: absentOrNull(Schema.String),
  email: absentOrNull(Schema.String),
  product: absentOrNull(Schema.String),
  explicitContent: absentOrNull(ExplicitContent)
}, { ...keys, accountId: "account_id", explicitContent: "explicit_content" })
