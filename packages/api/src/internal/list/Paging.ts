/** A list as a stream of its pages: each is asked for when the one before has been used. */
import type { AuthError } from "@app/auth/AuthError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { Cursor, type Page } from "../../model/Page.ts"
import type { TimeRange } from "../../model/TimeRange.ts"
import type { CallEffect, CallOptions, SpotifyClient } from "../../SpotifyClient.ts"
import { InvalidArgument, SpotifyError, UnexpectedResponse } from "../../SpotifyError.ts"
import * as AuthorizationBinding from "../call/AuthorizationBinding.ts"

/** A list as pages. */
export type Pages<Item> = Stream.Stream<Page<Item>, SpotifyError | AuthError, SpotifyClient>

/** A list as its items. */
export type Items<Item> = Stream.Stream<Item, SpotifyError | AuthError, SpotifyClient>

/** What an answer says of its page, in either kind of paging. */
interface Answer<Item> {
  readonly items: ReadonlyArray<Item>
  readonly skipped?: number
  readonly next?: string
  readonly offset?: number
  readonly total?: number
}

export interface Options<Item> {
  /** The operation's name, for errors. */
  readonly operation: string
  /** The operation's path: the only one a page may lie at. */
  readonly path: string
  /** Where to begin; absent: at the first page. */
  readonly from: Cursor | undefined
  /** Asks for the first page, or for the one that the options name. */
  readonly fetch: (
    options: CallOptions
  ) => CallEffect<Answer<Item>>
  /** How many rows can be had at all, where Spotify does not go to a list's end. */
  readonly reach?: Reach | undefined
}

export interface Reach {
  readonly rows: number
  /** How many rows a page has that does not say so itself. */
  readonly pageSize: number
}

export const pages = <Item>(
  options: Options<Item>
): Pages<Item> =>
  Stream.unwrap(Effect.gen(function*() {
    const { from, operation, path, reach } = options
    if (from !== undefined && from !== path && !from.startsWith(`${path}?`)) {
      return yield* new SpotifyError({
        reason: new InvalidArgument({ argument: "from", issue: "it is a place in another list" }),
        operation
      })
    }
    const begin = from === undefined ? undefined : within(reach, from)
    // What can be had ends before that place.
    if (from !== undefined && begin === undefined) return Stream.empty
    const seen = new Set<string>()
    // A list begun for one person does not go on with another's rows.
    const binding = (yield* AuthorizationBinding.Current) ?? AuthorizationBinding.make()

    const placeAfter = (next: string): Result.Result<Cursor | undefined, SpotifyError> => {
      const place = placeOf(path, next)
      if (place === undefined) return Result.fail(astray(operation, `a page of this list: ${path}`))
      const cursor = within(reach, place)
      return cursor !== undefined && seen.has(cursor)
        ? Result.fail(astray(operation, "a page that has not been had yet"))
        : Result.succeed(cursor)
    }

    return Stream.paginate(
      Result.succeed(begin),
      Effect.fnUntraced(function*(
        place: Result.Result<Cursor | undefined, SpotifyError>
      ): Effect.fn.Return<
        readonly [ReadonlyArray<Page<Item>>, Option.Option<Result.Result<Cursor | undefined, SpotifyError>>],
        SpotifyError | AuthError,
        SpotifyClient
      > {
        // A page whose `next` leads astray has been handed out by now: its rows are good.
        const follow = yield* Effect.fromResult(place)
        if (follow !== undefined) seen.add(follow)
        const answer = yield* Effect.provideService(
          options.fetch({ follow }),
          AuthorizationBinding.Current,
          binding
        )
        const { items, skipped = 0, total } = answer
        const next = goesOn(answer) ? placeAfter(answer.next) : Result.succeed(undefined)
        const cursor = Result.getOrUndefined(next)
        const isLast = Result.isSuccess(next) && cursor === undefined
        return [[{ items, skipped, total, cursor }], isLast ? Option.none() : Option.some(next)]
      })
    )
  }))

/** Lists have been seen whose last pages, all empty, go on naming a next one. */
const goesOn = <Item>(answer: Answer<Item>): answer is Answer<Item> & { readonly next: string } =>
  answer.next !== undefined
  && (answer.items.length > 0 || (answer.skipped ?? 0) > 0 || (answer.offset ?? Infinity) < (answer.total ?? 0))

// =============================================================================
// Places
// =============================================================================

/** No host of this name exists (RFC 6761 §6.4). */
const nowhere = "https://place.invalid"

/**
 * The place that a `next` names, by its path within the list and its query alone. Behind a gateway it names Spotify's own
 * host, another scheme or another port; whatever it names, the place is asked for at the configured base, and the token goes
 * nowhere else. Undefined for a place in another list.
 */
export const placeOf = (path: string, next: string): Cursor | undefined => {
  const url = URL.parse(next, `${nowhere}${path}`)
  return url !== null && url.pathname.replace(/\/{1,9}$/, "").endsWith(path)
    ? Cursor.make(`${path}${url.search}`)
    : undefined
}

/** The place, or as much of its page as is within reach; undefined for one that is wholly beyond. */
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

/** Of a number that cannot be read nothing is known. */
const numberIn = (query: URLSearchParams, name: string, otherwise: number): number => {
  const value = Number(query.get(name) ?? otherwise)
  return Number.isFinite(value) ? value : otherwise
}

const astray = (operation: string, expected: string): SpotifyError =>
  new SpotifyError({ reason: new UnexpectedResponse({ path: "next", detail: `expected ${expected}` }), operation })

/** The pages of a list that belongs to something with an id. */
export const ofId = <Id, Item>(
  id: Result.Result<Id, SpotifyError>,
  options: (id: Id) => Options<Item>
): Pages<Item> => Result.isFailure(id) ? Stream.fail(id.failure) : pages(options(id.success))

// =============================================================================
// Options
// =============================================================================

/** As many rows at a time as Spotify gives, unless told otherwise. */
export const limitOf = (options: { readonly pageSize?: number | undefined } | undefined) => ({
  limit: options?.pageSize ?? 50
})

export const topOf = (
  options: { readonly pageSize?: number | undefined; readonly timeRange?: TimeRange | undefined } | undefined
) => ({
  ...limitOf(options),
  ...(options?.timeRange !== undefined && { time_range: options.timeRange })
})
