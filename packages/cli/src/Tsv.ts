/**
 * Rows as lines of cells with a tab in between, for `cut`, `awk` and `column`.
 */
import * as Text from "./Text.ts"

/** Writes a row. No cell holds a tab or the end of a line, so splitting at tabs gives the cells again. */
export const line = (cells: ReadonlyArray<string>): string => cells.map(Text.sanitize).join("\t")
