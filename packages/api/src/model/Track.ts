/**
 * Tracks: by themselves, and as albums list them.
 */
import * as Schema from "effect/Schema"
import { TrackId } from "../Ids.ts"
import { SimplifiedArtist } from "./Artist.ts"
import { ExternalIds } from "./ExternalIds.ts"
import { ExternalUrls } from "./ExternalUrls.ts"
import {
  absentOrEmpty,
  absentOrHollow,
  absentOrNull,
  flag,
  kind,
  list,
  millis,
  model,
  number,
  orEmpty
} from "./internal/ModelSchema.ts"
import { SimplifiedAlbum } from "./internal/SimplifiedAlbum.ts"
import { Restrictions } from "./Restrictions.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * The track that was asked for, where another stands in for it.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/track-relinking
 * @category models
 * @since 0.1.0
 */
export class LinkedFrom extends Schema.Opaque<LinkedFrom>()(
  model({
    type: absentOrNull(Schema.String),
    id: absentOrEmpty(TrackId),
    uri: absentOrNull(Schema.String),
    href: absentOrNull(Schema.String),
    externalUrls: orEmpty(ExternalUrls)
  }, { externalUrls: "external_urls" })
) {}

const simplified = {
  type: kind("track"),
  /**
   * Absent on local files, as is `href`. With a market it may differ from the id asked for, when another release
   * stands in; changing a playlist or a library takes the id asked for.
   */
  id: absentOrEmpty(TrackId),
  name: Schema.String,
  artists: list(SimplifiedArtist),
  /** Wire: `duration_ms`. */
  duration: millis,
  /** Absent where Spotify does not say. */
  explicit: absentOrNull(flag),
  discNumber: number,
  /** Counted per disc; 0 for local files. */
  trackNumber: number,
  /** A 30-second MP3. Absent for apps made since November 2024. */
  previewUrl: absentOrEmpty(Schema.NonEmptyString),
  /** Whether it is a person's own file, found only inside playlists. */
  isLocal: absentOrNull(flag),
  /** Only when a market was asked for. */
  isPlayable: absentOrNull(flag),
  /** Absent in Development Mode, where a stand-in does not show. */
  linkedFrom: absentOrNull(LinkedFrom),
  restrictions: absentOrHollow(Restrictions),
  /** Countries (ISO 3166-1 alpha-2). Absent when a market was asked for, and in Development Mode. */
  availableMarkets: absentOrNull(list(Schema.String)),
  uri: Schema.String,
  href: absentOrNull(Schema.String),
  externalUrls: orEmpty(ExternalUrls)
}

const keys = {
  duration: "duration_ms",
  discNumber: "disc_number",
  trackNumber: "track_number",
  previewUrl: "preview_url",
  isLocal: "is_local",
  isPlayable: "is_playable",
  linkedFrom: "linked_from",
  availableMarkets: "available_markets",
  externalUrls: "external_urls"
} as const

/**
 * A track as an album lists it: without the album, `externalIds` and `popularity`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-albums-tracks
 * @category models
 * @since 0.1.0
 */
export class SimplifiedTrack extends Schema.Opaque<SimplifiedTrack>()(
  model(simplified, keys)
) {}

/**
 * A track, in either quota mode. What an answer leaves out is absent.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 * @category models
 * @since 0.1.0
 */
export class Track extends Schema.Opaque<Track>()(
  model({
    ...simplified,
    album: SimplifiedAlbum,
    /** `{}` for local files. */
    externalIds: orEmpty(ExternalIds),
    /** From 0 to 100. Absent in Development Mode, which is not the same as 0. */
    popularity: absentOrNull(number)
  }, { ...keys, externalIds: "external_ids" })
) {}
