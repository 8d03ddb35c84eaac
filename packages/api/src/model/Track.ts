/**
 * Models of tracks.
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { TrackId } from "../Ids.ts"
import { SimplifiedArtist } from "./Artist.ts"
import { ExternalIds } from "./ExternalIds.ts"
import { ExternalUrls } from "./ExternalUrls.ts"
import {
  absentOrEmptyObject,
  absentOrEmptyString,
  absentOrNull,
  boolean,
  emptyIfAbsent,
  kind,
  list,
  number
} from "./internal/Field.ts"
import { modelOf } from "./internal/ModelSchema.ts"
import { SimplifiedAlbum } from "./internal/SimplifiedAlbum.ts"
import { dateTime, milliseconds } from "./internal/Time.ts"
import { Restrictions } from "./Restrictions.ts"

// =============================================================================
// Track of an album
// =============================================================================

/**
 * The requested track, where Spotify returned another one in its place.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/track-relinking
 * @category models
 * @since 0.1.0
 */
export interface LinkedFrom {
  /** `"track"`. Absent where Spotify does not say. */
  readonly type?: string
  /** Spotify id that was requested. Absent where Spotify does not say. */
  readonly id?: TrackId
  /** Spotify URI, `spotify:track:<id>`. Absent where Spotify does not say. */
  readonly uri?: string
  /** Web API URL of the requested track. Absent where Spotify does not say. */
  readonly href?: string
  /** Links to web pages about the requested track. */
  readonly externalUrls: ExternalUrls
}

/**
 * Schema of {@link LinkedFrom}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const LinkedFrom = modelOf<LinkedFrom>()({
  type: absentOrNull(Schema.String),
  id: absentOrEmptyString(TrackId),
  uri: absentOrNull(Schema.String),
  href: absentOrNull(Schema.String),
  externalUrls: emptyIfAbsent(ExternalUrls)
}, { externalUrls: "external_urls" })

/**
 * A track as an album lists it.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-albums-tracks
 * @category models
 * @since 0.1.0
 */
export interface SimplifiedTrack {
  /** Always `"track"`. */
  readonly type: "track"
  /**
   * Spotify id. Absent for local files. When the request named a market, it may be another id than the requested one (see
   * `linkedFrom`); to change a playlist or a library, use the requested one.
   */
  readonly id?: TrackId
  /** Name of the track. */
  readonly name: string
  /** Artists of the track. */
  readonly artists: ReadonlyArray<SimplifiedArtist>
  /** Length of the track, to the millisecond. */
  readonly duration: Duration.Duration
  /** Tells that the track has explicit lyrics. Absent where Spotify does not say. */
  readonly explicit?: boolean
  /** Number of the disc, from 1; 0 for local files. */
  readonly discNumber: number
  /** Number of the track on its disc, from 1; 0 for local files. */
  readonly trackNumber: number
  /** URL of a 30-second preview (MP3). Absent when there is none, and for apps created since November 2024. */
  readonly previewUrl?: string
  /** Tells that the track is a user's own file, which only playlists contain. Absent where Spotify does not say. */
  readonly isLocal?: boolean
  /** Tells that the track can be played in the market. Absent unless the request named a market. */
  readonly isPlayable?: boolean
  /**
   * The requested track, where Spotify returned this one in its place. Absent for other tracks, and in Development Mode,
   * where a replacement does not show.
   */
  readonly linkedFrom?: LinkedFrom
  /** Reason for which the track cannot be played. Absent when nothing restricts it. */
  readonly restrictions?: Restrictions
  /**
   * Countries in which the track can be played (ISO 3166-1 alpha-2). Absent when the request named a market, and in
   * Development Mode.
   */
  readonly availableMarkets?: ReadonlyArray<string>
  /** Spotify URI: `spotify:track:<id>`, or `spotify:local:…` for local files. */
  readonly uri: string
  /** Web API URL of the full track. Absent for local files. */
  readonly href?: string
  /** Links to web pages about the track. An object without fields for local files. */
  readonly externalUrls: ExternalUrls
}

const simplified = {
  type: kind("track"),
  id: absentOrEmptyString(TrackId),
  name: Schema.String,
  artists: list(SimplifiedArtist),
  duration: milliseconds,
  explicit: absentOrNull(boolean),
  discNumber: number,
  trackNumber: number,
  previewUrl: absentOrEmptyString(Schema.NonEmptyString),
  isLocal: absentOrNull(boolean),
  isPlayable: absentOrNull(boolean),
  linkedFrom: absentOrNull(LinkedFrom),
  restrictions: absentOrEmptyObject(Restrictions),
  availableMarkets: absentOrNull(list(Schema.String)),
  uri: Schema.String,
  href: absentOrNull(Schema.String),
  externalUrls: emptyIfAbsent(ExternalUrls)
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
}

/**
 * Schema of {@link SimplifiedTrack}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SimplifiedTrack = modelOf<SimplifiedTrack>()(simplified, keys)

// =============================================================================
// Track
// =============================================================================

/**
 * A track, in either quota mode.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 * @category models
 * @since 0.1.0
 */
export interface Track extends SimplifiedTrack {
  /** Album of the track. */
  readonly album: SimplifiedAlbum
  /** Identifiers outside Spotify. An object without fields for local files. */
  readonly externalIds: ExternalIds
  /** From 0 to 100, computed by Spotify from recent plays. Absent in Development Mode, which does not mean 0. */
  readonly popularity?: number
}

/**
 * Schema of {@link Track}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Track = modelOf<Track>()({
  ...simplified,
  album: SimplifiedAlbum,
  externalIds: emptyIfAbsent(ExternalIds),
  popularity: absentOrNull(number)
}, { ...keys, externalIds: "external_ids" })

// =============================================================================
// Track of a library
// =============================================================================

/**
 * A track that a user has saved in their library.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-saved-tracks
 * @category models
 * @since 0.1.0
 */
export interface SavedTrack {
  /** Instant at which the track was saved. */
  readonly addedAt: DateTime.Utc
  /** The track. */
  readonly track: Track
}

/**
 * Schema of {@link SavedTrack}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SavedTrack = modelOf<SavedTrack>()({
  addedAt: dateTime,
  track: Track
}, { addedAt: "added_at" })
