/**
 * Single tracks, asked for at the same time: in Extended Quota Mode up to 50 of them make one request.
 */
import type { AuthError } from "@app/auth/AuthError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import { TracksApi } from "../../contract/TracksApi.ts"
import type { TrackId } from "../../Ids.ts"
import type { Market } from "../../model/Market.ts"
import type { Track } from "../../model/Track.ts"
import * as RetryPolicy from "../../RetryPolicy.ts"
import * as SpotifyClient from "../../SpotifyClient.ts"
import { NotFound, SpotifyError } from "../../SpotifyError.ts"
import * as AuthorizationBinding from "../call/AuthorizationBinding.ts"
import * as Exactly from "./Exactly.ts"

/** How many ids one request may hold. */
export const batchSize = 50

// =============================================================================
// Requests
// =============================================================================

export const one = (
  client: SpotifyClient.Service,
  id: TrackId,
  market: Market | undefined
): Effect.Effect<Track, SpotifyError | AuthError> =>
  client.call(
    TracksApi,
    (tracks) => tracks.get({ params: { id }, query: market === undefined ? {} : { market } })
  )

/** Null where there is no such track, undefined where there is one that cannot be read. */
export const many = (
  ids: ReadonlyArray<TrackId>,
  market: Market | undefined
): SpotifyClient.CallEffect<ReadonlyArray<Track | null | undefined>> =>
  SpotifyClient.call(
    TracksApi,
    (tracks) => tracks.getMany({ query: { ids, ...(market !== undefined && { market }) } })
  ).pipe(Effect.flatMap(({ tracks }) => Exactly.of("tracks.getMany", "tracks", ids.length, tracks)))

/**
 * Whether a failed batch says nothing about its tracks, but that this app has to ask for them one by one, or that something
 * in between would not let it pass.
 */
export const isNotServed = (error: SpotifyError | AuthError): boolean =>
  error._tag === "SpotifyError" && error.reason._tag === "Forbidden"
  && (error.reason.kind === "NotInQuotaMode" || error.reason.kind === "Other")

// =============================================================================
// Batches
// =============================================================================

class GetTrack extends Request.TaggedClass("GetTrack")<
  { readonly id: TrackId; readonly market: Market | undefined },
  Track,
  SpotifyError | AuthError,
  SpotifyClient.SpotifyClient
> {}

type Entry = Request.Entry<GetTrack>

const clientOf = ({ context }: Entry): SpotifyClient.Service => Context.get(context, SpotifyClient.SpotifyClient)

const bindingOf = ({ context }: Entry): AuthorizationBinding.AuthorizationBinding =>
  Context.get(context, AuthorizationBinding.Current) ?? AuthorizationBinding.make()

/** What those in one request have in common, besides their client. */
const alike = (a: Entry, b: Entry): boolean =>
  a.request.market === b.request.market
  && AuthorizationBinding.areAlike(bindingOf(a), bindingOf(b))
  && Context.get(a.context, RetryPolicy.RetryPolicy) === Context.get(b.context, RetryPolicy.RetryPolicy)

const nobody = (id: TrackId) => new SpotifyError({ reason: new NotFound({ asked: [id] }), operation: "tracks.get" })

/** Asked for by itself. */
const settle = (entry: Entry): Effect.Effect<void> =>
  one(clientOf(entry), entry.request.id, entry.request.market).pipe(
    Effect.exit,
    Effect.map((exit) => entry.completeUnsafe(exit)),
    Effect.provideContext(entry.context)
  )

const answer = (entries: ReadonlyArray<Entry>): Effect.Effect<void> => {
  const [first] = entries
  if (first === undefined) return Effect.void
  const { market } = first.request
  const ids = Array.from(new Set(entries.map(({ request }) => request.id)))
  const singles = Effect.forEach(entries, settle, { concurrency: "unbounded", discard: true })
  if (ids.length === 1) return singles
  return many(ids, market).pipe(
    Effect.provideService(AuthorizationBinding.Current, AuthorizationBinding.ofAll(entries.map(bindingOf))),
    Effect.provideContext(first.context),
    Effect.matchCauseEffect({
      onSuccess: (tracks) =>
        Effect.forEach(entries, (entry) => {
          const { id } = entry.request
          const track = tracks[ids.indexOf(id)]
          // Asked for by itself, a track that cannot be read says why.
          if (track === undefined) return settle(entry)
          return Effect.sync(() => entry.completeUnsafe(track === null ? Exit.fail(nobody(id)) : Exit.succeed(track)))
        }, { concurrency: "unbounded", discard: true }),
      onFailure: (cause) =>
        cause.reasons.some((reason) => reason._tag === "Fail" && isNotServed(reason.error))
          ? singles
          : Effect.sync(() => {
            for (const entry of entries) entry.completeUnsafe(Exit.failCause(cause))
          })
    })
  )
}

/** One batch for each client and authorization: a request carries one person's token. */
const resolver = RequestResolver.makeWith<GetTrack>({
  batchKey: clientOf,
  delay: Effect.yieldNow,
  collectWhile: (entries) => entries.size < batchSize,
  runAll: (entries) => {
    const groups: Array<[Entry, ...Array<Entry>]> = []
    for (const entry of entries) {
      const group = groups.find(([first]) => alike(first, entry))
      if (group === undefined) groups.push([entry])
      else group.push(entry)
    }
    return Effect.forEach(groups, answer, { concurrency: "unbounded", discard: true })
  }
})

export const batched = (
  client: SpotifyClient.Service,
  id: TrackId,
  market: Market | undefined
): Effect.Effect<Track, SpotifyError | AuthError> =>
  Effect.provideService(Effect.request(new GetTrack({ id, market }), resolver), SpotifyClient.SpotifyClient, client)
