/** Single and batched look-ups of one kind of thing, by the `get` and `getMany` of its section. */
import * as Arrays from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import * as Result from "effect/Result"
import type * as EndpointGroup from "../../contract/EndpointGroup.ts"
import type { Kind } from "../../Ids.ts"
import type { Market, MarketOptions } from "../../model/Market.ts"
import * as RetryPolicy from "../../RetryPolicy.ts"
import * as SpotifyClient from "../../SpotifyClient.ts"
import { NotFound, SpotifyError } from "../../SpotifyError.ts"
import * as AuthorizationBinding from "../call/AuthorizationBinding.ts"
import * as Operation from "../call/Operation.ts"
import * as Batch from "./Batch.ts"

// =============================================================================
// Model
// =============================================================================

/** The calls that look up one kind of thing. */
export interface Lookup<Id extends string, A> {
  readonly id: Kind<Id>
  /** Greatest number of ids in one request. */
  readonly batchSize: number
  readonly nameOfGet: string
  /** Requests one thing. */
  readonly single: (
    client: SpotifyClient.Service,
    id: Id,
    market: Market | undefined
  ) => Effect.Effect<A, SpotifyClient.Failure>
  /** Requests the things of many ids. */
  readonly batch: (
    client: SpotifyClient.Service,
    ids: ReadonlyArray<Id>,
    market: Market | undefined
  ) => Effect.Effect<Rows<A>, SpotifyClient.Failure>
  /** Requests one thing together with others that are asked for at the same time. */
  readonly batched: Lookup<Id, A>["single"]
}

export interface Options<Operations, Id extends string, A> {
  readonly id: Kind<Id>
  /** Greatest number of ids in one request. */
  readonly batchSize: number
  /** Calls the endpoint `get`. */
  readonly get: (operations: Operations, id: Id, market: Market | undefined) => Effect.Effect<A, SpotifyClient.Failure>
  /** Calls the endpoint `getMany`, and selects its rows. */
  readonly getMany: (
    operations: Operations,
    ids: ReadonlyArray<Id>,
    market: Market | undefined
  ) => Effect.Effect<Rows<A>, SpotifyClient.Failure>
}

/** Null for an id that is nobody's, undefined for a thing that cannot be read. */
type Rows<A> = ReadonlyArray<A | null | undefined>

type Group = EndpointGroup.Constraint & { readonly endpoints: { readonly get: unknown; readonly getMany: unknown } }

// =============================================================================
// Constructor
// =============================================================================

export const make = <G extends Group, Id extends string, A>(
  group: G,
  options: Options<SpotifyClient.Operations<G>, Id, A>
): Lookup<Id, A> => {
  const nameOfGet = Operation.nameOf(group, "get")
  const nameOfGetMany = Operation.nameOf(group, "getMany")

  const single: Lookup<Id, A>["single"] = (client, id, market) =>
    client.call(group, (operations) => options.get(operations, id, market))

  const batch: Lookup<Id, A>["batch"] = (client, ids, market) =>
    client.call(group, (operations) => options.getMany(operations, ids, market)).pipe(
      Effect.flatMap((rows) => Batch.expectRows(nameOfGetMany, group.identifier, ids.length, rows))
    )

  const batched = batchedLookup({
    batchSize: options.batchSize,
    single,
    batch,
    unknown: (id) => new SpotifyError({ reason: new NotFound({ asked: [id] }), operation: nameOfGet })
  })

  return { id: options.id, batchSize: options.batchSize, nameOfGet, single, batch, batched }
}

// =============================================================================
// Looking up
// =============================================================================

/** Looks one thing up; calls for the same one at the same time make one request. */
export const get = <Id extends string, A>(
  lookup: Lookup<Id, A>,
  input: string,
  options?: MarketOptions
): SpotifyClient.CallEffect<A> =>
  SpotifyClient.SpotifyClient.use((client) => {
    const parsed = lookup.id.parse(input)
    if (Result.isFailure(parsed)) return Effect.fail(parsed.failure)
    const id = parsed.success
    const market = options?.market
    return Effect.flatMap(
      client.quotaMode,
      (quotaMode) =>
        client.coalesce(
          `${lookup.nameOfGet} ${id} ${market ?? ""}`,
          quotaMode === "extended" ? lookup.batched(client, id, market) : lookup.single(client, id, market)
        )
    )
  })

/** Looks any number of things up, and returns them in the order of their ids. */
export const getMany: <Id extends string, A>(
  lookup: Lookup<Id, A>,
  inputs: ReadonlyArray<string>,
  options?: SpotifyClient.ManyOptions
) => SpotifyClient.CallEffect<ReadonlyArray<Option.Option<A>>> = Effect.fnUntraced(
  function*<Id extends string, A>(
    lookup: Lookup<Id, A>,
    inputs: ReadonlyArray<string>,
    options?: SpotifyClient.ManyOptions
  ) {
    const client = yield* SpotifyClient.SpotifyClient
    const parsed = yield* Batch.parseAll(lookup.id.parse, inputs)
    const unique = Arrays.dedupe(parsed)
    const market = options?.market
    const concurrency = options?.concurrency ?? 4
    const found = new Map<Id, A>()
    const keep = (id: Id, thing: A | null | undefined): void => {
      if (thing !== null && thing !== undefined) found.set(id, thing)
    }

    const part = (ids: ReadonlyArray<Id>) =>
      Effect.map(lookup.batch(client, ids, market), (rows) => {
        for (const [i, id] of ids.entries()) keep(id, rows[i])
      })
    const parts = Effect.gen(function*() {
      // The first tells whether the app is served batches at all.
      const [first = [], ...others] = Arrays.chunksOf(unique, lookup.batchSize)
      yield* part(first)
      yield* Effect.forEach(others, part, { concurrency, discard: true })
    })
    const singles = Effect.forEach(
      unique,
      (id) => Effect.map(orAbsent(get(lookup, id, options)), (thing) => keep(id, thing)),
      { concurrency, discard: true }
    )

    if (unique.length === 1 || (yield* client.quotaMode) === "development") yield* singles
    else if (unique.length > 1) yield* Effect.catchIf(parts, isNotServed, () => singles)
    return parsed.map((id) => Option.fromUndefinedOr(found.get(id)))
  },
  AuthorizationBinding.together
)

