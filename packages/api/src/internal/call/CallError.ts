/** Errors of a call that its arguments, or the body of a response, do not fit the contract. */
import * as Predicate from "effect/Predicate"
import * as SpotifyError from "../../SpotifyError.ts"
import type { Call } from "./Call.ts"
import * as Classification from "./Classification.ts"
import type * as Issue from "./Issue.ts"

/** Creates the error of an argument that cannot be encoded. */
export const invalidArgument = (
  { operation }: Call,
  { detail, path }: Issue.FirstIssue
): SpotifyError.SpotifyError =>
  new SpotifyError.SpotifyError({
    reason: new SpotifyError.InvalidArgument({ argument: path, issue: detail }),
    operation: operation.name
  })

/** Creates the error of a successful response that cannot be decoded. */
export const unexpectedResponse = (call: Call, { detail, path }: Issue.FirstIssue): SpotifyError.SpotifyError => {
  const { bearer, response } = call
  const reading = response === undefined || bearer === undefined
    ? undefined
    : Classification.read(response.status, response.text(), bearer)
  return new SpotifyError.SpotifyError({
    reason: new SpotifyError.UnexpectedResponse({ path, detail, ...(reading?.form === "page" && { isPage: true }) }),
    operation: call.operation.name,
    ...(reading !== undefined && { response: reading.response })
  })
}

/** Adds to a `NotFound` the ids that the call's path, query or body names; other reasons stay as they are. */
export const withAskedIds = (
  { given }: Call,
  reason: SpotifyError.SpotifyErrorReason
): SpotifyError.SpotifyErrorReason => {
  if (reason._tag !== "NotFound") return reason
  const asked = [
    ...(Predicate.isObject(given.params) ? Object.values(given.params) : []),
    ...listIn(given.query, "ids"),
    ...listIn(given.query, "uris"),
    ...listIn(given.payload, "timestampedIds").map((row) => Predicate.hasProperty(row, "id") ? row.id : undefined)
  ].filter(Predicate.isString)
  if (asked.length === 0) return reason
  return new SpotifyError.NotFound({ ...reason, asked: asked.slice(0, 100).map((id) => id.slice(0, 100)) })
}

const listIn = (value: unknown, name: string): ReadonlyArray<unknown> => {
  const list = Predicate.isObject(value) ? Reflect.get(value, name) : undefined
  return Array.isArray(list) ? list : []
}
