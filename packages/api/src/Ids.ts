/**
 * Spotify's identifiers, and the forms people copy them in: a bare id, a URI, a link.
 *
 * | form | example |
 * | --- | --- |
 * | id | `11dFghVXANMlKmJXsNCbNl` |
 * | URI | `spotify:track:11dFghVXANMlKmJXsNCbNl`, and as older programs wrote it `spotify:user:<name>:playlist:<id>` |
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
 * The id of a playlist.
 *
 * @category schemas
 * @since 0.1.0
 */
export const PlaylistId = Base62.pipe(Schema.brand("@app/api/PlaylistId"))

/**
 * @category models
 * @since 0.1.0
 */
export type PlaylistId = typeof PlaylistId.Type

/**
 * The id of a show, which is a podcast.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ShowId = Base62.pipe(Schema.brand("@app/api/ShowId"))

/**
 * @category models
 * @since 0.1.0
 */
export type ShowId = typeof ShowId.Type

/**
 * The id of an episode of a show.
 *
 * @category schemas
 * @since 0.1.0
 */
export const EpisodeId = Base62.pipe(Schema.brand("@app/api/EpisodeId"))

/**
 * @category models
 * @since 0.1.0
 */
export type EpisodeId = typeof EpisodeId.Type

/**
 * The id of an audiobook.
 *
 * @category schemas
 * @since 0.1.0
 */
export const AudiobookId = Base62.pipe(Schema.brand("@app/api/AudiobookId"))

/**
 * @category models
 * @since 0.1.0
 */
export type AudiobookId = typeof AudiobookId.Type

/**
 * The id of a chapter of an audiobook.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ChapterId = Base62.pipe(Schema.brand("@app/api/ChapterId"))

/**
 * @category models
 * @since 0.1.0
 */
export type ChapterId = typeof ChapterId.Type

/**
 * The id of a person: almost any text, unlike the others, with dots, `#` or letters of any script. URIs and URLs have it
 * percent-encoded.
 *
 * @category schemas
 * @since 0.1.0
 */
export const UserId = Schema.NonEmptyString.check(
  // No URL can hold a lone surrogate, nor a path's segment that leads up or nowhere.
  Schema.makeFilter((id: string) => id.isWellFormed() && id !== "." && id !== "..", { expected: "the id of a person" })
).pipe(Schema.brand("@app/api/UserId"))

/**
 * @category models
 * @since 0.1.0
 */
export type UserId = typeof UserId.Type

// =============================================================================
// Kinds
// =============================================================================

/**
 * A kind of thing with ids of its own.
 *
 * @category models
 * @since 0.1.0
 */
export interface Kind<Id extends string, Name extends string = string> {
  /** As URIs and links have it. */
  readonly name: Name
  /** Reads any form; `InvalidArgument` says what is wrong with a text that is none. */
  readonly parse: (input: string) => Result.Result<Id, SpotifyError>
  /** `spotify:<kind>:<id>` */
  readonly uri: (id: Id) => `spotify:${Name}:${string}`
  /** `https://open.spotify.com/<kind>/<id>` */
  readonly url: (id: Id) => `https://open.spotify.com/${Name}/${string}`
}

const kind = <Id extends string, Name extends string>(
  name: Name,
  is: (id: string) => id is Id,
  rule: string
): Kind<Id, Name> => ({
  name,
  parse: (input) => {
    const named = read(input)
    if (named.kind === undefined) return invalid(name, input, named.issue)
    if (named.kind !== "" && named.kind !== name) {
      return invalid(name, input, `it names another kind, ${cut(named.kind)}`)
    }
    if (is(named.id)) return Result.succeed(named.id)
    return invalid(
      name,
      input,
      named.kind === "" ? `it is neither ${rule}, nor a spotify: URI, nor a link` : `"${cut(named.id)}" is not ${rule}`
    )
  },
  uri: (id) => `spotify:${name}:${encodeURIComponent(id)}`,
  url: (id) => `https://open.spotify.com/${name}/${encodeURIComponent(id)}`
})

