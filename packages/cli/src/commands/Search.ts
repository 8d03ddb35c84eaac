/**
 * `spotify search`: tracks by words.
 */
import * as Search from "@app/api/Search"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Limit from "../Limit.ts"
import * as Output from "../Output.ts"
import * as Progress from "../Progress.ts"
import * as Session from "../Session.ts"
import * as TrackView from "../TrackView.ts"

/** The command. */
export const search = Command.make("search", {
  words: Argument.String("words").pipe(
    Argument.withDescription("What to look for"),
    Argument.filter((word) => word.trim() !== "", () => "a word to look for"),
    Argument.variadic({ min: 1 })
  ),
  limit: Limit.flag(10)
}, ({ limit, words }) =>
  Output.list(
    TrackView.tracks,
    Search.tracks(words.join(" "), { pageSize: Limit.pageSize(limit, 10) }).pipe(
      Progress.of("tracks", limit),
      Limit.take(limit)
    )
  ).pipe(Session.provide)).pipe(
    Command.withDescription("Find tracks."),
    Command.withExamples([
      { command: "spotify search artist:kalandra helvegen", description: "By artist and words" }
    ])
  )
