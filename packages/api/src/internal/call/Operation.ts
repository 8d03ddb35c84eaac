/** Properties of an operation that a call depends on, read from the contract's annotations. */
import * as Context from "effect/Context"
import type * as HttpMethod from "effect/http/HttpMethod"
import * as Annotations from "../../contract/Annotations.ts"
import type * as Endpoint from "../../contract/Endpoint.ts"
import * as Success from "./Success.ts"

export interface Operation {
  /** Group and endpoint, such as `tracks.get`. */
  readonly name: string
  readonly idempotent: boolean
  /** Groups of scopes, of each of which the token needs one; empty when any token is accepted. */
  readonly scopes: ReadonlyArray<ReadonlyArray<string>>
  /** The apps that Spotify serves the operation. */
  readonly servedTo: Annotations.Audience
  /** The operation to use in place of this one where it is not served. */
  readonly instead: string | undefined
  /** True for reading the catalogue, which is the same for everyone, so that a refusal is about the app. */
  readonly isCatalogueRead: boolean
  /** True when a successful response has content. */
  readonly hasContent: boolean
  /** The Development Mode quota that the operation counts against. */
  readonly bucket: string
}

/** Returns the name of an operation, such as `tracks.get`. */
export const nameOf = (group: { readonly identifier: string }, endpoint: string): string =>
  `${group.identifier}.${endpoint}`

/** Reads the properties of an endpoint. */
export const of = (
  group: { readonly identifier: string },
  { annotations, identifier, method, success }: Endpoint.Readable
): Operation => {
  const { optional, required } = Context.get(annotations, Annotations.Scopes)
  return {
    name: nameOf(group, identifier),
    idempotent: Context.get(annotations, Annotations.Idempotent) ?? isIdempotentMethod(method),
    scopes: required,
    isCatalogueRead: method === "GET" && required.length === 0 && optional.length === 0,
    servedTo: Context.get(annotations, Annotations.Audience),
    instead: Context.get(annotations, Annotations.Alternative),
    hasContent: !Array.from(success).every(Success.isEmpty),
    bucket: Context.get(annotations, Annotations.QuotaBucket) ?? group.identifier
  }
}

/** Returns whether RFC 9110 §9.2.2 calls the method idempotent. */
const isIdempotentMethod = (method: HttpMethod.HttpMethod): boolean => method !== "POST" && method !== "PATCH"
