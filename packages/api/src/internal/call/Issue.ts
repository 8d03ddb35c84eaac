/** The first thing that does not fit a schema. */
import * as SchemaIssue from "effect/SchemaIssue"

export interface FirstIssue {
  /** Where, such as `artists.0.name`; empty for the whole. */
  readonly path: string
  /** Why, in up to 200 characters. */
  readonly detail: string
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

export const first = (issue: SchemaIssue.Issue): FirstIssue => {
  const first = issuesOf(issue).issues[0]
  const path = (first?.path ?? []).map((segment) => String(typeof segment === "object" ? segment.key : segment))
  return { path: path.join("."), detail: (first?.message ?? "it does not fit").slice(0, 200) }
}
