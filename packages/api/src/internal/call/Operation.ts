/** What the pipeline needs to know about a call. */
import * as Context from "effect/Context"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import type * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import type * as HttpMethod from "effect/http/HttpMethod"
import * as Annotations from "../../contract/Annotations.ts"

export interface Operation {
  /** Group and endpoint, such as `tracks.get`. */
  readonly name: string
  readonly idempotent: boolean
  /** The token needs one of each group; without groups any token will do. */
  readonly scopes: ReadonlyArray<ReadonlyArray<string>>
  readonly servedTo: Annotations.Audience
  readonly instead: string | undefined
  /** Whether it reads the catalogue, which is the same for everyone: a refusal is about the app. */
  readonly isCatalogueRead: boolean
  /** Whether its answer says anything but "done". */
  readonly answers: boolean
  /** Shares its quota with the others of this name. */
  readonly bucket: string
}

/** RFC 9110 §9.2.2 */
const isIdempotentMethod = (method: HttpMethod.HttpMethod): boolean => method !== "POST" && method !== "PATCH"

/** The name of an operation, such as `tracks.get`. */
export const nameOf = (group: { readonly identifier: string }, endpoint: string): string =>
  `${group.identifier}.${endpoint}`

export const of = (
  group: HttpApiGroup.Top,
  { annotations, identifier, method, success }: HttpApiEndpoint.Top
): Operation => {
  const { optional, required } = Context.get(annotations, Annotations.Scopes)
  return {
    name: nameOf(group, identifier),
    idempotent: Context.get(annotations, Annotations.Idempotent) ?? isIdempotentMethod(method),
    scopes: required,
    isCatalogueRead: method === "GET" && required.length === 0 && optional.length === 0,
    servedTo: Context.get(annotations, Annotations.Audience),
    instead: Context.get(annotations, Annotations.Alternative),
    answers: !Array.from(success).every((schema) => HttpApiSchema.isNoContent(schema.ast)),
    bucket: Context.get(annotations, Annotations.QuotaBucket) ?? group.identifier
  }
}
