/**
 * A request of the Web API as its operations read it, and the errors they respond with.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Person } from "../../People.ts"
import type { WebApiRoute } from "../../Route.ts"
import type { Settings } from "../../Settings.ts"
import type { Library } from "./Library.ts"
import type { View } from "./WebApiObjects.ts"

// =============================================================================
// Model
// =============================================================================

/** A request that has a valid token and enough scopes. */
export interface WebApiRequest {
  /** URL as the client wrote it, for links to other pages. */
  readonly url: URL
  /** Value of `Accept-Language`, which links to other pages repeat. */
  readonly language: string | undefined
  /** Decoded parameters of the path. */
  readonly params: Readonly<Record<string, string | undefined>>
  readonly body: string
  /** The person who signed in; absent for a token of the client credentials grant. */
  readonly person: Person | undefined
  readonly scopes: ReadonlyArray<string>
  readonly settings: Settings
}

/** Responds to a request with status 200 and JSON, or with no body for `undefined`. */
export type Operation = (
  request: WebApiRequest
) => Effect.Effect<Schema.Json | undefined, Refusal, Library>

/** Operations by their routes, such as `GET /v1/tracks/{id}`. */
export type Operations = { readonly [Route in WebApiRoute]?: Operation }

// =============================================================================
// Refusals
// =============================================================================

/** An error response of the Web API. */
export class Refusal extends Data.TaggedError("Refusal")<{
  readonly status: number
  /** Message; absent where Spotify leaves it out too. */
  readonly message: string | undefined
}> {}

/** Makes a refusal. */
export const refuse = (status: number, message?: string) => new Refusal({ status, message })

/** The refusal of an id that nothing has. */
export const notFound = refuse(404, "Resource not found")

/** The refusal of a token without the scopes that the operation needs. */
export const insufficientScope = refuse(403, "Insufficient client scope")

// =============================================================================
// Parameters
// =============================================================================

/** Reads the person of the token and fails for a token of the client credentials grant. */
export const personOf = ({ person }: WebApiRequest): Effect.Effect<Person, Refusal> =>
  // Both 401 (2018) and this 403 (2020, 2025) have been seen for a token of the client credentials grant. The newer one is
  // used, and it spares apps a refresh that would not help.
  person === undefined ? Effect.fail(insufficientScope) : Effect.succeed(person)

/** Reads the id of the path. */
export const idOf = ({ params }: WebApiRequest): Effect.Effect<string, Refusal> => base62(params["id"] ?? "")

const base62 = (id: string): Effect.Effect<string, Refusal> =>
  /^[0-9A-Za-z]{22}$/.test(id) ? Effect.succeed(id) : Effect.fail(refuse(400, "Invalid base62 id"))

/** Reads a comma-separated parameter of the query; empty if it is missing. */
export const listOf = ({ url }: WebApiRequest, name: string): ReadonlyArray<string> =>
  (url.searchParams.get(name) ?? "").split(",").filter((item) => item !== "")

/** Reads `ids` of the query and fails for none, for more than `max`, and for a malformed one. */
export const idsOf = Effect.fnUntraced(function*(request: WebApiRequest, max: number) {
  const ids = listOf(request, "ids")
  if (ids.length === 0) return yield* refuse(400, "Missing required field: ids")
  // The text is not recorded anywhere; the status is.
  if (ids.length > max) return yield* refuse(400, "Too many ids requested")
  return yield* Effect.forEach(ids, base62)
})

/**
 * Reads the market and the quota mode that a response is written for.
 *
 * **Details**
 *
 * The person's country replaces `market`: "the country associated with the user account will take priority".
 */
export const viewOf = Effect.fnUntraced(function*(
  { person, settings, url }: WebApiRequest
): Effect.fn.Return<View, Refusal> {
  const market = url.searchParams.get("market") ?? undefined
  // The text is not recorded anywhere; the status is.
  if (market !== undefined && !/^[A-Z]{2}$/.test(market)) return yield* refuse(400, "Invalid market code")
  return { market: market === undefined ? undefined : person?.country ?? market, quotaMode: settings.quotaMode }
})

/** Reads a whole number of the query within bounds, or its default `otherwise`. */
export const integerOf = (
  { url }: WebApiRequest,
  name: string,
  bounds: { readonly minimum: number; readonly maximum: number; readonly otherwise: number }
): Effect.Effect<number, Refusal> => {
  const text = url.searchParams.get(name)
  if (text === null) return Effect.succeed(bounds.otherwise)
  const value = Number(text)
  return /^-?\d+$/.test(text) && value >= bounds.minimum && value <= bounds.maximum
    ? Effect.succeed(value)
    : Effect.fail(refuse(400, `Invalid ${name}`))
}
