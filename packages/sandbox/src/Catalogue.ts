/**
 * The sandbox's music: real tracks of Spotify's with their real ids, names and durations, and a few that are odd on
 * purpose. Where a track can be played is made up; the rest is as Spotify publishes it.
 */
import type * as Schema from "effect/Schema"
import { recordings } from "./internal/recordings.ts"
import type { Artist, Recording } from "./internal/recordings.ts"

/**
 * Ids by name, for examples and tests.
 *
 * @category constants
 * @since 0.1.0
 */
export const ids = {
  /** Carly Rae Jepsen, "Cut To The Feeling": the track of Spotify's own documentation. */
  cutToTheFeeling: "11dFghVXANMlKmJXsNCbNl",
  /** Royal Blood, "Typhoons". */
  typhoons: "5aFGo8wHEntVxFI8IF7Wuj",
  /** Kalandra, "Helvegen". */
  helvegen: "099zYpevPVNEG1CchEFfYG",
  /** An old release: asked for with a `market`, {@link ids.relinkedTo} comes back instead of it. */
  relinked: "3MeFwT8zv6gcptWJdlIqgR",
  /** Parov Stelar, "The Phantom - 1930 Swing Version". */
  relinkedTo: "13HZnDE1HdFWx5qBWtIKpg",
  /** Playable in CA and US alone: elsewhere `is_playable` is false and `restrictions.reason` is `market`. */
  restricted: "5RAMj0e8KWDBYXZeWYmfEx",
  /** `popularity` is missing even in extended mode. */
  withoutPopularity: "3gLCS88HsoyFLZATaaltRr",
  /** The key `preview_url` is missing, not just null. */
  withoutPreview: "0j4FFgyRleA5IbWP4BmlIC",
  /** Only the year of release is known, and `album_type` comes in capitals, as recorded. */
  yearOnly: "4O6ndj8XSuo96Alsz8Qd90",
  /**
   * Answers with {@link localFile}. Made up: at Spotify a local file has no id and cannot be asked for, it only turns
   * up inside playlists.
   */
  localFile: "LocalFileLocalFile0000",
  /** Well-formed, and nobody's: 404. */
  unknown: "0000000000000000000000"
} as const

/**
 * The tracks that can be asked for: id, name and first artist.
 *
 * @category constants
 * @since 0.1.0
 */
export const tracks: ReadonlyArray<{ readonly id: string; readonly name: string; readonly artist: string }> = recordings
  .map((recording) => ({
    id: recording.id,
    name: recording.name,
    artist: recording.artists[0].name
  }))

/**
 * A person's own file as Spotify shows it inside a playlist: all ids null, its `uri` made of names.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/playlists
 * @category constants
 * @since 0.1.0
 */
export const localFile: Schema.JsonObject = {
  album: {
    album_type: null,
    artists: [],
    available_markets: [],
    external_urls: {},
    href: null,
    id: null,
    images: [],
    name: "Kitchen Tapes",
    release_date: null,
    release_date_precision: null,
    type: "album",
    uri: null
  },
  artists: [{ external_urls: {}, href: null, id: null, name: "The Neighbours", type: "artist", uri: null }],
  available_markets: [],
  disc_number: 0,
  duration_ms: 188000,
  explicit: false,
  external_ids: {},
  external_urls: {},
  href: null,
  id: null,
  is_local: true,
  name: "Rain on a Tin Roof",
  popularity: 0,
  preview_url: null,
  track_number: 0,
  type: "track",
  uri: "spotify:local:The+Neighbours:Kitchen+Tapes:Rain+on+a+Tin+Roof:188"
}

const worldwide = ["AR", "AU", "BR", "CA", "DE", "ES", "FR", "GB", "IT", "JP", "MX", "NL", "NO", "SE", "US"]

const isIn = (recording: Recording, market: string): boolean =>
  recording.markets === undefined || recording.markets.includes(market)

const link = (type: "album" | "artist" | "track", id: string) => ({
  external_urls: { spotify: `https://open.spotify.com/${type}/${id}` },
  href: `https://api.spotify.com/v1/${type}s/${id}`,
  id,
  type,
  uri: `spotify:${type}:${id}`
})

const artist = ({ id, name }: Artist) => ({ ...link("artist", id), name })

/** The sizes of a cover differ in the head of its name alone. */
const images = (cover: string) =>
  ([["b273", 640], ["1e02", 300], ["4851", 64]] as const).map(([size, pixels]) => ({
    height: pixels,
    url: `https://i.scdn.co/image/ab67616d0000${size}${cover}`,
    width: pixels
  }))

/**
 * A track as Spotify answers it, `undefined` when there is none of that id.
 *
 * With a `market`, another release may stand in for the one asked for: then `id` differs from it. Development mode has
 * no `available_markets`, `linked_from` and `popularity`; extended mode has them, `available_markets` only without a
 * `market`.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/track-relinking
 * @category answers
 * @since 0.1.0
 */
export const track = (
  id: string,
  options: { readonly market: string | undefined; readonly quotaMode: "development" | "extended" }
): Schema.JsonObject | undefined => {
  if (id === ids.localFile) return localFile
  const requested = recordings.find((recording) => recording.id === id)
  if (requested === undefined) return undefined
  const { market } = options
  const extended = options.quotaMode === "extended"
  const substitute = market === undefined || isIn(requested, market)
    ? undefined
    : recordings.find((recording) => recording.id === requested.relinkedTo && isIn(recording, market))
  const served = substitute ?? requested
  const { album } = served
  const markets = extended && market === undefined ? { available_markets: served.markets ?? worldwide } : {}
  const playable = market === undefined || isIn(served, market)
  return {
    ...link("track", served.id),
    album: {
      ...link("album", album.id),
      album_type: album.type,
      artists: served.artists.slice(0, 1).map(artist),
      ...markets,
      images: images(album.cover),
      name: album.name,
      release_date: album.released,
      release_date_precision: album.released.length === 4 ? "year" : "day",
      total_tracks: album.totalTracks
    },
    artists: served.artists.map(artist),
    ...markets,
    disc_number: 1,
    duration_ms: served.durationMs,
    explicit: served.explicit ?? false,
    external_ids: { isrc: served.isrc },
    is_local: false,
    ...(market === undefined ? {} : { is_playable: playable }),
    ...(extended && substitute !== undefined ? { linked_from: link("track", requested.id) } : {}),
    ...(playable ? {} : { restrictions: { reason: "market" } }),
    name: served.name,
    ...(extended && served.popularity !== undefined ? { popularity: served.popularity } : {}),
    ...(served.withoutPreview === true ? {} : { preview_url: null }),
    track_number: served.trackNumber
  }
}
