/**
 * The tracks, albums and artists of the sandbox, with ids by name for examples and tests.
 *
 * **Details**
 *
 * The tracks exist at Spotify, with the same ids, names and durations. Genres, numbers of followers and markets are made
 * up, as are the tracks named `…, Part 4` that complete the albums. No track of Spotify has their ids.
 */
import { albums as albumsWithin } from "./internal/catalogue/Albums.ts"
import { artists as artistsWithin } from "./internal/catalogue/Artists.ts"
import { published, recordings } from "./internal/catalogue/Recordings.ts"

/**
 * Ids of tracks by name, those of unusual tracks included.
 *
 * @category constants
 * @since 0.1.0
 */
export const ids = {
  /** Carly Rae Jepsen, "Cut To The Feeling", the track of Spotify's documentation. */
  cutToTheFeeling: "11dFghVXANMlKmJXsNCbNl",
  /** Royal Blood, "Typhoons". */
  typhoons: "5aFGo8wHEntVxFI8IF7Wuj",
  /** Kalandra, "Helvegen". */
  helvegen: "099zYpevPVNEG1CchEFfYG",
  /** Old release of a track; with a `market`, the response has {@link ids.relinkedTo} instead. */
  relinked: "3MeFwT8zv6gcptWJdlIqgR",
  /** Parov Stelar, "The Phantom - 1930 Swing Version". */
  relinkedTo: "13HZnDE1HdFWx5qBWtIKpg",
  /** Track playable in CA and US alone; elsewhere `is_playable` is false and `restrictions.reason` is `market`. */
  restricted: "5RAMj0e8KWDBYXZeWYmfEx",
  /** Track without `popularity`, even in extended mode. */
  withoutPopularity: "3gLCS88HsoyFLZATaaltRr",
  /** Track without the key `preview_url`, where others have null. */
  withoutPreview: "0j4FFgyRleA5IbWP4BmlIC",
  /** Track of an album with only a year as release date, and with `album_type` in capitals, as recorded at Spotify. */
  yearOnly: "4O6ndj8XSuo96Alsz8Qd90",
  /**
   * A person's own file as Spotify shows it: all ids are null, and names make up its `uri`.
   *
   * This id is made up. At Spotify a local file has no id and appears in playlists alone.
   */
  localFile: "LocalFileLocalFile0000",
  /**
   * Well-formed id that no track has, so the response is a 404, exactly as Spotify sends it.
   *
   * The 404 for any other id says that it is the sandbox's.
   */
  unknown: "0000000000000000000000"
} as const

/**
 * The tracks that exist at Spotify too, with id, name and first artist.
 *
 * @category constants
 * @since 0.1.0
 */
export const tracks: ReadonlyArray<{ readonly id: string; readonly name: string; readonly artist: string }> = published
  .map((recording) => ({
    id: recording.id,
    name: recording.name,
    artist: recording.artists[0].name
  }))

/**
 * The albums, with id, name, artist and the ids of all tracks in order, those made up included.
 *
 * @category constants
 * @since 0.1.0
 */
export const albums: ReadonlyArray<{
  readonly id: string
  readonly name: string
  readonly artist: string
  readonly tracks: ReadonlyArray<string>
}> = albumsWithin.map((album) => ({
  id: album.id,
  name: album.name,
  artist: album.artist.name,
  tracks: recordings.filter((recording) => recording.album === album && recording.relinkedTo === undefined)
    .map(({ id }) => id)
}))

/**
 * The artists, with id and name.
 *
 * @category constants
 * @since 0.1.0
 */
export const artists: ReadonlyArray<{ readonly id: string; readonly name: string }> = artistsWithin
  .map(({ id, name }) => ({ id, name }))

/**
 * The tracks that exist at Spotify too, the albums and the artists, as `GET /sandbox/catalogue` lists them.
 *
 * @category constants
 * @since 0.1.0
 */
export const all = { tracks, albums, artists }
