/**
 * Pages: how Spotify hands out what is too long for one answer.
 */
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { absentOrEmpty, absentOrNull, model, number, rows, skipped } from "./internal/ModelSchema.ts"

// =============================================================================
// Model
// =============================================================================

const paged = {
  /** How many rows a page was to have at most. */
  limit: absentOrNull(number),
  /** Where this page was had. */
  href: absentOrNull(Schema.String),
  /** Where the next page is to be had, as an absolute URL. Absent on the last page. */
  next: absentOrEmpty(Schema.NonEmptyString)
}

/**
 * Schema of a page of a list whose rows are counted.
 *
 * A row that Spotify withholds is sent as null and left out here, as is one that cannot be read, so a page can have fewer
 * items than `limit` with more pages to come: `next` decides.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/api-calls
 * @category models
 * @since 0.1.0
 */
export const OffsetPage = <A, E>(item: Schema.Codec<A, E>) =>
  model({
    ...paged,
    items: rows(item),
    /** How many rows were left out: null, or not to be read. Absent when there were none. */
    skipped,
    /** How many rows there are before this page. */
    offset: absentOrNull(number),
    /** How many rows there are on all pages, withheld ones included; not always exact. */
    total: absentOrNull(number),
    /** Where the page before is to be had, as an absolute URL. Absent on the first page. */
    previous: absentOrEmpty(Schema.NonEmptyString)
  })

/**
 * @category models
 * @since 0.1.0
 */
export interface OffsetPage<Item> {
  readonly items: ReadonlyArray<Item>
  readonly skipped?: number
  readonly limit?: number
  readonly offset?: number
  readonly total?: number
  readonly href?: string
  readonly next?: string
  readonly previous?: string
}

/**
 * Between which rows a page lies.
 *
 * @category models
 * @since 0.1.0
 */
export class Cursors extends Schema.Opaque<Cursors>()(model({
  /** Absent on the last page. */
  after: absentOrNull(Schema.String),
  /** Absent on the first page, and where lists run one way. */
  before: absentOrNull(Schema.String)
})) {}

/**
 * Schema of a page of a list that is walked from row to row. Rows that are withheld or cannot be read are left out.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-followed
 * @category models
 * @since 0.1.0
 */
export const CursorPage = <A, E>(item: Schema.Codec<A, E>) =>
  model({
    ...paged,
    items: rows(item),
    /** How many rows were left out: null, or not to be read. Absent when there were none. */
    skipped,
    cursors: absentOrNull(Cursors),
    /** How many rows there are on all pages. */
    total: absentOrNull(number)
  })

/**
 * @category models
 * @since 0.1.0
 */
export interface CursorPage<Item> {
  readonly items: ReadonlyArray<Item>
  readonly skipped?: number
  readonly cursors?: Cursors
  readonly limit?: number
  readonly total?: number
  readonly href?: string
  readonly next?: string
}

// =============================================================================
// Streams
// =============================================================================

/**
 * Schema of {@link Cursor}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Cursor = Schema.String.pipe(Schema.brand("@app/api/model/Page/Cursor"))

/**
 * A place in a list, from which another stream of the same list can go on, in this program or a later one. It is the path
 * and query of a page; the token is not in it.
 *
 * @category models
 * @since 0.1.0
 */
export type Cursor = typeof Cursor.Type

/**
 * One page of a list.
 *
 * @category models
 * @since 0.1.0
 */
export interface Page<Item> {
  readonly items: ReadonlyArray<Item>
  /**
   * How many rows of this page were left out of `items`: those that Spotify withholds, and those that cannot be read, such
   * as a saved track without the track. One odd row does not end a list.
   */
  readonly skipped: number
  /** How many rows the list has, by Spotify's count, which includes those that are left out here. */
  readonly total: number | undefined
  /** Where the list goes on after this page; absent on the last. */
  readonly cursor: Cursor | undefined
}

/**
 * The items of pages, one by one.
 *
 * **Example** (A list that is picked up where the last run stopped)
 *
 * ```ts
 * import * as Page from "@app/api/model/Page"
 * import * as Tracks from "@app/api/Tracks"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const savedFrom = (from: Page.Cursor | undefined, keep: (cursor: Page.Cursor | undefined) => Effect.Effect<void>) =>
 *   Tracks.savedPages({ from }).pipe(
 *     Stream.tap((page) => keep(page.cursor)),
 *     Page.items
 *   )
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const items = <Item, E, R>(pages: Stream.Stream<Page<Item>, E, R>): Stream.Stream<Item, E, R> =>
  Stream.flatMap(pages, (page) => Stream.fromIterable(page.items))
