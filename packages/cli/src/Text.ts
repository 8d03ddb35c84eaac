/**
 * Text of other people, made fit for a terminal: harmless, and as wide as there is room.
 *
 * **Details**
 *
 * Widths are counted in columns of a terminal, where a Chinese character takes two and a combining mark none.
 */
import { displayWidth } from "effect/cli/CliOutput"

/** Matches what ends a line or a cell. */
const breaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/g

/** Matches what moves a cursor, starts an escape sequence, or turns the direction of the text around it. */
const controls = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Removes control characters and marks of direction, and makes one line of several. */
export const sanitize = (text: string): string => text.replace(breaks, " ").replace(controls, "").toWellFormed()

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })

/** Shortens a text to a width, with `…` at its end where something is left out. */
export const cut = (text: string, width: number): string => {
  if (displayWidth(text) <= width) return text
  if (width < 1) return ""
  let kept = ""
  for (const { segment } of graphemes.segment(text)) {
    const longer = kept + segment
    if (displayWidth(longer) + 1 > width) break
    kept = longer
  }
  return `${kept.trimEnd()}…`
}

/** Breaks a text into lines of a width, at its spaces: a word that is longer, such as a link, stays whole. */
export const wrap = (text: string, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`
    if (lines.length === 0 || displayWidth(longer) > width) lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines
}

/** Matches what stands before the words of a line: spaces, and the first of two columns. */
const beforeWords = /^ *(?:\S+(?: \S+)* {2,}(?=\S))?/

const hang = (line: string, width: number): string => {
  if (displayWidth(line) <= width) return line
  const start = beforeWords.exec(line)?.[0] ?? ""
  const indent = displayWidth(start)
  // Words in a few columns would be harder to read than words that begin further to the left.
  const hanging = indent * 2 > width ? 4 : indent
  const [first = "", ...rest] = wrap(line.slice(start.length), width - indent)
  const below = rest.length === 0 ? [] : wrap(rest.join(" "), width - hanging)
  return [start + first].concat(below.map((part) => " ".repeat(hanging) + part)).join("\n")
}

/**
 * Breaks the lines of a text at their spaces, each below its own words.
 *
 * **Details**
 *
 * In a line of two columns, which two spaces part, the second goes on below itself.
 */
export const flow = (text: string, width: number): string =>
  text.split("\n").map((line) => hang(line, width)).join("\n")

const space = (text: string, width: number): string => " ".repeat(Math.max(0, width - displayWidth(text)))

/** Fills a text up with spaces at its end. */
export const padEnd = (text: string, width: number): string => text + space(text, width)

/** Fills a text up with spaces at its start. */
export const padStart = (text: string, width: number): string => space(text, width) + text

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

/** Draws a share from 0 to 1 as a bar, to an eighth of a column. */
export const bar = (share: number, width: number): string => {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width * 8)
  return "█".repeat(Math.floor(filled / 8)) + (eighths[filled % 8] ?? "")
}

/** Writes a duration as minutes and seconds, such as `3:28`. */
export const minutes = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
}
