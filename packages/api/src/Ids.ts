/**
 * Spotify's identifiers, and the forms people copy them in: a bare id, a URI, a link.
 *
 * | form | example |
 * | --- | --- |
 * | id | `11dFghVXANMlKmJXsNCbNl` |
 * | URI | `spotify:track:11dFghVXANMlKmJXsNCbNl`, and as older programs wrote it `spotify:user:<name>:playlist:<id>` |
 * | link | `https://open.spotify.com/track/11dFghVXANMlKmJXsNCbNl?si=…`, also with `/intl-de/` or `/embed/` in between |
 * | player | `https://embed.spotify.com/?uri=…`, `https://open.spotify.com/embed?uri=…` |
 * | deep link | `spotify://track/11dFghVXANMlKmJXsNCbNl` |
 *
 * They are read as people hand them on: without `https://`, with capitals in the scheme, with a query or a fragment such as
 * `#0:38` after a URI, percent-encoded as a whole, and, where that cannot be a part of them, inside quotes or brackets or
 * with a full stop behind. A text that is a link or a URI, of Spotify's or of anyone's, is never taken for a person's name.
 *
 * An id that comes out of an answer is any text that is not empty, since nothing else is certain of it. What an id must look
 * like is checked where a person hands one in.
 *
 * **Example** (From a link and back)
 *
 * ```ts
 * import * as Ids from "@app/api/Ids"
 * import * as Result from "effect/Result"
 *
 * const id = Result.getOrThrow(Ids.Track.parse("open.spotify.com/intl-de/track/11dFghVXANMlKmJXsNCbNl?si=x"))
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

/** An id out of an answer: not empty. Samples look like `pattern`, as those that Spotify sends do. */
const textLike = (pattern: RegExp) =>
  Schema.String.check(Schema.makeFilter((id: string) => id !== "", {
    expected: "an id, which is not empty",
    representation: { id: "@app/api/Ids/textLike", payload: pattern.source },
    arbitraryConstraint: { patterns: [{ source: pattern.source, flags: "" }] },
    toJsonSchema: () => ({ minLength: 1 })
  }))

/** 22 characters of base 62: 128 bits. */
const base62 = /^[0-9A-Za-z]{22}$/

const Base62 = textLike(base62)

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
export const UserId = textLike(/^(?:[!-\-/-~][ -~]{0,11}|[^\ud800-\udfff.][^\ud800-\udfff]{0,11})$/).pipe(
  Schema.brand("@app/api/UserId")
)

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
  /** An id that a request may hold: of the exact form, other than one that an answer may hold. */
  readonly schema: Schema.Codec<Id, string>
  /** Reads any form; `InvalidArgument` says what is wrong with a text that is none. */
  readonly parse: (input: string) => Result.Result<Id, SpotifyError>
  /** `spotify:<kind>:<id>` */
  readonly uri: (id: Id) => `spotify:${Name}:${string}`
  /** `https://open.spotify.com/<kind>/<id>` */
  readonly url: (id: Id) => `https://open.spotify.com/${Name}/${string}`
}

const kind = <Id extends string, Name extends string>(
  name: Name,
  schema: Schema.Codec<Id, string>,
  rule: string
): Kind<Id, Name> => {
  const is = Schema.is(schema)
  return {
    name,
    schema,
    parse: (input) => {
      // An id by itself, as programs keep it, needs none of what follows. A person's may look like an address.
      if (name !== "user" && is(input)) return Result.succeed(input)
      const named = read(input)
      if (named.kind === undefined) return invalid(name, input, named.issue)
      if (named.kind !== "" && named.kind !== name) {
        return invalid(name, input, `it names another kind, ${cut(named.kind)}`)
      }
      // Quotes and the like may be a part of a person's name, and of nothing else.
      const id = named.kind === "" && name !== "user" ? withoutEnd(unwrapped(named.id)) : named.id
      if (is(id)) return Result.succeed(id)
      return invalid(
        name,
        input,
        named.kind === ""
          ? `it is neither ${rule}, nor a spotify: URI, nor a link`
          : `"${cut(named.id)}" is not ${rule}`
      )
    },
    uri: (id) => `spotify:${name}:${encoded(id)}`,
    url: (id) => `https://open.spotify.com/${name}/${encoded(id)}`
  }
}

/** A lone surrogate, which no URI can hold, becomes U+FFFD. */
const encoded = (id: string): string => encodeURIComponent(id.toWellFormed())

const exactly = "an id of 22 letters and digits"

const exact = Schema.isPattern(base62, { expected: `a Spotify id of 22 letters and digits` })

