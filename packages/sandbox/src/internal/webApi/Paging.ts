/**
 * Pages of lists, with the links between them.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/api-calls
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import { integerOf, type WebApiRequest } from "./WebApiRequest.ts"

// =============================================================================
// Model
// =============================================================================

/** The number of rows of a page, and the number of rows before it. */
export interface Paging {
  readonly limit: number
  readonly offset: number
}

// =============================================================================
// Reading
// =============================================================================

/** Reads the page that a request asks for and fails if the operation does not allow it. */
export const pagingOf = (
  request: WebApiRequest,
  allowed: { readonly limit: number; readonly otherwise: number; readonly offset: number } = {
    limit: 50,
    otherwise: 20,
    offset: Number.MAX_SAFE_INTEGER
  }
) =>
  Effect.all({
    limit: integerOf(request, "limit", { minimum: 1, maximum: allowed.limit, otherwise: allowed.otherwise }),
    offset: integerOf(request, "offset", { minimum: 0, maximum: allowed.offset, otherwise: 0 })
  })

// =============================================================================
// Writing
// =============================================================================

/** Writes the URL of a request with other parameters and with the client's language, as Spotify does. */
export const linkTo = ({ language, url }: WebApiRequest, changes: Readonly<Record<string, string>>): string => {
  const link = new URL(url)
  const all = { ...changes, ...(language !== undefined && { locale: language }) }
  for (const [name, value] of Object.entries(all)) link.searchParams.set(name, value)
  return link.href
}

/** Writes a page of a list, with absolute links to its neighbours. */
export const offsetPage = <Row>(
  request: WebApiRequest,
  { limit, offset }: Paging,
  rows: ReadonlyArray<Row>,
  write: (row: Row) => Schema.Json
): Schema.JsonObject => {
  const at = (start: number) => linkTo(request, { offset: String(start), limit: String(limit) })
  return {
    href: at(offset),
    items: rows.slice(offset, offset + limit).map(write),
    limit,
    next: offset + limit < rows.length ? at(offset + limit) : null,
    offset,
    previous: offset > 0 ? at(Math.max(0, offset - limit)) : null,
    total: rows.length
  }
}