const base62 = "an id of 22 letters and digits"

/**
 * The ids of tracks.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Track: Kind<TrackId, "track"> = kind("track", Schema.is(TrackId), base62)

/**
 * The ids of albums.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Album: Kind<AlbumId, "album"> = kind("album", Schema.is(AlbumId), base62)

/**
 * The ids of artists.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Artist: Kind<ArtistId, "artist"> = kind("artist", Schema.is(ArtistId), base62)

/**
 * The ids of playlists.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Playlist: Kind<PlaylistId, "playlist"> = kind("playlist", Schema.is(PlaylistId), base62)

/**
 * The ids of shows.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Show: Kind<ShowId, "show"> = kind("show", Schema.is(ShowId), base62)

/**
 * The ids of episodes.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Episode: Kind<EpisodeId, "episode"> = kind("episode", Schema.is(EpisodeId), base62)

/**
 * The ids of audiobooks.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Audiobook: Kind<AudiobookId, "audiobook"> = kind("audiobook", Schema.is(AudiobookId), base62)

/**
 * The ids of chapters.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Chapter: Kind<ChapterId, "chapter"> = kind("chapter", Schema.is(ChapterId), base62)

/**
 * The ids of people. As an id, `parse` takes any text that neither begins like a URI nor like a link.
 *
 * @category kinds
 * @since 0.1.0
 */
export const User: Kind<UserId, "user"> = kind("user", Schema.is(UserId), "the id of a person")

// =============================================================================
// Any kind
// =============================================================================

/**
 * Which thing a URI or a link names.
 *
 * @category models
 * @since 0.1.0
 */
export type Resource =
  | { readonly kind: "track"; readonly id: TrackId }
  | { readonly kind: "album"; readonly id: AlbumId }
  | { readonly kind: "artist"; readonly id: ArtistId }
  | { readonly kind: "playlist"; readonly id: PlaylistId }
  | { readonly kind: "show"; readonly id: ShowId }
  | { readonly kind: "episode"; readonly id: EpisodeId }
  | { readonly kind: "audiobook"; readonly id: AudiobookId }
  | { readonly kind: "chapter"; readonly id: ChapterId }
  | { readonly kind: "user"; readonly id: UserId }

/** By the name of its kind, so that none can be forgotten. */
const resources: { readonly [Name in Resource["kind"]]: (input: string) => Result.Result<Resource, SpotifyError> } = {
  track: (input) => Result.map(Track.parse(input), (id) => ({ kind: "track", id })),
  album: (input) => Result.map(Album.parse(input), (id) => ({ kind: "album", id })),
  artist: (input) => Result.map(Artist.parse(input), (id) => ({ kind: "artist", id })),
  playlist: (input) => Result.map(Playlist.parse(input), (id) => ({ kind: "playlist", id })),
  show: (input) => Result.map(Show.parse(input), (id) => ({ kind: "show", id })),
  episode: (input) => Result.map(Episode.parse(input), (id) => ({ kind: "episode", id })),
  audiobook: (input) => Result.map(Audiobook.parse(input), (id) => ({ kind: "audiobook", id })),
  chapter: (input) => Result.map(Chapter.parse(input), (id) => ({ kind: "chapter", id })),
  user: (input) => Result.map(User.parse(input), (id) => ({ kind: "user", id }))
}

const isKind = (name: string): name is Resource["kind"] => Object.hasOwn(resources, name)

/**
 * Reads a URI or a link of any kind. A bare id fails with `InvalidArgument`, as it does not tell its kind.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (input: string): Result.Result<Resource, SpotifyError> => {
  const named = read(input)
  if (named.kind === undefined) return invalid("uri", input, named.issue)
  if (named.kind === "") return invalid("uri", input, "a spotify: URI or a link is needed, to know the kind")
  if (!isKind(named.kind)) return invalid("uri", input, `it names a kind without ids, ${cut(named.kind)}`)
  return resources[named.kind](input)
}

// =============================================================================
// Library
// =============================================================================

const libraryKinds = ["track", "album", "episode", "show", "audiobook", "artist", "user", "playlist"] as const

/**
 * The URI of something that a library can hold, or that can be followed.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/save-library-items
 * @category schemas
 * @since 0.1.0
 */
