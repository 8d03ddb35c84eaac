/** Apart from `Album.ts`: an album lists tracks, and a track names its album. */
import * as Schema from "effect/Schema"
import { AlbumId } from "../../Ids.ts"
import { SimplifiedArtist } from "../Artist.ts"
import { ExternalUrls } from "../ExternalUrls.ts"
import { Image } from "../Image.ts"
import { Restrictions } from "../Restrictions.ts"
import {
  absentOrEmpty,
  absentOrHollow,
  absentOrNull,
  flag,
  kind,
  list,
  listWith,
  model,
  number,
  orEmpty
} from "./ModelSchema.ts"

export const fields = {
  type: kind("album"),
  /** Absent on local files, as are `href` and `uri`. */
  id: absentOrEmpty(AlbumId),
  name: Schema.String,
  /** `"album"`, `"single"`, `"compilation"`; others (`"ep"`) and other cases (`"SINGLE"`) have been sent. */
  albumType: absentOrNull(Schema.String),
  artists: list(SimplifiedArtist),
  /** The widest first. */
  images: listWith("url", Image),
  /** As precise as `releaseDatePrecision` says: `1981`, `1981-12` or `1981-12-15`. */
  releaseDate: absentOrNull(Schema.String),
  /** `"year"`, `"month"` or `"day"`; others have been sent. */
  releaseDatePrecision: absentOrNull(Schema.String),
  totalTracks: absentOrNull(number),
  /** Only when a market was asked for. */
  isPlayable: absentOrNull(flag),
  restrictions: absentOrHollow(Restrictions),
  /** Countries (ISO 3166-1 alpha-2). Absent when a market was asked for, and in Development Mode. */
  availableMarkets: absentOrNull(list(Schema.String)),
  uri: absentOrNull(Schema.String),
  href: absentOrNull(Schema.String),
  externalUrls: orEmpty(ExternalUrls)
}

export const keys = {
  albumType: "album_type",
  releaseDate: "release_date",
  releaseDatePrecision: "release_date_precision",
  totalTracks: "total_tracks",
  isPlayable: "is_playable",
  availableMarkets: "available_markets",
  externalUrls: "external_urls"
} as const

/**
 * What a track, a search or an artist's discography says about an album.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-artists-albums
 * @category models
 * @since 0.1.0
 */
export class SimplifiedAlbum extends Schema.Opaque<SimplifiedAlbum>()(
  model({
    ...fields,
    /**
     * How the artist whose albums were asked for takes part: `"album"`, `"single"`, `"compilation"` or `"appears_on"`.
     * Absent everywhere else, and in Development Mode.
     */
    albumGroup: absentOrNull(Schema.String)
  }, { ...keys, albumGroup: "album_group" })
) {}
