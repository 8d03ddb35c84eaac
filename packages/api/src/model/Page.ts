/**
 * Pages of lists that are too long for one response.
 */
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { absentOrEmptyString, absentOrNull, number } from "./internal/Field.ts"
import { modelOf } from "./internal/ModelSchema.ts"
import { rows, skipped } from "./internal/Rows.ts"

// =============================================================================
// Pages by offset
// =============================================================================

/** The fields that both kinds of pages begin with. */
interface PageBase {
  /** Largest number of rows that the page could have. Absent where Spotify does not say. */
  readonly limit?: number
  /** Web API URL of this page. Absent where Spotify does not say. */
  readonly href?: string
  /** Absolute Web API URL of the next page. Absent on the last page. */
  readonly next?: string
}

const base = {
  limit: absentOrNull(number),
  href: absentOrNull(Schema.String),
  next: absentOrEmptyString(Schema.NonEmptyString)
}

/**
 * A page of a list whose rows are numbered.
 *
 * **Gotchas**
 *
 * A page can have fewer items than `limit` although more pages follow, since Spotify withholds rows. Only an absent `next`
 * marks the last page.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/api-calls
 * @category models
 * @since 0.1.0
 */
export interface OffsetPage<Item> extends PageBase {
  /** Rows of the page, without those that are null (Spotify withholds them) or invalid. */
  readonly items: ReadonlyArray<Item>
  /** Number of rows that were left out of `items`. Absent when there were none. */
  readonly skipped?: number
  /** Number of rows before this page. Absent where Spotify does not say. */
  readonly offset?: number
  /**
   * Number of rows on all pages by Spotify's count, which includes withheld rows and is not always exact. Absent where
   * Spotify does not say.
   */
  readonly total?: number
  /** Absolute Web API URL of the previous page. Absent on the first page. */
  readonly previous?: string
}

/**
 * Makes the schema of an {@link OffsetPage} from the schema of its items.
 *
 * @category schemas
 * @since 0.1.0
 */
export const OffsetPage = <A, E>(item: Schema.Codec<A, E>) =>
  modelOf<OffsetPage<A>>()({
    ...base,
    items: rows(item),
    skipped,
    offset: absentOrNull(number),
    total: absentOrNull(number),
    previous: absentOrEmptyString(Schema.NonEmptyString)
  })

// =============================================================================
// Pages by cursor
// =============================================================================

/**
 * The rows next to a page of a list without row numbers.
 *
 * @category models
 * @since 0.1.0
 */
export interface Cursors {
  /** Value of the query parameter `after` for the next page. Absent on the last page. */
  readonly after?: string
  /** Value of the query parameter `before` for the previous page. Absent on the first page, and where lists run one way. */
  readonly before?: string
}

/**
 * Schema of {@link Cursors}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Cursors = modelOf<Cursors>()({
  after: absentOrNull(Schema.String),
  before: absentOrNull(Schema.String)
})

/**
 * A page of a list whose rows are not numbered.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-followed
 * @category models
 * @since 0.1.0
 */
export interface CursorPage<Item> extends PageBase {
  /** Rows of the page, without those that are null (Spotify withholds them) or invalid. */
  readonly items: ReadonlyArray<Item>
  /** Number of rows that were left out of `items`. Absent when there were none. */
  readonly skipped?: number
  /** Rows next to this page. Absent where Spotify does not say. */
  readonly cursors?: Cursors
  /** Number of rows on all pages. Absent where Spotify does not say. */
  readonly total?: number
}

/**
 * Makes the schema of a {@link CursorPage} from the schema of its items.
 *
 * @category schemas
 * @since 0.1.0
 */
export const CursorPage = <A, E>(item: Schema.Codec<A, E>) =>
  modelOf<CursorPage<A>>()({
    ...base,
    items: rows(item),
    skipped,
    cursors: absentOrNull(Cursors),
    total: absentOrNull(number)
  })

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
 * A position in a list, from which another stream of the same list can continue.
 *
 * **Details**
 *
 * It is the path and the query of a page, and holds no token: a program can store it and continue in a later run.
 *
 * @category models
 * @since 0.1.0
 */
export type Cursor = typeof Cursor.Type

/**
 * One page of a stream of pages.
 *
 * @category models
 * @since 0.1.0
 */
export interface Page<Item> {
  /** Rows of the page, in order. */
  readonly items: ReadonlyArray<Item>
  /**
   * Number of rows that were left out of `items`: rows that Spotify withholds, and rows that are invalid, such as a saved
   * track without the track. Such a row does not end the stream.
   */
  readonly skipped: number
  /** Number of rows of the whole list by Spotify's count, which includes the rows that are left out here. */
  readonly total: number | undefined
  /** Position after this page; `undefined` on the last page. */
  readonly cursor: Cursor | undefined
}

/**
 * The options of an operation that returns a list.
 *
 * @category models
 * @since 0.1.0
 */
export interface PageOptions {
  /** Number of rows per request, from 1 to 50; 50 by default. */
  readonly pageSize?: number | undefined
  /** Position to begin at: the `cursor` of a page of the same list, which keeps the options of that page. The start by default. */
  readonly from?: Cursor | undefined
}

/**
 * Flattens a stream of pages into a stream of their items.
 *
 * **Example** (Continuing a list where the last run stopped)
 *
 * ```ts
 * import * as Page from "@app/api/model/Page"
 * import * as Tracks from "@app/api/Tracks"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const savedFrom = (from: Page.Cursor | undefined, keep: (cursor: Page.Cursor | undefined) => Effect.Effect<void>) =>
 *   Tracks.saved({ from }).pages.pipe(
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
