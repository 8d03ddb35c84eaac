/**
 * `spotify top`: what the person listens to most.
 */
import * as Profile from "@app/api/Profile"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as ArtistView from "../ArtistView.ts"
import * as Limit from "../Limit.ts"
import * as Output from "../Output.ts"
import * as Progress from "../Progress.ts"
import * as Session from "../Session.ts"
import * as TrackView from "../TrackView.ts"

const timeRanges = { short: "short_term", medium: "medium_term", long: "long_term" } as const

/** The person's top tracks that are counted by artist: one page. */
const counted = 50

const artists = Effect.fnUntraced(function*(timeRange: typeof timeRanges[keyof typeof timeRanges], limit: number) {
  const tracks = yield* Stream.runCollect(Stream.take(Profile.topTracks({ timeRange }), counted))
  const counts = new Map<string, number>()
  for (const { id } of tracks.flatMap(({ artists }) => artists)) {
    if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  yield* Output.list(
    ArtistView.ranked(counts, tracks.length),
    Profile.topArtists({ timeRange, pageSize: Limit.pageSize(limit, 50) }).pipe(
      Progress.of("artists", limit),
      Limit.take(limit)
    )
  )
})

/** The command. */
export const top = Command.make("top", {
  kind: Argument.Literals("kind", ["artists", "tracks"]).pipe(
    Argument.withDescription("Artists or tracks (default artists)"),
    Argument.withDefault("artists")
  ),
  range: Flag.Literals("range", ["short", "medium", "long"]).pipe(
    Flag.withDescription("4 weeks, 6 months or a year"),
    Flag.withDefault("medium")
  ),
  limit: Limit.flag(10)
}, ({ kind, limit, range }) =>
  (kind === "artists"
    ? artists(timeRanges[range], limit)
    : Output.list(
      TrackView.ranked,
      Profile.topTracks({ timeRange: timeRanges[range], pageSize: Limit.pageSize(limit, 50) }).pipe(
        Progress.of("tracks", limit),
        Limit.take(limit)
      )
    )).pipe(Session.provide)).pipe(
    Command.withDescription("What you listen to most."),
    Command.withExamples([
      { command: "spotify top tracks --range short", description: "The tracks of the last four weeks" }
    ])
  )
