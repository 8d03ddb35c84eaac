/** What either side says of an operation. */
import type { Shape } from "./JsonSchema.ts"

export interface Parameter {
  readonly in: string
  readonly isRequired: boolean
  readonly minimum: number | undefined
  readonly maximum: number | undefined
  /** How many items a list with commas in between may have. */
  readonly maxItems: number | undefined
  readonly values: ReadonlySet<string> | undefined
}

export interface Operation {
  readonly method: string
  /** With `{name}` for parameters. */
  readonly path: string
  /** By name, but those in the path by their place, as their names are nobody's business. */
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly scopes: ReadonlySet<string>
  /** Not served in Development Mode; Spotify's description says deprecated. */
  readonly isRestricted: boolean
  readonly statuses: ReadonlySet<string>
  readonly answer: Shape
  readonly body: Shape
}

export const nameOf = ({ method, path }: { readonly method: string; readonly path: string }): string =>
  `${method.toUpperCase()} ${path}`

/** The parts of a path, a parameter's as its place among them. */
export const segmentsOf = (path: string): ReadonlyArray<string> => path.split("/").filter((part) => part !== "")
