/** Samples: models with what matters to a test, the rest being plausible. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Ids from "../../Ids.ts"
import type { SimplifiedAlbum } from "../../model/Album.ts"
import type { Artist } from "../../model/Artist.ts"
import type { AudioAnalysis } from "../../model/AudioAnalysis.ts"
import type { AudioFeatures } from "../../model/AudioFeatures.ts"
import type { Recommendations } from "../../model/Recommendation.ts"
import type { SavedTrack, Track } from "../../model/Track.ts"
import type { CurrentUser, PublicUser } from "../../model/User.ts"

/** Makes an id in which the name is recognized. */
const idFrom = (name: string): string => name.replace(/[^0-9A-Za-z]/g, "").slice(-22).padStart(22, "0")

const link = (type: string, id: string) => ({
  uri: `spotify:${type}:${id}`,
  href: `https://api.spotify.com/v1/${type}s/${encodeURIComponent(id)}`,
  externalUrls: { spotify: `https://open.spotify.com/${type}/${encodeURIComponent(id)}` }
})

/**
 * Makes a track with what matters to a test; the rest is plausible.
 *
 * **Details**
 *
 * Its id is made of its name unless given: `00000000000000Typhoons`.
 *
 * @category samples
 * @since 0.1.0
 */
export const track = (given: Partial<Track> = {}): Track => {
  const name = given.name ?? "A Track"
  const id = given.id ?? Ids.TrackId.make(idFrom(name))
  const { followers: _followers, genres: _genres, images: _images, popularity: _popularity, ...by } = artist()
  return {
    type: "track",
    id,
    ...link("track", id),
    name,
    artists: [by],
    album: album(),
    duration: Duration.minutes(3),
    explicit: false,
    discNumber: 1,
    trackNumber: 1,
    isLocal: false,
    externalIds: {},
    ...given
  }
}

/**
 * Makes an album as a track names it, with what matters to a test.
 *
 * **Details**
 *
 * Its id is made of its name unless given.
 *
 * @category samples
 * @since 0.1.0
 */
export const album = (given: Partial<SimplifiedAlbum> = {}): SimplifiedAlbum => {
  const name = given.name ?? "An Album"
  const id = given.id ?? Ids.AlbumId.make(idFrom(name))
  const { followers: _followers, genres: _genres, images: _images, popularity: _popularity, ...by } = artist()
  return {
    type: "album",
    id,
    ...link("album", id),
    name,
    albumType: "album",
    artists: [by],
    images: [],
    releaseDate: "2026-01-01",
    releaseDatePrecision: "day",
    totalTracks: 10,
    ...given
  }
}

/**
 * Makes a track of the library, with what matters to a test.
 *
 * **Details**
 *
 * It was saved on 1 January 2026 unless given.
 *
 * @category samples
 * @since 0.1.0
 */
export const savedTrack = (given: Partial<SavedTrack> = {}): SavedTrack => ({
  addedAt: DateTime.makeUnsafe("2026-01-01T00:00:00Z"),
  track: given.track ?? track(),
  ...given
})

/**
 * Makes an artist with what matters to a test.
 *
 * **Details**
 *
 * Its id is made of its name unless given.
 *
 * @category samples
 * @since 0.1.0
 */
export const artist = (given: Partial<Artist> = {}): Artist => {
  const name = given.name ?? "An Artist"
  const id = given.id ?? Ids.ArtistId.make(idFrom(name))
  return { type: "artist", id, ...link("artist", id), name, genres: [], images: [], ...given }
}

/**
 * Makes the person who is signed in, with what matters to a test.
 *
 * @category samples
 * @since 0.1.0
 */
export const currentUser = (given: Partial<CurrentUser> = {}): CurrentUser => {
  const id = given.id ?? Ids.UserId.make("somebody")
  return { type: "user", id, ...link("user", id), displayName: "Somebody", images: [], ...given }
}

/**
 * Makes somebody else, with what matters to a test.
 *
 * @category samples
 * @since 0.1.0
 */
export const user = (given: Partial<PublicUser> = {}): PublicUser => {
  const id = given.id ?? Ids.UserId.make("someone.else")
  return { type: "user", id, ...link("user", id), displayName: "Someone Else", images: [], ...given }
}

/**
 * Makes the audio features of a track, with what matters to a test.
 *
 * **Details**
 *
 * They are those of `track()` unless the id is given.
 *
 * @category samples
 * @since 0.1.0
 */
export const audioFeatures = (given: Partial<AudioFeatures> = {}): AudioFeatures => {
  const id = given.id ?? Ids.TrackId.make(idFrom("A Track"))
  return {
    type: "audio_features",
    id,
    uri: Ids.Track.uri(id),
    acousticness: 0.1,
    danceability: 0.5,
    energy: 0.5,
    instrumentalness: 0,
    liveness: 0.1,
    speechiness: 0.05,
    valence: 0.5,
    loudness: -8,
    tempo: 120,
    key: 0,
    mode: 1,
    timeSignature: 4,
    duration: Duration.minutes(3),
    ...given
  }
}

/**
 * Makes the audio analysis of a track, with what matters to a test.
 *
 * @category samples
 * @since 0.1.0
 */
export const audioAnalysis = (given: Partial<AudioAnalysis> = {}): AudioAnalysis => ({
  track: {
    duration: Duration.minutes(3),
    loudness: -8,
    tempo: 120,
    tempoConfidence: 0.5,
    key: 0,
    keyConfidence: 0.5,
    mode: 1,
    modeConfidence: 0.5,
    timeSignature: 4,
    timeSignatureConfidence: 1
  },
  bars: [],
  beats: [],
  sections: [],
  segments: [],
  tatums: [],
  ...given
})

/**
 * Makes recommended tracks and their seeds, with what matters to a test.
 *
 * **Details**
 *
 * There are none unless given.
 *
 * @category samples
 * @since 0.1.0
 */
export const recommendations = (given: Partial<Recommendations> = {}): Recommendations => ({
  seeds: [],
  tracks: [],
  ...given
})
