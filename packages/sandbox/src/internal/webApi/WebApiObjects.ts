/**
 * The objects of the Web API as raw JSON, by the names of Spotify's reference.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 * @see https://developer.spotify.com/documentation/web-api/references/changes/february-2026
 */
import type * as Schema from "effect/Schema"
import type { Person } from "../../People.ts"
import type { Settings } from "../../Settings.ts"
import { albums, recordings } from "../catalogue/Recordings.ts"
import type { Album, Artist, Recording } from "../catalogue/Recordings.ts"

/** For whom an object is written. */
export interface View {
  /** The country it is to be played in, when one was said. */
  readonly market: string | undefined
  readonly quotaMode: Settings["quotaMode"]
}

const worldwide = ["AR", "AU", "BR", "CA", "DE", "ES", "FR", "GB", "IT", "JP", "MX", "NL", "NO", "SE", "US"]

const marketsOf = (recording: Recording) => recording.markets ?? recording.album.markets ?? worldwide

export const isPlayable = (recording: Recording, market: string | undefined): boolean =>
  market === undefined || marketsOf(recording).includes(market)

export const link = (type: "album" | "artist" | "track", id: string) => ({
  external_urls: { spotify: `https://open.spotify.com/${type}/${id}` },
  href: `https://api.spotify.com/v1/${type}s/${id}`,
  id,
  type,
  uri: `spotify:${type}:${id}`
})

/** The sizes of a cover differ in the head of its name alone. */
const images = ({ cover }: Album) =>
  ([["b273", 640], ["1e02", 300], ["4851", 64]] as const).map(([size, pixels]) => ({
    height: pixels,
    url: `https://i.scdn.co/image/ab67616d0000${size}${cover}`,
    width: pixels
  }))

/** What stands in for a recording where it cannot be played; itself where it can, or where nothing does. */
const servedFor = (requested: Recording, market: string | undefined): Recording =>
  isPlayable(requested, market)
    ? requested
    : recordings.find((other) => other.id === requested.relinkedTo && isPlayable(other, market)) ?? requested

/**
 * With a market, another release may stand in for the one asked for: then `id` differs from it. Development mode has no
 * `available_markets`, `linked_from` and `popularity`; extended mode has them, `available_markets` only without a market.
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

export const track = (requested: Recording, view: View): Schema.JsonObject => {
  const served = servedFor(requested, view.market)
  return {
    ...simplifiedTrack(requested, view),
    album: simplifiedAlbum(served.album, view),
    external_ids: { isrc: served.isrc },
    ...(view.quotaMode === "extended" && served.popularity !== undefined ? { popularity: served.popularity } : {})
  }
}

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

export const simplifiedArtist = ({ id, name }: Artist) => ({ ...link("artist", id), name })

export const artist = (artist: Artist, { quotaMode }: View): Schema.JsonObject => ({
  ...simplifiedArtist(artist),
  ...(quotaMode === "extended"
    ? { followers: { href: null, total: artist.popularity * 31_337 }, popularity: artist.popularity }
    : {}),
  genres: artist.genres,
  images: albums.filter((album) => album.artist === artist).slice(0, 1).flatMap(images)
})

/** A person's own file as Spotify shows it inside a playlist: all ids null, its `uri` made of names. */
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

export const publicUser = (person: Person): Schema.JsonObject => ({ ...user(person), ...followers(person) })

/** Development mode has no `followers`, and no field that a scope would add. */
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