/** Turns a failure that is about the one thing asked for into its absence, as a batch has it. */
const orAbsent = <A, R>(call: Effect.Effect<A, SpotifyClient.Failure, R>) =>
  Effect.catchReasons(call, "SpotifyError", {
    // A 404 that is about the base says nothing of this thing.
    NotFound: ({ apiUrl }, error) => apiUrl === undefined ? Effect.undefined : Effect.fail(error),
    // One odd thing does not end the list. A response that has no object at all does.
    UnexpectedResponse: (reason, error) => reason.path === "" ? Effect.fail(error) : Effect.undefined
  })

/**
 * Reports whether a failed batch says nothing about its things.
 *
 * **Details**
 *
 * It fails so for an app that has to ask for them one by one, and where something in between does not let it pass.
 */
const isNotServed = (error: SpotifyClient.Failure): boolean =>
  error._tag === "SpotifyError" && error.reason._tag === "Forbidden"
  && (error.reason.kind === "NotInQuotaMode" || error.reason.kind === "Other")

// =============================================================================
// Batches
// =============================================================================

interface One<Id, A> extends Request.Request<A, SpotifyClient.Failure, SpotifyClient.SpotifyClient> {
  readonly id: Id
  readonly market: Market | undefined
}

interface BatchOptions<Id extends string, A> extends Pick<Lookup<Id, A>, "batch" | "batchSize" | "single"> {
  /** Makes the error for an id that is nobody's. */
  readonly unknown: (id: Id) => SpotifyError
}

type AnyEntry = Request.Entry<One<unknown, unknown>>

const clientOf = ({ context }: Pick<AnyEntry, "context">): SpotifyClient.Service =>
  Context.get(context, SpotifyClient.SpotifyClient)

const bindingOf = ({ context }: Pick<AnyEntry, "context">): AuthorizationBinding.AuthorizationBinding =>
  Context.get(context, AuthorizationBinding.Current) ?? AuthorizationBinding.make()

/** Looks up single things, those asked for at the same time in one request. */
const batchedLookup = <Id extends string, A>({ batch, batchSize, single, unknown }: BatchOptions<Id, A>) => {
  type Entry = Request.Entry<One<Id, A>>

  /** Reports whether two may be in one request, besides having one client. */
  const areAlike = (a: Entry, b: Entry): boolean =>
    a.request.market === b.request.market
    && AuthorizationBinding.areAlike(bindingOf(a), bindingOf(b))
    && Context.get(a.context, RetryPolicy.RetryPolicy) === Context.get(b.context, RetryPolicy.RetryPolicy)

  const alone = (entry: Entry): Effect.Effect<void> =>
    single(clientOf(entry), entry.request.id, entry.request.market).pipe(
      Effect.exit,
      Effect.map((exit) => entry.completeUnsafe(exit)),
      Effect.provideContext(entry.context)
    )

  const together = (entries: ReadonlyArray<Entry>): Effect.Effect<void> => {
    const [first] = entries
    if (first === undefined) return Effect.void
    const ids = Arrays.dedupe(entries.map(({ request }) => request.id))
    const oneByOne = Effect.forEach(entries, alone, { concurrency: "unbounded", discard: true })
    if (ids.length === 1) return oneByOne
    return batch(clientOf(first), ids, first.request.market).pipe(
      Effect.provideService(AuthorizationBinding.Current, AuthorizationBinding.ofAll(entries.map(bindingOf))),
      Effect.provideContext(first.context),
      Effect.matchCauseEffect({
        onSuccess: (rows) =>
          Effect.forEach(entries, (entry) => {
            const { id } = entry.request
            const row = rows[ids.indexOf(id)]
            // Asked for by itself, a thing that cannot be read says why.
            if (row === undefined) return alone(entry)
            return Effect.sync(() => entry.completeUnsafe(row === null ? Exit.fail(unknown(id)) : Exit.succeed(row)))
          }, { concurrency: "unbounded", discard: true }),
        onFailure: (cause) =>
          cause.reasons.some((reason) => reason._tag === "Fail" && isNotServed(reason.error))
            ? oneByOne
            : Effect.sync(() => {
              for (const entry of entries) entry.completeUnsafe(Exit.failCause(cause))
            })
      })
    )
  }

  const request = Request.of<One<Id, A>>()
  const resolver = RequestResolver.makeWith<One<Id, A>>({
    batchKey: clientOf,
    delay: Effect.yieldNow,
    collectWhile: (entries) => entries.size < batchSize,
    runAll: (entries) => {
      const groups: Array<[Entry, ...Array<Entry>]> = []
      for (const entry of entries) {
        const group = groups.find(([first]) => areAlike(first, entry))
        if (group === undefined) groups.push([entry])
        else group.push(entry)
      }
      return Effect.forEach(groups, together, { concurrency: "unbounded", discard: true })
    }
  })

  return (client: SpotifyClient.Service, id: Id, market: Market | undefined): Effect.Effect<A, SpotifyClient.Failure> =>
    Effect.provideService(Effect.request(request({ id, market }), resolver), SpotifyClient.SpotifyClient, client)
}
