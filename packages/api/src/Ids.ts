/**
 * Spotify's identifiers, and the URIs and links in which people pass them on.
 *
 * **Details**
 *
 * | form | example |
 * | --- | --- |
 * | id | `11dFghVXANMlKmJXsNCbNl` |
 * | URI | `spotify:track:11dFghVXANMlKmJXsNCbNl`; from older programs also `spotify:user:<name>:playlist:<id>` |
 * | link | `https://open.spotify.com/track/11dFghVXANMlKmJXsNCbNl?si=…`, also with `/intl-de/` or `/embed/` |
 * | player | `https://embed.spotify.com/?uri=…`, `https://open.spotify.com/embed?uri=…` |
 * | deep link | `spotify://track/11dFghVXANMlKmJXsNCbNl` |
 *
 * `parse` accepts them as they are copied: without `https://`, with capitals in the scheme, with a query or a fragment such
 * as `#0:38`, percent-encoded as a whole, and, where these cannot be a part of the id, inside quotes or brackets or followed
 * by a full stop.
 *
 * **Gotchas**
 *
 * The schemas `TrackId`, `AlbumId` and so on accept any string that is not empty, since Spotify guarantees nothing more
 * about the ids in its responses. `parse` and the `schema` of a kind accept only the exact form.
 *
 * A link or a URI, of Spotify or of anyone else, is never accepted as the id of a user.
 *
 * **Example** (Converting a link to an id and a URI)
 *
 * ```ts
 * import * as Ids from "@app/api/Ids"
 * import * as Result from "effect/Result"
 *
 * const id = Result.getOrThrow(Ids.Track.parse("open.spotify.com/intl-de/track/11dFghVXANMlKmJXsNCbNl?si=x"))
 * Ids.Track.uri(id) // => "spotify:track:11dFghVXANMlKmJXsNCbNl"
 * ```
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/spotify-uris-ids
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { invalid, type Kind, makeKind } from "./internal/ids/Kind.ts"
import { isLibraryUri, LibraryUri } from "./internal/ids/LibraryUri.ts"
import { excerpt } from "./internal/ids/PastedText.ts"
import { isUserId, percentEncode, read } from "./internal/ids/SpotifyUri.ts"
import type { SpotifyError } from "./SpotifyError.ts"

export type { Kind } from "./internal/ids/Kind.ts"

// =============================================================================
// Ids of 22 characters
// =============================================================================

/** Makes the schema of an id in a response: any string but the empty one. Generated samples match `pattern`. */
const idLike = (pattern: RegExp) =>
  Schema.String.check(Schema.makeFilter((id: string) => id !== "", {
    expected: "an id, which is not empty",
    representation: { id: "@app/api/Ids/textLike", payload: pattern.source },
    arbitraryConstraint: { patterns: [{ source: pattern.source, flags: "" }] },
    toJsonSchema: () => ({ minLength: 1 })
  }))

/** 128 bits in base 62. */
const base62 = /^[0-9A-Za-z]{22}$/

const Base62 = idLike(base62)

const base62Kind = <Id extends string, Name extends string>(name: Name, schema: Schema.Codec<Id, string>) =>
  makeKind(
    name,
    schema.check(Schema.isPattern(base62, { expected: "a Spotify id of 22 letters and digits" })),
    "an id of 22 letters and digits"
  )

/**
 * Schema of {@link TrackId}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const TrackId = Base62.pipe(Schema.brand("@app/api/TrackId"))

/**
 * The id of a track.
 *
 * @category models
 * @since 0.1.0
 */
export type TrackId = typeof TrackId.Type

/**
 * The ids of tracks, with their URIs and links.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Track: Kind<TrackId, "track"> = base62Kind("track", TrackId)

/**
 * Schema of {@link AlbumId}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AlbumId = Base62.pipe(Schema.brand("@app/api/AlbumId"))

/**
 * The id of an album.
 *
 * @category models
 * @since 0.1.0
 */
export type AlbumId = typeof AlbumId.Type

/**
 * The ids of albums, with their URIs and links.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Album: Kind<AlbumId, "album"> = base62Kind("album", AlbumId)

/**
 * Schema of {@link ArtistId}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ArtistId = Base62.pipe(Schema.brand("@app/api/ArtistId"))

/**
 * The id of an artist.
 *
 * @category models
 * @since 0.1.0
 */
export type ArtistId = typeof ArtistId.Type

/**
 * The ids of artists, with their URIs and links.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Artist: Kind<ArtistId, "artist"> = base62Kind("artist", ArtistId)

/**
 * Schema of {@link PlaylistId}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const PlaylistId = Base62.pipe(Schema.brand("@app/api/PlaylistId"))

/**
 * The id of a playlist.
 *
 * @category models
 * @since 0.1.0
 */
export type PlaylistId = typeof PlaylistId.Type

/**
 * The ids of playlists, with their URIs and links.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Playlist: Kind<PlaylistId, "playlist"> = base62Kind("playlist", PlaylistId)

/**
 * Schema of {@link ShowId}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ShowId = Base62.pipe(Schema.brand("@app/api/ShowId"))

/**
 * The id of a show, which is a podcast.
 *
 * @category models
 * @since 0.1.0
 */
