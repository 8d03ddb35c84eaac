/**
 * Colours of a terminal, which only ever repeat what words say.
 */
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import * as Effect from "effect/Effect"
import * as Record from "effect/Record"

/** A way to set off a text. */
export type Style = (text: string) => string

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const

/** The styles by name. */
export type Styles = Record.ReadonlyRecord<keyof typeof codes, Style>

const style = (canColor: boolean) => (code: number): Style => (text) =>
  canColor ? `\u001b[${code}m${text}\u001b[0m` : text

/** Makes the styles, which leave texts as they are where there is no colour. */
export const make = (canColor: boolean): Styles => Record.map(codes, style(canColor))

/** The styles of the terminal that standard output goes to. */
export const styles = Effect.map(TerminalCapabilities, ({ canColor }) => make(canColor))
