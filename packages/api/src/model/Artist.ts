/**
 * Artists: as tracks and albums name them, and by themselves.
 */
import * as Schema from "effect/Schema"
import { ArtistId } from "../Ids.ts"
import { ExternalUrls } from "./ExternalUrls.ts"
import { Followers } from "./Followers.ts"
import { Image } from "./Image.ts"
import { absentOrEmpty, absentOrNull, kind, list, listWith, model, number, orEmpty } from "./internal/ModelSchema.ts"

// =============================================================================
// Model
// =============================================================================

const simplified = {
  type: kind("artist"),
  /** Absent on local files, as are `href` and `uri`. */
  id: absentOrEmpty(ArtistId),
  name: Schema.String,
  uri: absentOrNull(Schema.String),
  href: absentOrNull(Schema.String),
  externalUrls: orEmpty(ExternalUrls)
}

/**
 * What a track or an album says about an artist.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 * @category models
 * @since 0.1.0
 */
export class SimplifiedArtist extends Schema.Opaque<SimplifiedArtist>()(
  model(simplified, { externalUrls: "external_urls" })
) {}

/**
 * An artist, in either quota mode. What an answer leaves out is absent.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-artist
 * @category models
 * @since 0.1.0
 */
export class Artist extends Schema.Opaque<Artist>()(
  model({
    ...simplified,
    id: ArtistId,
    uri: Schema.String,
    /** Absent in Development Mode. */
    followers: absentOrNull(Followers),
    /** Empty when Spotify has classified nothing yet, and for most artists since 2025. */
    genres: list(Schema.String),
    /** The widest first. */
    images: listWith("url", Image),
    /** From 0 to 100, out of the popularity of the artist's tracks. Absent in Development Mode, which is not 0. */
    popularity: absentOrNull(number)
  }, { externalUrls: "external_urls" })
) {}
