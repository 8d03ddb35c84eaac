/**
 * Artists a person listens to, as tables, rows and JSON.
 */
import type { Artist } from "@app/api/model/Artist"
import type { View } from "./Output.ts"
import * as Text from "./Text.ts"

const barWidth = 16

/**
 * Artists by rank, with the number of the person's top tracks that they are on.
 *
 * **Details**
 *
 * Spotify gives ranks and no numbers of plays, so the bar shows what can be counted.
 */
export const ranked = (topTracks: ReadonlyMap<string, number>, outOf: number): View<Artist> => {
  const countOf = ({ id }: Artist) => topTracks.get(id) ?? 0
  const most = Math.max(1, ...topTracks.values())
  return {
    columns: [
      { heading: "#", align: "end" },
      { heading: "ARTIST", isFlexible: true },
      { heading: `OF YOUR ${outOf} TOP TRACKS`, dropFirst: 2 },
      { heading: "GENRES", isFlexible: true, dropFirst: 1 }
    ],
    cells: (artist, place) => [
      String(place),
      artist.name,
      `${Text.padEnd(Text.bar(countOf(artist) / most, barWidth), barWidth)} ${countOf(artist)}`,
      artist.genres.join(", ")
    ],
    fields: (artist) => [artist.id, artist.name, String(countOf(artist)), artist.genres.join(", ")],
    json: (artist, place) => ({
      rank: place,
      id: artist.id,
      uri: artist.uri,
      name: artist.name,
      genres: artist.genres,
      topTracks: countOf(artist)
    })
  }
}
