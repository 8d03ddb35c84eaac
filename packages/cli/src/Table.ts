/**
 * Tables that fit the width of a terminal.
 */
import { displayWidth } from "effect/cli/CliOutput"
import * as Text from "./Text.ts"

/** A column of a table. */
export interface Column {
  readonly heading: string
  readonly align?: "start" | "end"
  /** True if cells may be cut where the terminal is narrow. Absent means `false`. */
  readonly isFlexible?: boolean
  /** The order in which columns are left out where they do not fit: the highest first. Absent means never. */
  readonly dropFirst?: number
}

/** A table that is laid out: lines without styles. */
export interface Layout {
  readonly heading: string
  readonly lines: ReadonlyArray<string>
}

const gap = 2

/** The width at which a flexible column still tells something. */
const least = 12

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, each) => total + each, 0)

interface Measured {
  readonly column: Column
  readonly index: number
  readonly natural: number
}

const leastWidth = (columns: ReadonlyArray<Measured>): number =>
  sum(columns.map(({ column, natural }) => column.isFlexible === true ? Math.min(natural, least) : natural))
  + gap * (columns.length - 1)

/** Leaves out columns until the rest fits. */
const keepFitting = (columns: ReadonlyArray<Measured>, width: number): ReadonlyArray<Measured> => {
  if (leastWidth(columns) <= width) return columns
  const droppable = columns.filter(({ column }) => column.dropFirst !== undefined)
    .toSorted((one, other) => (other.column.dropFirst ?? 0) - (one.column.dropFirst ?? 0))
  const [next] = droppable
  return next === undefined ? columns : keepFitting(columns.filter((each) => each !== next), width)
}

/** Gives each flexible column its natural width, or an equal part of what the narrower ones leave. */
const widthsOf = (columns: ReadonlyArray<Measured>, width: number): ReadonlyArray<number> => {
  const rigid = columns.filter(({ column }) => column.isFlexible !== true)
  let left = width - gap * (columns.length - 1) - sum(rigid.map(({ natural }) => natural))
  const flexible = columns.filter(({ column }) => column.isFlexible === true)
    .toSorted((one, other) => one.natural - other.natural)
  const given = new Map<Measured, number>()
  flexible.forEach((each, nth) => {
    const own = Math.max(1, Math.min(each.natural, Math.floor(left / (flexible.length - nth))))
    given.set(each, own)
    left -= own
  })
  return columns.map((each) => given.get(each) ?? each.natural)
}

/**
 * Lays out rows for a width.
 *
 * **Details**
 *
 * Flexible columns are cut first, then columns are left out, and at last whole lines are cut: no line is wider.
 */
export const layout = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  width: number
): Layout => {
  const measured = columns.map((column, index): Measured => ({
    column,
    index,
    natural: rows.reduce((most, row) => Math.max(most, displayWidth(row[index] ?? "")), displayWidth(column.heading))
  }))
  const kept = keepFitting(measured, width)
  const widths = widthsOf(kept, width)
  const lineOf = (row: ReadonlyArray<string>): string =>
    Text.cut(
      kept.map(({ column, index }, nth) => {
        const own = widths[nth] ?? 0
        const cell = Text.cut(row[index] ?? "", own)
        return column.align === "end" ? Text.padStart(cell, own) : Text.padEnd(cell, own)
      }).join(" ".repeat(gap)).trimEnd(),
      width
    )
  return { heading: lineOf(columns.map(({ heading }) => heading)), lines: rows.map(lineOf) }
}
