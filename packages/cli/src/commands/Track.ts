/**
 * `spotify track`: one track or more.
 */
import { Market } from "@app/api/model/Market"
import * as Tracks from "@app/api/Tracks"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { ExitCode } from "../ExitCode.ts"
import { CommandFailed } from "../Failure.ts"
import * as Output from "../Output.ts"
import * as Session from "../Session.ts"
import * as TrackView from "../TrackView.ts"

const isMarket = Schema.is(Market)

/** Reads one id a line where the only argument is `-`. */
const idsOf = Effect.fnUntraced(function*(given: ReadonlyArray<string>) {
  if (given.length !== 1 || given[0] !== "-") return given
  const { stdin } = yield* Stdio.Stdio
  const lines = yield* Stream.runCollect(Stream.splitLines(Stream.decodeText(stdin)))
  return lines.map((line) => line.trim()).filter((line) => line !== "")
})

/** The command. */
export const track = Command.make("track", {
  ids: Argument.String("track").pipe(
    Argument.withDescription("Its id, URI or link; - reads them, one a line"),
    Argument.variadic({ min: 1 })
  ),
  market: Flag.String("market").pipe(
    Flag.withMetavar("CC"),
    Flag.withDescription("As it is in a country, such as SE"),
    Flag.filterMap(
      (text) => Option.liftPredicate(isMarket)(text === "from_token" ? text : text.toUpperCase()),
      () => "the two letters of a country, such as SE"
    ),
    Flag.optional
  )
}, ({ ids, market }) =>
  Effect.gen(function*() {
    const asked = yield* idsOf(ids)
    const found = yield* Tracks.getMany(asked, { market: Option.getOrUndefined(market) })
    const there = found.flatMap(Option.toArray)
    const [first] = there
    yield* first !== undefined && asked.length === 1
      ? Output.one(TrackView.tracks, first, TrackView.card(first))
      : Output.list(TrackView.tracks, Stream.fromIterable(there))
    const missing = asked.filter((_, index) => Option.isNone(found[index] ?? Option.none()))
    if (missing.length === 0) return
    return yield* new CommandFailed({
      code: ExitCode.notFound,
      issue: `Spotify has no track under ${missing.slice(0, 5).join(", ")}${
        missing.length > 5 ? ` and ${missing.length - 5} more` : ""
      }.`
    })
  }).pipe(Session.provide)).pipe(
    Command.withDescription("One track or more."),
    Command.withExamples([
      { command: "spotify track 11dFghVXANMlKmJXsNCbNl", description: "One track" },
      { command: "spotify track - --json < ids.txt", description: "Many, for a program" }
    ])
  )
