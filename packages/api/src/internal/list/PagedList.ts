/** A list operation of the contract, as a stream of its items with a stream of its pages beside it. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type * as EndpointGroup from "../../contract/EndpointGroup.ts"
import * as Page from "../../model/Page.ts"
import * as SpotifyClient from "../../SpotifyClient.ts"
import { InvalidArgument, SpotifyError, UnexpectedResponse } from "../../SpotifyError.ts"
import * as AuthorizationBinding from "../call/AuthorizationBinding.ts"
import * as Operation from "../call/Operation.ts"
import * as PagePlace from "./PagePlace.ts"

// =============================================================================
// Model
// =============================================================================

/** A group of the contract whose endpoints tell their paths. */
type Group = EndpointGroup.Constraint & {
  readonly endpoints: Readonly<Record<string, { readonly path: string }>>
}

/** The page that a response has, in either kind of paging. */
interface PageResponse<Item> {
  readonly items: ReadonlyArray<Item>
  readonly skipped?: number
  readonly next?: string
  readonly offset?: number
  readonly total?: number
}

export interface Options<Method, Item> {
  /** The parameters of the endpoint's path. Default: it has none. */
  readonly params?: Readonly<Record<string, string>> | undefined
  /** Place to begin at. Default: at the first page. */
  readonly from?: Page.Cursor | undefined
  /** Number of rows that can be had, for lists that Spotify does not serve to their end. Default: all. */
  readonly reach?: PagePlace.Reach | undefined
  /** Calls the endpoint for the first page, and selects the page of the response. */
  readonly fetch: (method: Method) => Effect.Effect<PageResponse<Item>, SpotifyClient.Failure>
}

// =============================================================================
// Constructors
// =============================================================================

/** Makes the list of an endpoint, whose path and name come from the contract. */
export const make = <G extends Group, Name extends keyof SpotifyClient.Operations<G> & string, Item>(
  group: G,
  name: Name,
  options: Options<SpotifyClient.Operations<G>[Name], Item>
): SpotifyClient.PagedStream<Item> =>
  ofPages(pages(
    Operation.nameOf(group, name),
    PagePlace.pathOf(group.endpoints[name]?.path ?? "", options.params ?? {}),
    options,
    (follow) =>
      SpotifyClient.call(group, (operations) =>
        options.fetch(operations[name]), follow === undefined ? undefined : { follow })
  ))

/** Makes the list of something with an id, which fails when the id cannot be read. */
export const ofId = <Id, Item>(
  id: Result.Result<Id, SpotifyError>,
  list: (id: Id) => SpotifyClient.PagedStream<Item>
): SpotifyClient.PagedStream<Item> => Result.isFailure(id) ? ofPages(Stream.fail(id.failure)) : list(id.success)

const ofPages = <Item>(
  pages: SpotifyClient.PagedStream<Item>["pages"]
): SpotifyClient.PagedStream<Item> => Object.assign(Page.items(pages), { pages })

// =============================================================================
// Pages
// =============================================================================

const pages = <Item>(
  operation: string,
  path: string,
  { from, reach }: Pick<Options<never, Item>, "from" | "reach">,
  fetch: (follow: Page.Cursor | undefined) => SpotifyClient.CallEffect<PageResponse<Item>>
): SpotifyClient.PagedStream<Item>["pages"] =>
  Stream.unwrap(Effect.gen(function*() {
    if (from !== undefined && !PagePlace.isIn(path, from)) {
      return yield* new SpotifyError({
        reason: new InvalidArgument({ argument: "from", issue: "it is a place in another list" }),
        operation
      })
    }
    const begin = from === undefined ? undefined : PagePlace.within(reach, from)
    if (from !== undefined && begin === undefined) return Stream.empty
    const seen = new Set<string>()
    // A list that was begun for one person must not go on with another person's rows.
    const binding = (yield* AuthorizationBinding.Current) ?? AuthorizationBinding.make()

    const placeAfter = (next: string): Place => {
      const place = PagePlace.of(path, next)
      if (place === undefined) return Result.fail(astray(operation, `a page of this list: ${path}`))
      const cursor = PagePlace.within(reach, place)
      return cursor !== undefined && seen.has(cursor)
        ? Result.fail(astray(operation, "a page that has not been had yet"))
        : Result.succeed(cursor)
    }

    return Stream.paginate(
      Result.succeed(begin),
      Effect.fnUntraced(function*(
        place: Place
      ): Effect.fn.Return<
        readonly [ReadonlyArray<Page.Page<Item>>, Option.Option<Place>],
        SpotifyClient.Failure,
        SpotifyClient.SpotifyClient
      > {
        // A `next` that leads astray fails here rather than with its page, whose rows are good.
        const follow = yield* Effect.fromResult(place)
        if (follow !== undefined) seen.add(follow)
        const response = yield* Effect.provideService(fetch(follow), AuthorizationBinding.Current, binding)
        const { items, skipped = 0, total } = response
        const next = goesOn(response) ? placeAfter(response.next) : Result.succeed(undefined)
        const cursor = Result.getOrUndefined(next)
        const isLast = Result.isSuccess(next) && cursor === undefined
        return [[{ items, skipped, total, cursor }], isLast ? Option.none() : Option.some(next)]
      })
    )
  }))

/** The next page; undefined for the first one, and after the last. */
type Place = Result.Result<Page.Cursor | undefined, SpotifyError>

/** Lists have been seen whose last pages, all of them empty, go on naming a next one. */
const goesOn = <Item>(page: PageResponse<Item>): page is PageResponse<Item> & { readonly next: string } =>
  page.next !== undefined
  && (page.items.length > 0 || (page.skipped ?? 0) > 0 || (page.offset ?? Infinity) < (page.total ?? 0))

const astray = (operation: string, expected: string): SpotifyError =>
  new SpotifyError({ reason: new UnexpectedResponse({ path: "next", detail: `expected ${expected}` }), operation })
