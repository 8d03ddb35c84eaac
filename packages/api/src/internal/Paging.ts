/** A list as a stream of its pages: each is asked for when the one before has been used. */
import type { AuthError } from "@app/auth/AuthError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { Cursor, type Page } from "../Page.ts"
import { type CallEffect, type CallOptions, SpotifyClient } from "../SpotifyClient.ts"
import { InvalidArgument, SpotifyError, UnexpectedAnswer } from "../SpotifyError.ts"
import type { TimeRange } from "../TimeRange.ts"
import * as AuthorizationBinding from "./AuthorizationBinding.ts"

/** A list as pages. */
export type Pages<Item> = Stream.Stream<Page<Item>, SpotifyError | AuthError, SpotifyClient>

/** A list as its items. */
export type Items<Item> = Stream.Stream<Item, SpotifyError | AuthError, SpotifyClient>

/** What an answer says of its page, in either kind of paging. */
interface Answer<Item> {
  readonly items: ReadonlyArray<Item>
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
  /** The last row that can be asked for, where Spotify does not go to a list's end. */
  readonly maxOffset?: number | undefined
}

export const pages = <Item>(
  options: Options<Item>
): Pages<Item> =>
  Stream.unwrap(Effect.gen(function*() {
    const { from, maxOffset, operation, path } = options
    const { apiUrl } = yield* SpotifyClient
    if (from !== undefined && from !== path && !from.startsWith(`${path}?`)) {
      return yield* new SpotifyError({
        reason: new InvalidArgument({ argument: "from", issue: "it is a place in another list" }),
        operation
      })
    }
    const seen = new Set<string>()
    // A list begun for one person does not go on with another's rows.
    const binding = (yield* AuthorizationBinding.Current) ?? AuthorizationBinding.make()

    const cursorOf = (next: string): Effect.Effect<Cursor, SpotifyError> => {
      const url = URL.parse(next)
      if (url === null || `${url.origin}${url.pathname}` !== `${apiUrl}${path}`) {
        return Effect.fail(astray(operation, `a page of this list: ${path}`))
      }
      const cursor = Cursor.make(`${path}${url.search}`)
      return seen.has(cursor)
        ? Effect.fail(astray(operation, "a page that has not been had yet"))
        : Effect.succeed(cursor)
    }

    return Stream.paginate(
      from,
      Effect.fnUntraced(function*(
        cursor: Cursor | undefined
      ): Effect.fn.Return<
        readonly [ReadonlyArray<Page<Item>>, Option.Option<Cursor>],
        SpotifyError | AuthError,
        SpotifyClient
      > {
        if (cursor !== undefined) seen.add(cursor)
        const answer = yield* Effect.provideService(
          options.fetch({ follow: cursor }),
          AuthorizationBinding.Current,
          binding
        )
        const next = goesOn(answer) ? yield* cursorOf(answer.next) : undefined
        const last = next === undefined || (maxOffset !== undefined && offsetOf(next) > maxOffset)
        const page = { items: answer.items, total: answer.total, cursor: last ? undefined : next }
        return [[page], Option.fromUndefinedOr(page.cursor)]
      })
    )
  }))

/** Lists have been seen whose last pages, all empty, go on naming a next one. */
const goesOn = <Item>(answer: Answer<Item>): answer is Answer<Item> & { readonly next: string } =>
  answer.next !== undefined
  && (answer.items.length > 0 || (answer.offset ?? Infinity) < (answer.total ?? 0))

const offsetOf = (cursor: Cursor): number => Number(new URLSearchParams(cursor.split("?")[1]).get("offset") ?? 0)

const astray = (operation: string, expected: string): SpotifyError =>
  new SpotifyError({ reason: new UnexpectedAnswer({ path: "next", detail: `expected ${expected}` }), operation })

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
