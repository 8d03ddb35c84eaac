/**
 * The model of an album as a track names it, and what it shares with the full album.
 *
 * This is a module of its own since `Album.ts` needs the model of tracks, and the model of tracks needs this one.
 */
import * as Schema from "effect/Schema"
import { AlbumId } from "../../Ids.ts"
import { SimplifiedArtist } from "../Artist.ts"
import { ExternalUrls } from "../ExternalUrls.ts"
import { Image } from "../Image.ts"
import { Restrictions } from "../Restrictions.ts"
import {
  absentOrEmptyObject,
  absentOrEmptyString,
  absentOrNull,
  boolean,
  emptyIfAbsent,
  kind,
  list,
  listRequiring,
  number
} from "./Field.ts"
import { modelOf } from "./ModelSchema.ts"

/**
 * The fields that every form of an album has.
 *
 * @category models
 * @since 0.1.0
 */
export interface AlbumBase {
  /** Always `"album"`. */
  readonly type: "album"
  /** Spotify id. Absent for the albums of local files. */
  readonly id?: AlbumId
  /** Name of the album; empty for albums that were taken down. */
  readonly name: string
  /**
   * `"album"`, `"single"` or `"compilation"`. Other values (`"ep"`) and other letter cases (`"SINGLE"`) have been sent.
   * Absent for the albums of local files.
   */
  readonly albumType?: string
  /** Artists of the album. */
  readonly artists: ReadonlyArray<SimplifiedArtist>
  /** Cover art, the widest image first. */
  readonly images: ReadonlyArray<Image>
  /**
   * Date of the first release, as precise as `releaseDatePrecision` says: `1981`, `1981-12` or `1981-12-15`. Absent for the
   * albums of local files.
   */
  readonly releaseDate?: string
  /** `"year"`, `"month"` or `"day"`; other values have been sent. Absent when `releaseDate` is. */
  readonly releaseDatePrecision?: string
  /** Number of tracks. Absent where Spotify does not say. */
  readonly totalTracks?: number
  /** Tells that the album can be played in the market. Absent unless the request named a market. */
  readonly isPlayable?: boolean
  /** Reason for which the album cannot be played. Absent when nothing restricts it. */
  readonly restrictions?: Restrictions
  /**
   * Countries in which at least one track can be played (ISO 3166-1 alpha-2). Absent when the request named a market, and in
   * Development Mode.
   */
  readonly availableMarkets?: ReadonlyArray<string>
  /** Spotify URI, `spotify:album:<id>`. Absent for the albums of local files. */
  readonly uri?: string
  /** Web API URL of the full album. Absent for the albums of local files. */
  readonly href?: string
  /** Links to web pages about the album. */
  readonly externalUrls: ExternalUrls
}

export const fields = {
  type: kind("album"),
  id: absentOrEmptyString(AlbumId),
  name: Schema.String,
  albumType: absentOrNull(Schema.String),
  artists: list(SimplifiedArtist),
  images: listRequiring("url", Image),
  releaseDate: absentOrNull(Schema.String),
  releaseDatePrecision: absentOrNull(Schema.String),
  totalTracks: absentOrNull(number),
  isPlayable: absentOrNull(boolean),
  restrictions: absentOrEmptyObject(Restrictions),
  availableMarkets: absentOrNull(list(Schema.String)),
  uri: absentOrNull(Schema.String),
  href: absentOrNull(Schema.String),
  externalUrls: emptyIfAbsent(ExternalUrls)
}

export const keys = {
  albumType: "album_type",
  releaseDate: "release_date",
  releaseDatePrecision: "release_date_precision",
  totalTracks: "total_tracks",
  isPlayable: "is_playable",
  availableMarkets: "available_markets",
  externalUrls: "external_urls"
}

/**
 * An album as a track, a search or an artist's discography names it.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-artists-albums
 * @category models
 * @since 0.1.0
 */
export interface SimplifiedAlbum extends AlbumBase {
  /**
   * Part that the artist has in the album: `"album"`, `"single"`, `"compilation"` or `"appears_on"`. Present only in lists
   * of an artist's albums, and absent in Development Mode.
   */
  readonly albumGroup?: string
}

/**
 * Schema of {@link SimplifiedAlbum}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SimplifiedAlbum = modelOf<SimplifiedAlbum>()({
  ...fields,
  albumGroup: absentOrNull(Schema.String)
}, { ...keys, albumGroup: "album_group" })
