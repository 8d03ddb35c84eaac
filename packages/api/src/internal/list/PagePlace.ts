/** The place of a page in its list: the path of the list and the query of the page. */
import { Cursor } from "../../model/Page.ts"

// =============================================================================
// Model
// =============================================================================

/** The end of what can be had of a list. */
export interface Reach {
  /** Number of rows that can be had. */
  readonly rows: number
  /** Number of rows of a page that does not say so itself. */
  readonly pageSize: number
}

// =============================================================================
// Reading
// =============================================================================

/** Fills the parameters of an endpoint's path, such as `/albums/:id/tracks`. */
export const pathOf = (template: string, params: Readonly<Record<string, string>>): string =>
  template.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""))

/** Reports whether a cursor is a place in the list at this path. */
export const isIn = (path: string, cursor: Cursor): boolean => cursor === path || cursor.startsWith(`${path}?`)

/**
 * Reads the place that a `next` names, or undefined for a place in another list.
 *
 * **Details**
 *
 * Only the path within the list and the query count. Behind a gateway a `next` names Spotify's own host, another scheme or
 * another port; the place is asked for at the configured base, and the token goes nowhere else.
 */
export const of = (path: string, next: string): Cursor | undefined => {
  const url = URL.parse(next, `${nowhere}${path}`)
  return url !== null && url.pathname.replace(/\/{1,9}$/, "").endsWith(path)
    ? Cursor.make(`${path}${url.search}`)
    : undefined
}

/** No host of this name exists (RFC 6761 §6.4). */
const nowhere = "https://place.invalid"

// =============================================================================
// Reach
// =============================================================================

/** Cuts a place to what can be had of its page; undefined for a page that is wholly beyond reach. */
export const within = (reach: Reach | undefined, place: Cursor): Cursor | undefined => {
  if (reach === undefined) return place
  const [path = ""] = place.split("?", 1)
  const query = new URLSearchParams(place.slice(path.length))
  const offset = numberIn(query, "offset", 0)
  if (offset >= reach.rows) return undefined
  if (offset + numberIn(query, "limit", reach.pageSize) <= reach.rows) return place
  query.set("limit", String(reach.rows - offset))
  return Cursor.make(`${path}?${query}`)
}

/** A number that cannot be read counts as not given. */
const numberIn = (query: URLSearchParams, name: string, otherwise: number): number => {
  const value = Number(query.get(name) ?? otherwise)
  return Number.isFinite(value) ? value : otherwise
}
