/** What the pipeline needs to know about a call. */
import * as Context from "effect/Context"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import type * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import type * as HttpMethod from "effect/http/HttpMethod"
import type { QuotaMode } from "../QuotaMode.ts"
import * as SpotifyApi from "../SpotifyApi.ts"

export interface Operation {
  readonly name: string
  readonly idempotent: boolean
  /** One of them is needed; none: any token will do. */
  readonly scopes: ReadonlyArray<string>
  readonly quotaModes: ReadonlyArray<QuotaMode>
}

/** RFC 9110 §9.2.2 */
const isIdempotentMethod = (method: HttpMethod.HttpMethod): boolean => method !== "POST" && method !== "PATCH"

export const of = (group: HttpApiGroup.Top, endpoint: HttpApiEndpoint.Top): Operation => ({
  name: `${group.identifier}.${endpoint.identifier}`,
  idempotent: Context.get(endpoint.annotations, SpotifyApi.Idempotent) ?? isIdempotentMethod(endpoint.method),
  scopes: Context.get(endpoint.annotations, SpotifyApi.Scopes).anyOf,
  quotaModes: Context.get(endpoint.annotations, SpotifyApi.QuotaModes)
})
