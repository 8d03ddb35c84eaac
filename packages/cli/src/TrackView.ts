/**
 * Tracks as tables, rows and JSON.
 */
import type { SavedTrack, Track } from "@app/api/model/Track"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { Json } from "./Json.ts"
import type { Card, View } from "./Output.ts"
import type { Column } from "./Table.ts"
import * as Text from "./Text.ts"

const artistsOf = (track: Track): string => track.artists.map(({ name }) => name).join(", ")

const lengthOf = (track: Track): string => Text.minutes(Duration.toMillis(track.duration))

const linkOf = (track: Track): string | undefined =>
  track.id === undefined ? undefined : `https://open.spotify.com/track/${track.id}`

const columns: ReadonlyArray<Column> = [
  { heading: "TRACK", isFlexible: true },
  { heading: "ARTISTS", isFlexible: true, dropFirst: 1 },
  { heading: "ALBUM", isFlexible: true, dropFirst: 3 },
  { heading: "TIME", align: "end", dropFirst: 2 }
]

const cells = (track: Track) => [track.name, artistsOf(track), track.album.name, lengthOf(track)]

const fields = (track: Track) => [track.id ?? "", track.name, artistsOf(track), track.album.name, lengthOf(track)]

const jsonOf = (track: Track) => ({
  id: track.id ?? null,
  uri: track.uri,
  name: track.name,
  artists: track.artists.map(({ id, name }) => ({ id: id ?? null, name })),
  album: { id: track.album.id ?? null, name: track.album.name },
  durationMs: Duration.toMillis(track.duration),
  explicit: track.explicit ?? null,
  isPlayable: track.isPlayable ?? null
})

/** Tracks. */
export const tracks: View<Track> = { columns, cells, fields, json: jsonOf }

/** Tracks by rank. */
export const ranked: View<Track> = {
  columns: [{ heading: "#", align: "end" }, ...columns],
  cells: (track, place) => [String(place), ...cells(track)],
  fields,
  json: (track, place): Json => ({ rank: place, ...jsonOf(track) })
}

/** Saved tracks, with the day on which each was saved. */
export const saved: View<SavedTrack> = {
  columns: [{ heading: "SAVED", dropFirst: 4 }, ...columns],
  cells: ({ addedAt, track }) => [DateTime.formatIsoDateUtc(addedAt), ...cells(track)],
  fields: ({ addedAt, track }) => [...fields(track), DateTime.formatIso(addedAt)],
  json: ({ addedAt, track }): Json => ({ ...jsonOf(track), savedAt: DateTime.formatIso(addedAt) })
}

/** One track with what there is room for. */
export const card = (track: Track): Card => ({
  title: track.name,
  fields: [
    ["by", artistsOf(track)],
    ["from", track.album.name],
    ["length", lengthOf(track)],
    ["link", linkOf(track)]
  ],
  json: jsonOf(track)
})
