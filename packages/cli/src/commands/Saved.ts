/**
 * `spotify saved`: the tracks the person has saved.
 */
import * as Tracks from "@app/api/Tracks"
import * as Command from "effect/cli/Command"
import * as Limit from "../Limit.ts"
import * as Output from "../Output.ts"
import * as Progress from "../Progress.ts"
import * as Session from "../Session.ts"
import * as TrackView from "../TrackView.ts"

/** The command. */
export const saved = Command.make("saved", { limit: Limit.flag(20) }, ({ limit }) =>
  Output.list(
    TrackView.saved,
    Tracks.saved({ pageSize: Limit.pageSize(limit, 50) }).pipe(Progress.of("saved tracks", limit), Limit.take(limit))
  ).pipe(Session.provide)).pipe(
    Command.withDescription("The tracks you have saved, the latest first."),
    Command.withExamples([
      { command: "spotify saved --limit 0 --json > saved.ndjson", description: "All of them, for a program" }
    ])
  )