/**
 * The ids of tracks.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Track: Kind<TrackId, "track"> = kind("track", TrackId.check(exact), exactly)

/**
 * The ids of albums.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Album: Kind<AlbumId, "album"> = kind("album", AlbumId.check(exact), exactly)

/**
 * The ids of artists.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Artist: Kind<ArtistId, "artist"> = kind("artist", ArtistId.check(exact), exactly)

/**
 * The ids of playlists.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Playlist: Kind<PlaylistId, "playlist"> = kind("playlist", PlaylistId.check(exact), exactly)

/**
 * The ids of shows.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Show: Kind<ShowId, "show"> = kind("show", ShowId.check(exact), exactly)

/**
 * The ids of episodes.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Episode: Kind<EpisodeId, "episode"> = kind("episode", EpisodeId.check(exact), exactly)

/**
 * The ids of audiobooks.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Audiobook: Kind<AudiobookId, "audiobook"> = kind("audiobook", AudiobookId.check(exact), exactly)

/**
 * The ids of chapters.
 *
 * @category kinds
 * @since 0.1.0
 */
export const Chapter: Kind<ChapterId, "chapter"> = kind("chapter", ChapterId.check(exact), exactly)

/**
 * The ids of people. As an id, `parse` takes any text that is neither a link nor a URI, nor has one of Spotify's in it.
 *
 * @category kinds
 * @since 0.1.0
 */
export const User: Kind<UserId, "user"> = kind(
  "user",
  UserId.check(Schema.makeFilter((id: string) => isPerson(id), { expected: "the id of a person" })),
  "the id of a person"
)

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
    const uri = `spotify:${kind}:${encoded(id)}`
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

/** Links have come with a thousand characters of tracking; this is what servers take. */
const longest = 8_192

const read = (input: string): Named => {
  if (input.length > longest) return nothing(`it has more than ${longest} characters`)
  const text = trimmed(input)
  const address = decodedOnce(unwrapped(text))
  const whole = fromAddress(address)
  // A full stop may be the last letter of a person's name, and of nothing else.
  return whole?.kind === "user" ? whole : fromAddress(withoutEnd(address)) ?? whole ?? { kind: "", id: text }
}

/** White space, and what programs put around a text to give it a direction or none. */
const edge = /[\s\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069]/

