/**
 * Models of artists.
 */
import * as Schema from "effect/Schema"
import { ArtistId } from "../Ids.ts"
import { ExternalUrls } from "./ExternalUrls.ts"
import { Followers } from "./Followers.ts"
import { Image } from "./Image.ts"
import {
  absentOrEmptyString,
  absentOrNull,
  emptyIfAbsent,
  kind,
  list,
  listRequiring,
  number
} from "./internal/Field.ts"
import { modelOf } from "./internal/ModelSchema.ts"

// =============================================================================
// Artist of a track or an album
// =============================================================================

/**
 * An artist as a track or an album names it.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 * @category models
 * @since 0.1.0
 */
export interface SimplifiedArtist {
  /** Always `"artist"`. */
  readonly type: "artist"
  /** Spotify id. Absent for the artists of local files. */
  readonly id?: ArtistId
  /** Name of the artist. */
  readonly name: string
  /** Spotify URI, `spotify:artist:<id>`. Absent for the artists of local files. */
  readonly uri?: string
  /** Web API URL of the full artist. Absent for the artists of local files. */
  readonly href?: string
  /** Links to web pages about the artist. */
  readonly externalUrls: ExternalUrls
}

const simplified = {
  type: kind("artist"),
  id: absentOrEmptyString(ArtistId),
  name: Schema.String,
  uri: absentOrNull(Schema.String),
  href: absentOrNull(Schema.String),
  externalUrls: emptyIfAbsent(ExternalUrls)
}

const keys = { externalUrls: "external_urls" }

/**
 * Schema of {@link SimplifiedArtist}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SimplifiedArtist = modelOf<SimplifiedArtist>()(simplified, keys)

// =============================================================================
// Artist
// =============================================================================

/**
 * An artist, in either quota mode.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-artist
 * @category models
 * @since 0.1.0
 */
export interface Artist extends SimplifiedArtist {
  /** Spotify id. */
  readonly id: ArtistId
  /** Spotify URI, `spotify:artist:<id>`. */
  readonly uri: string
  /** Number of followers. Absent in Development Mode. */
  readonly followers?: Followers
  /** Names of genres. Empty when Spotify has not classified the artist, and for most artists since 2025. */
  readonly genres: ReadonlyArray<string>
  /** Images of the artist, the widest first. */
  readonly images: ReadonlyArray<Image>
  /** From 0 to 100, computed by Spotify from the popularity of the artist's tracks. Absent in Development Mode. */
  readonly popularity?: number
}

/**
 * Schema of {@link Artist}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Artist = modelOf<Artist>()({
  ...simplified,
  id: ArtistId,
  uri: Schema.String,
  followers: absentOrNull(Followers),
  genres: list(Schema.String),
  images: listRequiring("url", Image),
  popularity: absentOrNull(number)
}, keys)
