/**
 * Spotify's identifiers, and the forms people copy them in: a bare id, a URI, a link.
 *
 * | form | example |
 * | --- | --- |
 * | id | `11dFghVXANMlKmJXsNCbNl` |
 * | URI | `spotify:track:11dFghVXANMlKmJXsNCbNl` |
 * | URL | `https://open.spotify.com/track/11dFghVXANMlKmJXsNCbNl?si=…`, also with `/intl-de/` or `/embed/` in between |
 *
 * **Example** (From a link and back)
 *
 * ```ts
 * import * as Ids from "@app/api/Ids"
 * import * as Result from "effect/Result"
 *
 * const id = Result.getOrThrow(Ids.Track.parse("https://open.spotify.com/intl-de/track/11dFghVXANMlKmJXsNCbNl?si=x"))
 * Ids.Track.uri(id) // "spotify:track:11dFghVXANMlKmJXsNCbNl"
 * ```
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/spotify-uris-ids
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { InvalidArgument, SpotifyError } from "./SpotifyError.ts"

// =============================================================================
// Schemas
// =============================================================================

/** 22 characters of base 62: 128 bits. Spotify answers anything else with 400. */
const Base62 = Schema.String.check(
  Schema.isPattern(/^[0-9A-Za-z]{22}$/, { expected: "a Spotify id of 22 letters and digits" })
)

/**
 * The id of a track.
 *
 * @category schemas
 * @since 0.1.0
 */
export const TrackId = Base62.pipe(Schema.brand("@app/api/TrackId"))

/**
 * @category models
 * @since 0.1.0
 */
export type TrackId = typeof TrackId.Type

/**
 * The id of an album.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AlbumId = Base62.pipe(Schema.brand("@app/api/AlbumId"))

/**
 * @category models
 * @since 0.1.0
 */
export type AlbumId = typeof AlbumId.Type

/**
 * The id of an artist.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ArtistId = Base62.pipe(Schema.brand("@app/api/ArtistId"))

/**
 * @category models
 * @since 0.1.0
 */
export type ArtistId = typeof ArtistId.Type

/**
 * The id of a person: any text, unlike the others, with dots, `#` or letters of any script.
 *
 * @category schemas
 * @since 0.1.0
 */
export const UserId = Schema.NonEmptyString.pipe(Schema.brand("@app/api/UserId"))

/**
 * @category models
 * @since 0.1.0
 */
export type UserId = typeof UserId.Type

// =============================================================================
// Forms
// =============================================================================

/**
 * A kind of thing with ids of its own.
 *
 * @category models
 * @since 0.1.0
 */
export interface Kind<Id extends string> {
  /** Reads any form; `InvalidArgument` says what is wrong with a text that is none. */
  readonly parse: (input: string) => Result.Result<Id, SpotifyError>
  /** `spotify:<kind>:<id>` */
  readonly uri: (id: Id) => string
  /** `https://open.spotify.com/<kind>/<id>` */
  readonly url: (id: Id) => string
}

const kind = <Id extends string>(name: string, is: (id: string) => id is Id): Kind<Id> => ({
  parse: (input) => {
    if (is(input)) return Result.succeed(input)
    const text = input.trim()
    const named = URL.canParse(text) && !text.startsWith("spotify:") ? fromUrl(new URL(text)) : fromUri(text)
    if (typeof named === "string") return invalid(input, name, named)
    if (named.kind !== name) return invalid(input, name, `it names another kind, ${cut(named.kind)}`)
    return is(named.id)
      ? Result.succeed(named.id)
      : invalid(input, name, `the id "${cut(named.id)}" is not 22 letters and digits`)
  },
  uri: (id) => `spotify:${name}:${id}`,
  url: (id) => `https://open.spotify.com/${name}/${id}`
})

/**
 * @category kinds
 * @since 0.1.0
 */
export const Track: Kind<TrackId> = kind("track", Schema.is(TrackId))

/**
 * @category kinds
 * @since 0.1.0
 */
export const Album: Kind<AlbumId> = kind("album", Schema.is(AlbumId))

/**
 * @category kinds
 * @since 0.1.0
 */
export const Artist: Kind<ArtistId> = kind("artist", Schema.is(ArtistId))

// =============================================================================
// Internals
// =============================================================================

/** A kind and an id, or what is wrong. */
type Named = { readonly kind: string; readonly id: string } | string

const fromUri = (text: string): Named => {
  const [scheme, kind = "", id = "", ...rest] = text.split(":")
  if (scheme !== "spotify") return "it is neither an id of 22 letters and digits, nor a spotify: URI, nor a link"
  if (kind === "local") return "a local file is known to its owner's device only"
  return id === "" || rest.length > 0 ? "a URI reads spotify:<kind>:<id>" : { kind, id }
}

const fromUrl = (url: URL): Named => {
  if (url.hostname === "spotify.link") {
    return "a short link names nothing by itself. Open it, and use the link it leads to"
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return "it is neither a web link nor a spotify: URI"
  if (url.hostname !== "open.spotify.com" && url.hostname !== "play.spotify.com") {
    return `${url.hostname} is not open.spotify.com`
  }
  const [kind = "", id = "", ...rest] = url.pathname.split("/").filter((part) =>
    part !== "" && part !== "embed" && !/^intl-[a-z-]+$/i.test(part)
  )
  return id === "" || rest.length > 0 ? "a link reads https://open.spotify.com/<kind>/<id>" : { kind, id }
}

const cut = (text: string): string => Array.from(text.replace(/\p{Cc}+/gu, " ")).slice(0, 100).join("")

const invalid = (input: string, kind: string, issue: string): Result.Result<never, SpotifyError> =>
  Result.fail(new SpotifyError({ reason: new InvalidArgument({ argument: kind, issue: `"${cut(input)}": ${issue}` }) }))
