/** A request of the Web API as its operations see it, and what they find wrong with it. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Person } from "../../People.ts"
import type { Settings } from "../../Settings.ts"
import type { Library } from "./Library.ts"
import type { View } from "./WebApiObjects.ts"

// =============================================================================
// Model
// =============================================================================

export interface WebApiRequest {
  /** As the client wrote it, for links to other pages. */
  readonly url: URL
  /** `Accept-Language`, which finds its way into links. */
  readonly language: string | undefined
  /** The parameters of the path, decoded. */
  readonly params: Readonly<Record<string, string | undefined>>
  readonly body: string
  /** Who signed in; absent for a token of the client credentials grant. */
  readonly person: Person | undefined
  readonly scopes: ReadonlyArray<string>
  readonly settings: Settings
}

/** Answers a request: with JSON under status 200, or with nothing under it. */
export type Operation = (
  request: WebApiRequest
) => Effect.Effect<Schema.Json | undefined, Refusal, Library>

// =============================================================================
// Refusals
// =============================================================================

/** An error answer with Spotify's form. */
export class Refusal extends Data.TaggedError("Refusal")<{
  readonly status: number
  /** Absent where Spotify leaves it out too. */
  readonly message: string | undefined
}> {}

export const refuse = (status: number, message?: string) => new Refusal({ status, message })

export const notFound = refuse(404, "Resource not found")

export const insufficientScope = refuse(403, "Insufficient client scope")

// =============================================================================
// Parts
// =============================================================================

/** The person the token stands for. */
export const personOf = ({ person }: WebApiRequest): Effect.Effect<Person, Refusal> =>
  // A token of the client credentials grant stands for nobody. 401 (2018) and this 403 (2020, 2025) have both been seen;
  // the newer one is kept, and it spares apps a refresh that cannot help.
  person === undefined ? Effect.fail(insufficientScope) : Effect.succeed(person)

/** An id of the path. */
export const idOf = ({ params }: WebApiRequest): Effect.Effect<string, Refusal> => base62(params["id"] ?? "")

const base62 = (id: string): Effect.Effect<string, Refusal> =>
  /^[0-9A-Za-z]{22}$/.test(id) ? Effect.succeed(id) : Effect.fail(refuse(400, "Invalid base62 id"))

/** A parameter with commas in between; missing and empty are the same. */
export const listOf = ({ url }: WebApiRequest, name: string): ReadonlyArray<string> =>
  (url.searchParams.get(name) ?? "").split(",").filter((item) => item !== "")

/** As many ids as the operation takes, all well-formed. */
export const idsOf = Effect.fnUntraced(function*(request: WebApiRequest, max: number) {
  const ids = listOf(request, "ids")
  if (ids.length === 0) return yield* refuse(400, "Missing required field: ids")
  // The text is not recorded anywhere; the status is.
  if (ids.length > max) return yield* refuse(400, "Too many ids requested")
  return yield* Effect.forEach(ids, base62)
})

/** For whom the answer is written: "the country associated with the user account will take priority". */
export const viewOf = Effect.fnUntraced(function*(
  { person, settings, url }: WebApiRequest
): Effect.fn.Return<View, Refusal> {
  const market = url.searchParams.get("market") ?? undefined
  // The text is not recorded anywhere; the status is.
  if (market !== undefined && !/^[A-Z]{2}$/.test(market)) return yield* refuse(400, "Invalid market code")
  return { market: market === undefined ? undefined : person?.country ?? market, quotaMode: settings.quotaMode }
})

/** A whole number of the query within bounds, or what it is when it is not said. */
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
