/**
 * An operation as the contract or a description states it.
 */
import type { Shape } from "./JsonSchema.ts"

/** A parameter of an operation. */
export interface Parameter {
  readonly in: string
  readonly isRequired: boolean
  readonly minimum: number | undefined
  readonly maximum: number | undefined
  /** Largest number of items in a comma-separated list. */
  readonly maxItems: number | undefined
  readonly values: ReadonlySet<string> | undefined
}

/** An operation. */
export interface Operation {
  readonly method: string
  /** Path with `{name}` for parameters. */
  readonly path: string
  /** Parameters by name. Those of the path are compared by their position, since their names are no part of a request. */
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly scopes: ReadonlySet<string>
  /** `true` when Development Mode is not served, which Spotify's description calls deprecated. */
  readonly isRestricted: boolean
  readonly statuses: ReadonlySet<string>
  readonly answer: Shape
  readonly body: Shape
}

/** Returns the name of an operation, such as `GET /tracks/{id}`. */
export const nameOf = ({ method, path }: { readonly method: string; readonly path: string }): string =>
  `${method.toUpperCase()} ${path}`

/** Splits a path into its segments. */
export const segmentsOf = (path: string): ReadonlyArray<string> => path.split("/").filter((part) => part !== "")