export type ShowId = typeof ShowId.Type

/**
 * The ids of shows, with their URIs and links.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Show: Kind<ShowId, "show"> = base62Kind("show", ShowId)

/**
 * Schema of {@link EpisodeId}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const EpisodeId = Base62.pipe(Schema.brand("@app/api/EpisodeId"))

/**
 * The id of an episode of a show.
 *
 * @category models
 * @since 0.1.0
 */
export type EpisodeId = typeof EpisodeId.Type

/**
 * The ids of episodes, with their URIs and links.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Episode: Kind<EpisodeId, "episode"> = base62Kind("episode", EpisodeId)

/**
 * Schema of {@link AudiobookId}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AudiobookId = Base62.pipe(Schema.brand("@app/api/AudiobookId"))

/**
 * The id of an audiobook.
 *
 * @category models
 * @since 0.1.0
 */
export type AudiobookId = typeof AudiobookId.Type

/**
 * The ids of audiobooks, with their URIs and links.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Audiobook: Kind<AudiobookId, "audiobook"> = base62Kind("audiobook", AudiobookId)

/**
 * Schema of {@link ChapterId}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ChapterId = Base62.pipe(Schema.brand("@app/api/ChapterId"))

/**
 * The id of a chapter of an audiobook.
 *
 * @category models
 * @since 0.1.0
 */
export type ChapterId = typeof ChapterId.Type

/**
 * The ids of chapters, with their URIs and links.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Chapter: Kind<ChapterId, "chapter"> = base62Kind("chapter", ChapterId)

// =============================================================================
// Ids of users
// =============================================================================

/**
 * Schema of {@link UserId}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const UserId = idLike(/^(?:[!-\-/-~][ -~]{0,11}|[^\ud800-\udfff.][^\ud800-\udfff]{0,11})$/).pipe(
  Schema.brand("@app/api/UserId")
)

/**
 * The id of a user: almost any string, also with dots, `#` or letters of any script.
 *
 * **Details**
 *
 * URIs and links contain it percent-encoded.
 *
 * @category models
 * @since 0.1.0
 */
export type UserId = typeof UserId.Type

/**
 * The ids of users, with their URIs and links.
 *
 * **Details**
 *
 * `parse` accepts any text as an id that is neither a link nor a URI and contains none of Spotify's.
 *
 * @category kinds
 * @since 0.1.0
 */
export const User: Kind<UserId, "user"> = makeKind(
  "user",
  UserId.check(Schema.makeFilter(isUserId, { expected: "the id of a person" })),
  "the id of a person"
)

// =============================================================================
// Any kind
// =============================================================================

const kinds = {
  track: Track,
  album: Album,
  artist: Artist,
  playlist: Playlist,
  show: Show,
  episode: Episode,
  audiobook: Audiobook,
  chapter: Chapter,
  user: User
}

type IdOf = { [Name in keyof typeof kinds]: (typeof kinds)[Name] extends Kind<infer Id> ? Id : never }

type ResourceOf<Name extends keyof IdOf> = { [N in Name]: { readonly kind: N; readonly id: IdOf[N] } }[Name]

/**
 * The kind and the id that a URI or a link names.
 *
 * @category models
 * @since 0.1.0
 */
export type Resource = ResourceOf<keyof IdOf>

const kindOf: { readonly [Name in keyof IdOf]: Kind<IdOf[Name], Name> } = kinds

const isKind = (name: string): name is keyof IdOf => Object.hasOwn(kinds, name)

const parseAs = <Name extends keyof IdOf>(name: Name, input: string): Result.Result<ResourceOf<Name>, SpotifyError> =>
  Result.map(kindOf[name].parse(input), (id) => ({ kind: name, id }))

/**
 * Parses a URI or a link of any kind; fails with `InvalidArgument` for other texts, such as a bare id.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (input: string): Result.Result<Resource, SpotifyError> => {
  const reading = read(input)
  switch (reading._tag) {
    case "Invalid":
      return invalid("uri", input, reading.issue)
    case "NoAddress":
      return invalid("uri", input, "a spotify: URI or a link is needed, to know the kind")
    case "Named":
      return isKind(reading.kind)
        ? parseAs(reading.kind, input)
        : invalid("uri", input, `it names a kind without ids, ${excerpt(reading.kind)}`)
  }
}

// =============================================================================
// Library
// =============================================================================

export { LibraryUri }

/**
 * Parses the URI or the link of a {@link LibraryUri}; fails with `InvalidArgument` for other kinds, such as a chapter.
 *
 * @category parsing
 * @since 0.1.0
 */
export const libraryUri = (input: string): Result.Result<LibraryUri, SpotifyError> =>
  Result.flatMap(parse(input), ({ kind, id }) => {
    const uri = `spotify:${kind}:${percentEncode(id)}`
    return isLibraryUri(uri) ? Result.succeed(uri) : invalid("uri", input, `a library holds no ${kind}`)
  })