const trimmed = (text: string): string => {
  let start = 0
  let end = text.length
  while (start < end && edge.test(text.charAt(start))) start++
  while (start < end && edge.test(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

/** What is put around an address in chats and in prose. */
const closers: ReadonlyMap<string, string> = new Map([
  ["<", ">"],
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
  ["\"", "\""],
  ["'", "'"],
  ["`", "`"],
  ["“", "”"],
  ["„", "“”"],
  ["‘", "’"],
  ["‚", "‘"],
  ["«", "»"],
  ["»", "«"],
  ["‹", "›"],
  ["*", "*"],
  ["_", "_"],
  ["~", "~"],
  ["|", "|"]
])

const unwrapped = (text: string): string => {
  let inner = /^\[[^\]]*\]\((\S*)\)[.,;:!?]*$/.exec(text)?.[1] ?? text
  for (let layers = 0; layers < 8; layers++) {
    const closer = closers.get(inner.charAt(0))
    if (closer === undefined) break
    const end = inner.replace(/[.,;:!?]{1,9}$/, "")
    inner = trimmed(end.length > 1 && closer.includes(end.charAt(end.length - 1)) ? end.slice(1, -1) : inner.slice(1))
    // Slack writes <address|title>.
    if (closer === ">") inner = inner.replace(/\|.*$/s, "")
  }
  return inner
}

const withoutEnd = (text: string): string => {
  let end = text.length
  while (end > 0 && punctuation.has(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

/** What can stand behind an address and is no part of it. */
const punctuation = new Set(".,;:!?…'\"`”“’‘»«›‹)]}>*_~|\\")

/** An address that was percent-encoded as a whole, as one is inside another's query. */
const decodedOnce = (text: string): string => /^(?:spotify|https?)%3a/i.test(text) ? percentDecoded(text) : text

/** Undefined for what is no address. */
const fromAddress = (text: string, isNested = false): Named | undefined => {
  const deep = /^spotify:\/\/+(.*)$/is.exec(text)?.[1]
  if (deep !== undefined) return fromPath(deep.replace(/[?#].*$/s, ""), "a deep link reads spotify://<kind>/<id>")
  if (/^spotify:/i.test(text)) return fromUri(text)
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase()
  if (scheme !== undefined && scheme !== "https" && scheme !== "http") {
    return nothing("it is neither a web link nor a spotify: URI")
  }
  if (scheme === undefined && otherScheme.test(text)) return nothing("it is neither a web link nor a spotify: URI")
  if (scheme === undefined && !/^https?:/i.test(text) && !beginsWithHost.test(text)) return undefined
  const link = URL.parse(/^https?:/i.test(text) ? text : `https://${text.replace(/^\/\//, "")}`)
  return link === null ? nothing("it is a link that cannot be read") : fromUrl(link, isNested)
}

/** What is plainly a URI without being a link. */
const otherScheme = /^(?:blob|data|file|javascript|magnet|mailto|sms|tel|urn):/i

/** A host and something behind it, or one of Spotify's by itself. */
const beginsWithHost =
  /^(?:\/\/)?(?:(?:[a-z\d-]+\.)+[a-z]{2,}(?::\d+)?\/|(?:(?:open|play|embed|www)\.spotify\.com|spotify\.link|spotify\.app\.link|spoti\.fi)(?:[:/?#]|$))/i

const shortHosts = new Set(["spotify.link", "spotify.app.link", "spoti.fi"])

const hosts = new Set(["open.spotify.com", "play.spotify.com", "embed.spotify.com"])

/** Whether a text can be a person's id: one that leads to Spotify is a link that somebody took for it. */
const isPerson = (id: string): boolean =>
  // No URL can hold a lone surrogate, nor a path's segment that leads up or nowhere.
  id.isWellFormed() && id !== "." && id !== ".." && !/spotify(?::|%3a|\.com|\.link|\.app\.link)|spoti\.fi\//i.test(id)

const fromUri = (text: string): Named => {
  const [kind = "", ...rest] = text.split(":").slice(1)
  const name = kind.toLowerCase()
  const form = "a URI reads spotify:<kind>:<id>"
  if (name === "local") return nothing("a local file is known to its owner's device only")
  const path = rest.join(":")
  if (name !== "user") return fromParts(name, path.replace(queryOrFragment, "").split(":"), form)
  // A person's name may look like it has a query, so only what cannot be a name is taken off.
  const [person = "", inner, ...more] = path.replace(startPosition, "").replace(/\?[\w.~-]+=.*$/s, "").split(":")
  return fromParts(
    name,
    inner === undefined ? [person] : [person, inner, ...more.join(":").replace(queryOrFragment, "").split(":")],
    form
  )
}

/** Neither is a part of an id, whether it was encoded by mistake or not. */
const queryOrFragment = /(?:[?#&]|%3f|%23|%26).*$/is

/** Where the desktop client is to begin, such as `#0:38`. */
const startPosition = /(?:#|%23)\d{1,9}(?::\d\d){1,2}$/i

const fromUrl = (url: URL, isNested: boolean): Named => {
  if (shortHosts.has(url.hostname)) {
    return nothing("a short link names nothing by itself. Open it, and use the link it leads to")
  }
  if (!hosts.has(url.hostname)) return nothing(`${cut(url.hostname)} is not open.spotify.com`)
  const path = url.pathname.replace(/^(?:\/intl-[a-z\d-]+|\/embed(?:-podcast)?|\/follow\/1)*(?=\/|$)/i, "").slice(1)
  const shown = url.searchParams.get("uri")
  if (path === "" && shown !== null && !isNested) {
    return fromAddress(decodedOnce(trimmed(shown)), true) ?? nothing("its uri is neither a URI nor a link")
  }
  return fromPath(path, "a link reads https://open.spotify.com/<kind>/<id>")
}

const fromPath = (path: string, form: string): Named => {
  const [kind = "", ...rest] = path.replace(/\/$/, "").split("/")
  const name = kind.toLowerCase()
  if (name !== "user") {
    const [id = "", ...page] = rest
    // An address bar may show a page about the thing, such as an artist's discography.
    const isPage = page.every((part) => /^[a-z-]{1,30}$/.test(part))
    return fromParts(name, [id.replace(queryOrFragment, ""), ...(isPage ? [] : page)], form)
  }
  return fromParts(name, rest.length === 2 && personPages.has(rest[1] ?? "") ? rest.slice(0, 1) : rest, form)
}

const personPages = new Set(["followers", "following", "playlists"])

const fromParts = (kind: string, rest: ReadonlyArray<string>, form: string): Named => {
  const [id = "", inner, innerId = "", ...more] = rest
  if (kind === "user" && inner === "playlist" && innerId !== "" && more.length === 0) {
    return { kind: "playlist", id: withoutEnd(percentDecoded(innerId.replace(queryOrFragment, ""))) }
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

const cut = (text: string): string => Array.from(text.slice(0, 400).replace(/\p{Cc}+/gu, " ")).slice(0, 100).join("")

const invalid = (argument: string, input: string, issue: string): Result.Result<never, SpotifyError> =>
  Result.fail(new SpotifyError({ reason: new InvalidArgument({ argument, issue: `"${cut(input)}": ${issue}` }) }))
