/**
 * Figures as a table for a terminal.
 */
import { type Figure, type Outcome, type Row, verdict } from "./Figure.ts"

const digits = (value: number): number => {
  const size = Math.abs(value)
  if (size > 0 && size < 0.01) return 3
  return size >= 100 ? 0 : size >= 10 ? 1 : 2
}

/** Enough digits to tell one from another, and no more; a count has none behind the point. */
export const number = (value: number, unit: string): string => {
  const fraction = unit !== "×" && Number.isInteger(value) ? 0 : digits(value)
  return value.toLocaleString("en", { minimumFractionDigits: fraction, maximumFractionDigits: fraction })
}

const spread = ({ unit, value }: Row): string =>
  value.samples === 1 ? "" : `${number(value.low, unit)} – ${number(value.high, unit)}, ${value.samples} samples`

const target = (row: Row): string => {
  if (row.target === undefined) return ""
  return `${row.target.bound === "at most" ? "≤" : "≥"} ${number(row.target.value, row.unit)}`
}

const cells = (row: Row): ReadonlyArray<string> => [
  row.label,
  `${number(row.value.median, row.unit)} ${row.unit}`.trimEnd(),
  spread(row),
  target(row),
  verdict(row) ?? ""
]

/** Columns as wide as they have to be, two blanks between them, nothing at a line's end. */
const aligned = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row.map((cell, column) => column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))
      .join("  ").trimEnd()
  )
}

/** A figure with its heading: name, what it is, a line a row. */
export const lines = ({ about, name, title }: Figure, { rows }: Outcome): ReadonlyArray<string> => [
  `${name}: ${title}`,
  `  ${about}`,
  ...aligned([["", "median", "middle half", "to reach", ""], ...rows.map(cells)]).map((line) => `  ${line}`),
  ""
]
