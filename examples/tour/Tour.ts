/**
 * Runs of screens, and how they are told.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Screen } from "./Screens.ts"
import * as Stage from "./Stage.ts"
import * as TextTimeline from "./TextTimeline.ts"
import * as Timeline from "./Timeline.ts"

/** Runs a screen, with a sandbox of its own. What the run does not expect is a mistake in the tour. */
export const run = (screen: Screen) =>
  Effect.gen(function*() {
    const { finish } = yield* Stage.Stage
    yield* screen.run
    return yield* finish
  }).pipe(Effect.provide(Layer.fresh(Stage.layer(screen))), Effect.orDie)

/** Breaks a text into lines of a width. */
const wrap = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`.trimStart()
    if (lines.length === 0 || longer.length > width) lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines
}

/** Tells a run in lines of a width. */
export const tell = (
  { decidedIn, text, title }: Pick<Screen, "decidedIn" | "text" | "title">,
  timeline: Timeline.Timeline,
  width: number,
  paint: TextTimeline.Paint = TextTimeline.plain
): ReadonlyArray<string> => [
  ...wrap(title, width),
  "",
  ...TextTimeline.draw(timeline, width, paint),
  "",
  ...wrap(`${Timeline.summary(timeline).join("; ")}.`, width),
  ...wrap(text, width),
  ...wrap(`Decided in ${decidedIn.join(", ")}`, width).map(paint.faint)
]
