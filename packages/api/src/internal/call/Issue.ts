/** The first thing in a value that does not fit a schema, in words for an error. */
import * as SchemaIssue from "effect/SchemaIssue"

export interface FirstIssue {
  /** The path of the field, such as `artists.0.name`; empty for the whole value. */
  readonly path: string
  /** The problem, in up to 200 characters. */
  readonly detail: string
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** Returns the first issue of a schema's failure. */
export const first = (issue: SchemaIssue.Issue): FirstIssue => {
  const first = issuesOf(issue).issues[0]
  const path = (first?.path ?? []).map((segment) => String(typeof segment === "object" ? segment.key : segment))
  return { path: path.join("."), detail: (first?.message ?? "it does not fit").slice(0, 200) }
}