export const LibraryUri = Schema.TemplateLiteral(["spotify:", Schema.Literals(libraryKinds), ":", Schema.String]).check(
  Schema.isPattern(/^spotify:[a-z]+:[^\s:,]+$/, { expected: "spotify:<kind>:<id>" })
)

/**
 * @category models
 * @since 0.1.0
 */
export type LibraryUri = typeof LibraryUri.Type

const isLibraryUri = Schema.is(LibraryUri)

/**
 * Reads a URI or a link of something that a library can hold; `InvalidArgument` for anything else, such as a chapter.
 *
 * @category parsing
 * @since 0.1.0
 */
export const libraryUri = (input: string): Result.Result<LibraryUri, SpotifyError> =>
  Result.flatMap(parse(input), ({ kind, id }) => {
    const uri = `spotify:${kind}:${encodeURIComponent(id)}`
    return isLibraryUri(uri) ? Result.succeed(uri) : invalid("uri", input, `a library holds no ${kind}`)
  })

// =============================================================================
// Internals
// =============================================================================

/** A kind and an id, with the kind empty for a bare id; or what is wrong. */
type Named =
  | { readonly kind: string; readonly id: string }
  | { readonly kind: undefined; readonly issue: string }

const nothing = (issue: string): Named => ({ kind: undefined, issue })

const read = (input: string): Named => {
  const text = input.trim()
  if (text.startsWith("spotify:")) return fromUri(text)
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(text) && URL.canParse(text)) return fromUrl(new URL(text))
  return { kind: "", id: text }
}

const fromUri = (text: string): Named => {
  const [kind = "", ...rest] = text.split(":").slice(1)
  if (kind === "local") return nothing("a local file is known to its owner's device only")
  // A query is no part of an id, but a person's name may look like one.
  const parts = kind === "user" ? rest : rest.map((part) => part.replace(/[?#].*$/s, ""))
  return fromParts(kind, parts, "a URI reads spotify:<kind>:<id>")
}

const fromUrl = (url: URL): Named => {
  if (url.hostname === "spotify.link" || url.hostname === "spotify.app.link") {
    return nothing("a short link names nothing by itself. Open it, and use the link it leads to")
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return nothing("it is neither a web link nor a spotify: URI")
  }
  if (url.hostname !== "open.spotify.com" && url.hostname !== "play.spotify.com") {
    return nothing(`${url.hostname} is not open.spotify.com`)
  }
  const path = url.pathname.replace(/^(\/intl-[a-z\d-]+|\/embed(-podcast)?)*\//i, "").replace(/\/$/, "")
  const [kind = "", ...rest] = path.split("/")
  return fromParts(kind, rest, "a link reads https://open.spotify.com/<kind>/<id>")
}

const fromParts = (kind: string, rest: ReadonlyArray<string>, form: string): Named => {
  const [id = "", inner, innerId = "", ...more] = rest
  if (kind === "user" && inner === "playlist" && innerId !== "" && more.length === 0) {
    return { kind: "playlist", id: percentDecoded(innerId) }
  }
  if (kind === "user" && inner === "collection") return { kind: "collection", id: percentDecoded(id) }
  return id === "" || inner !== undefined ? nothing(form) : { kind, id: percentDecoded(id) }
}

const percentDecoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    // A `%` that encodes nothing stands for itself.
    return text
  }
}

const cut = (text: string): string => Array.from(text.replace(/\p{Cc}+/gu, " ")).slice(0, 100).join("")

const invalid = (argument: string, input: string, issue: string): Result.Result<never, SpotifyError> =>
  Result.fail(new SpotifyError({ reason: new InvalidArgument({ argument, issue: `"${cut(input)}": ${issue}` }) }))
