/**
 * The objects of the Web API as raw JSON, by the names of Spotify's reference.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 * @see https://developer.spotify.com/documentation/web-api/references/changes/february-2026
 */
import * as DateTime from "effect/DateTime"
import type * as Schema from "effect/Schema"
import type { Person } from "../../People.ts"
import type { Settings } from "../../Settings.ts"
import { type Album, albums } from "../catalogue/Albums.ts"
import type { Artist } from "../catalogue/Artists.ts"
import { type Recording, recordings } from "../catalogue/Recordings.ts"

// =============================================================================
// Model
// =============================================================================

/** The market and the quota mode that an object is written for. */
export interface View {
  /** Country to play in; absent where the request names none. */
  readonly market: string | undefined
  readonly quotaMode: Settings["quotaMode"]
}

// =============================================================================
// Tracks, albums and artists
// =============================================================================

const worldwide = ["AR", "AU", "BR", "CA", "DE", "ES", "FR", "GB", "IT", "JP", "MX", "NL", "NO", "SE", "US"]

const marketsOf = (recording: Recording) => recording.markets ?? recording.album.markets ?? worldwide

/** Reports whether a track can be played in a market; without one, always. */
export const isPlayable = (recording: Recording, market: string | undefined): boolean =>
  market === undefined || marketsOf(recording).includes(market)

/** Writes the fields that every object has: its id, type, URI and links. */
export const link = (type: "album" | "artist" | "track", id: string) => ({
  external_urls: { spotify: `https://open.spotify.com/${type}/${id}` },
  href: `https://api.spotify.com/v1/${type}s/${id}`,
  id,
  type,
  uri: `spotify:${type}:${id}`
})

// The URLs of a cover's sizes differ in a prefix alone.
const images = ({ cover }: Album) =>
  ([["b273", 640], ["1e02", 300], ["4851", 64]] as const).map(([size, pixels]) => ({
    height: pixels,
    url: `https://i.scdn.co/image/ab67616d0000${size}${cover}`,
    width: pixels
  }))

/** Selects the release to serve: the one requested, or another that is playable in the market. */
const servedFor = (requested: Recording, market: string | undefined): Recording =>
  isPlayable(requested, market)
    ? requested
    : recordings.find((other) => other.id === requested.relinkedTo && isPlayable(other, market)) ?? requested

/**
 * Writes a simplified track.
 *
 * **Details**
 *
 * With a market, another release may be served than the one requested, so that `id` differs. Development mode has no
 * `available_markets`, `linked_from` and `popularity`. Extended mode has them, `available_markets` only without a market.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/track-relinking
 */
export const simplifiedTrack = (requested: Recording, { market, quotaMode }: View): Schema.JsonObject => {
  const extended = quotaMode === "extended"
  const served = servedFor(requested, market)
  const playable = isPlayable(served, market)
  return {
    ...link("track", served.id),
    artists: served.artists.map(simplifiedArtist),
    ...(extended && market === undefined ? { available_markets: marketsOf(served) } : {}),
    disc_number: 1,
    duration_ms: served.durationMs,
    explicit: served.explicit ?? false,
    is_local: false,
    ...(market === undefined ? {} : { is_playable: playable }),
    ...(extended && served !== requested ? { linked_from: link("track", requested.id) } : {}),
    ...(playable ? {} : { restrictions: { reason: "market" } }),
    name: served.name,
    ...(served.withoutPreview === true ? {} : { preview_url: null }),
    track_number: served.trackNumber
  }
}

/** Writes a track. */
export const track = (requested: Recording, view: View): Schema.JsonObject => {
  const served = servedFor(requested, view.market)
  return {
    ...simplifiedTrack(requested, view),
    album: simplifiedAlbum(served.album, view),
    external_ids: { isrc: served.isrc },
    ...(view.quotaMode === "extended" && served.popularity !== undefined ? { popularity: served.popularity } : {})
  }
}

/** Writes a time, given in milliseconds since 1970, to the second. */
export const time = (millis: number): string => `${DateTime.formatIso(DateTime.makeUnsafe(millis)).slice(0, 19)}Z`

/** Writes a simplified album. */
export const simplifiedAlbum = (album: Album, { market, quotaMode }: View): Schema.JsonObject => ({
  ...link("album", album.id),
  album_type: album.type,
  artists: [simplifiedArtist(album.artist)],
  ...(quotaMode === "extended" && market === undefined ? { available_markets: album.markets ?? worldwide } : {}),
  images: images(album),
  name: album.name,
  release_date: album.released,
  release_date_precision: album.released.length === 4 ? "year" : "day",
  total_tracks: album.totalTracks
})

/** Writes a simplified artist. */
export const simplifiedArtist = ({ id, name }: Artist) => ({ ...link("artist", id), name })

/** Writes an artist. */
export const artist = (artist: Artist, { quotaMode }: View): Schema.JsonObject => ({
  ...simplifiedArtist(artist),
  ...(quotaMode === "extended"
    ? { followers: { href: null, total: artist.popularity * 31_337 }, popularity: artist.popularity }
    : {}),
  genres: artist.genres,
  images: albums.filter((album) => album.artist === artist).slice(0, 1).flatMap(images)
})

/** A local file as Spotify shows it in a playlist, with null for all ids and a `uri` made of names. */
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

// =============================================================================
// People
// =============================================================================

const user = ({ displayName, id }: Person): Schema.JsonObject => ({
  display_name: displayName,
  external_urls: { spotify: `https://open.spotify.com/user/${encodeURIComponent(id)}` },
  href: `https://api.spotify.com/v1/users/${encodeURIComponent(id)}`,
  id,
  images: displayName === null ? null : [],
  type: "user",
  uri: `spotify:user:${encodeURIComponent(id)}`
})

const followers = ({ followers }: Person) => ({
  followers: followers === null ? null : { href: null, total: followers }
})

/** Writes the public profile of a person. */
export const publicUser = (person: Person): Schema.JsonObject => ({ ...user(person), ...followers(person) })

/**
 * Writes the profile of the person who signed in.
 *
 * **Details**
 *
 * Development mode has no `followers`, and no field that a scope adds.
 */
export const privateUser = (
  person: Person,
  scopes: ReadonlyArray<string>,
  quotaMode: Settings["quotaMode"]
): Schema.JsonObject => ({
  ...user(person),
  account_id: person.accountId,
  ...(quotaMode === "extended" && {
    ...followers(person),
    ...(scopes.includes("user-read-private") && {
      country: person.country,
      explicit_content: { filter_enabled: false, filter_locked: false },
      ...(person.product !== null && { product: person.product })
    }),
    ...(scopes.includes("user-read-email") && { email: person.email })
  })
})
