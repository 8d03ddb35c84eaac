/**
 * The sandbox's music: real tracks of Spotify's with their real ids, names and durations, and a few that are odd on
 * purpose. Their albums are complete: tracks named `…, Part 4` are made up, with ids of nobody's. So are genres, numbers
 * of followers and where a track can be played; the rest is as Spotify publishes it.
 */
import {
  albums as albumsWithin,
  artists as artistsWithin,
  published,
  recordings
} from "./internal/catalogue/Recordings.ts"

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
   * Answers with a person's own file as Spotify shows it: all ids null, its `uri` made of names. Made up: at Spotify a
   * local file has no id and cannot be asked for, it only turns up inside playlists.
   */
  localFile: "LocalFileLocalFile0000",
  /** Well-formed, and nobody's: 404. */
  unknown: "0000000000000000000000"
} as const

/**
 * The tracks that Spotify has too: id, name and first artist.
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
 * The albums: id, name and artist, and the ids of their tracks in order, those made up included.
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
 * The artists: id and name.
 *
 * @category constants
 * @since 0.1.0
 */
export const artists: ReadonlyArray<{ readonly id: string; readonly name: string }> = artistsWithin
  .map(({ id, name }) => ({ id, name }))
