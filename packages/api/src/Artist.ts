/**
 * An artist, as named by tracks and albums.
 */
import * as Schema from "effect/Schema"
import { ArtistId } from "./Ids.ts"
import { absentOrNull, texts } from "./internal/Wire.ts"

/**
 * What a track or an album says about an artist.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 * @category models
 * @since 0.1.0
 */
export class SimplifiedArtist extends Schema.Opaque<SimplifiedArtist>()(
  Schema.Struct({
    /** Absent on local files, as are `href` and `uri`. */
    id: absentOrNull(ArtistId),
    name: Schema.String,
    uri: absentOrNull(Schema.String),
    href: absentOrNull(Schema.String),
    externalUrls: texts
  }).pipe(Schema.encodeKeys({ externalUrls: "external_urls" }))
) {}
