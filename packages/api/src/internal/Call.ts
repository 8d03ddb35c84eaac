/** What is known of a call while it runs, so that a failure to read its answer can show that answer. */
import type { AuthError } from "@app/auth/AuthError"
import * as Context from "effect/Context"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SpotifyError from "../SpotifyError.ts"

// =============================================================================
// Model
// =============================================================================

export interface Call {
  operation: string | undefined
  /** The last answer; it is only put into words when an error needs it. */
  answer: (() => SpotifyError.Answer) | undefined
  /** The path and query to ask for instead of the operation's own. */
  readonly follow: string | undefined
}

export const make = (follow?: string): Call => ({ operation: undefined, answer: undefined, follow })

/** Set by `SpotifyClient.call` around every operation. */
export const Current = Context.Reference<Call>("@app/api/internal/Call/Current", { defaultValue: () => make() })

// =============================================================================
// Failure
// =============================================================================

type Failure = SpotifyError.SpotifyError | AuthError | HttpClientError.HttpClientError | Schema.SchemaError

/** What the contract's encoding and decoding leave over, as a `SpotifyError`. */
export const tidy = (call: Call, failure: Failure): SpotifyError.SpotifyError | AuthError => {
  if (failure._tag === "SpotifyError" || failure._tag === "AuthError") return failure
  const { detail, path } = failure._tag === "SchemaError"
    ? firstIssue(failure.issue)
    : { path: "", detail: "description" in failure.reason ? failure.reason.description ?? "" : "" }
  const answer = call.answer?.()
  return new SpotifyError.SpotifyError({
    // Without an answer it was the request that could not be encoded.
    reason: answer === undefined
      ? new SpotifyError.InvalidArgument({ argument: path, issue: detail })
      : new SpotifyError.UnexpectedAnswer({ path, detail }),
    ...(call.operation !== undefined && { operation: call.operation }),
    ...(answer !== undefined && { answer })
  })
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const firstIssue = (issue: SchemaIssue.Issue): { readonly path: string; readonly detail: string } => {
  const first = issuesOf(issue).issues[0]
  const path = (first?.path ?? []).map((segment) => String(typeof segment === "object" ? segment.key : segment))
  return { path: path.join("."), detail: (first?.message ?? "it does not fit").slice(0, 200) }
}
