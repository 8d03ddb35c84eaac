/**
 * A timeline in characters.
 */
import { displayWidth } from "effect/cli/CliOutput"
import * as Timeline from "./Timeline.ts"

/** Styles for a terminal with colours. */
export interface Paint {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly faint: (text: string) => string
}

/** No styles. */
export const plain: Paint = { good: (text) => text, bad: (text) => text, faint: (text) => text }

const names = { tokenRequests: "token requests", refusals: "refused by API", calls: "calls" } as const

const margin = 16

/** Puts texts into a line of spaces. One that would touch a text before it is left out. */
const place = (texts: ReadonlyArray<{ readonly at: number; readonly text: string }>, room: number): string => {
  let line = ""
  for (const { at, text } of texts) {
    const start = Math.min(at, room - displayWidth(text))
    if (start < 0 || (line !== "" && start <= displayWidth(line))) continue
    line += " ".repeat(start - displayWidth(line)) + text
  }
  return line
}

const marked = (columns: ReadonlyArray<string>): string => columns.join("").trimEnd()

/**
 * Draws a timeline in lines of a width.
 *
 * **Details**
 *
 * `━` is the life of a token, `●` a good response, `✗` a refusal or a failed call, `·` a call that was answered at once,
 * and `╌` a call that waits.
 */
export const draw = (timeline: Timeline.Timeline, width: number, paint: Paint = plain): ReadonlyArray<string> => {
  const { calls, duration, events, refusals, tokenRequests, tokens } = timeline
  const room = Math.max(10, width - margin)
  const columnOf = (at: number) => Math.min(room - 1, Math.max(0, Math.floor(at / duration * room)))
  const lane = (name: string, line: string) => `${paint.faint(name.padEnd(margin))}${line}`.trimEnd()

  const tokenLanes = tokens.map(({ from, number, to }) => {
    const start = columnOf(from)
    const length = Math.max(1, columnOf(to) - start + (to >= duration ? 1 : 0))
    return lane(`token ${number}`, " ".repeat(start) + paint.good("━".repeat(length)))
  })

  const requestLane = (name: string, requests: ReadonlyArray<Timeline.Request>) => {
    const columns = Array.from({ length: room }, () => " ")
    for (const { at, isGood } of requests) {
      const column = columnOf(at)
      if (columns[column] !== paint.bad("✗")) columns[column] = isGood ? paint.good("●") : paint.bad("✗")
    }
    const labels = requests
      .filter(({ isGood }) => !isGood)
      .map((request) => ({ at: columnOf(request.at), text: Timeline.outcome(request) }))
      // A crowd of equal ones needs one label.
      .filter(({ at, text }, index, all) => {
        const before = all[index - 1]
        return before === undefined || before.text !== text || at - before.at > 3
      })
    const said = place(labels, room)
    return [lane(name, marked(columns)), ...(said === "" ? [] : [lane("", paint.faint(said))])]
  }

  const callColumns = Array.from({ length: room }, () => " ")
  for (const { from, to } of calls) callColumns.fill("╌", columnOf(from), columnOf(to))
  for (const { reason, to } of calls) if (reason === undefined) callColumns[columnOf(to)] = "·"
  for (const { reason, to } of calls) if (reason !== undefined) callColumns[columnOf(to)] = paint.bad("✗")

  const seconds = Timeline.step(duration, Math.floor(room / 8))
  const axis = Array.from({ length: Math.floor(duration / seconds) + 1 }, (_, index) => ({
    at: columnOf(index * seconds),
    text: `${index * seconds / 1000} s`
  }))
  /** An event's label beside its arrow, or above it where neither side has room. */
  const eventLanes = ({ at, label }: Timeline.Event): ReadonlyArray<string> => {
    const column = columnOf(at)
    if (column + 2 + label.length <= room) return [lane("", place([{ at: column, text: `▾ ${label}` }], room))]
    const before = column - label.length - 1
    return before >= 0
      ? [lane("", place([{ at: before, text: `${label} ▾` }], room))]
      : [lane("", place([{ at: column, text: label }], room)), lane("", place([{ at: column, text: "▾" }], room))]
  }

  return [
    ...events.flatMap(eventLanes),
    ...tokenLanes,
    ...requestLane(names.tokenRequests, tokenRequests),
    ...(refusals.length === 0 ? [] : requestLane(names.refusals, refusals)),
    lane(names.calls, marked(callColumns)),
    lane("", paint.faint(place(axis, room)))
  ]
}
