/**
 * Operations on tracks: look them up, and keep them in a person's library.
 *
 * **Details**
 *
 * Wherever an id is asked for, a `spotify:track:…` URI or an `https://open.spotify.com/track/…` link will do. Anything else
 * fails with `InvalidArgument` before a request is made.
 *
 * **Example** (A track as it is played in Germany)
 *
 * ```ts
 * import * as Tracks from "@app/api/Tracks"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const track = yield* Tracks.get("https://open.spotify.com/track/11dFghVXANMlKmJXsNCbNl", { market: "DE" })
 *   yield* Effect.log(`${track.name} by ${track.artists.map((artist) => artist.name).join(", ")}`)
 * })
 * ```
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Query from "./contract/internal/Query.ts"
import { maxIds, TrackLookups, TracksApi } from "./contract/TracksApi.ts"
import * as Ids from "./Ids.ts"
import * as AuthorizationBinding from "./internal/call/AuthorizationBinding.ts"
import { requireExtendedQuotaMode } from "./internal/call/QuotaGuard.ts"
import * as Batch from "./internal/list/Batch.ts"
import * as LibraryItems from "./internal/list/LibraryItems.ts"
import * as Lookup from "./internal/list/Lookup.ts"
import * as PagedList from "./internal/list/PagedList.ts"
import type { MarketOptions } from "./model/Market.ts"
import type { PageOptions } from "./model/Page.ts"
import type { SavedTrack, Track } from "./model/Track.ts"
import type { ExtendedQuotaMode } from "./QuotaMode.ts"
import * as SpotifyClient from "./SpotifyClient.ts"

// =============================================================================
// Looking up
// =============================================================================

const lookup = Lookup.make(TrackLookups, {
  id: Ids.Track,
  batchSize: maxIds,
  get: (tracks, id, market) => tracks.get({ params: { id }, query: Query.defined({ market }) }),
  getMany: (tracks, ids, market) =>
    Effect.map(tracks.getMany({ query: Query.defined({ ids, market }) }), ({ tracks }) => tracks)
})

/**
 * Looks up one track.
 *
 * **Details**
 *
 * Calls for the same track at the same time make one request. Where the app is known to be in Extended Quota Mode
 * (`SpotifyClient.layer({ quotaMode: "extended" })`), calls for different tracks do too, up to 50 of them. Fails with
 * `NotFound` for an id that is nobody's. Needs no scope; the program's own token will do.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 * @category operations
 * @since 0.1.0
 */
export const get = (
  id: string,
  options?: MarketOptions
): Effect.Effect<Track, SpotifyClient.Failure, SpotifyClient.SpotifyClient> => Lookup.get(lookup, id, options)

/**
 * Looks up any number of tracks, in the order of their ids.
 *
 * **Details**
 *
 * A track is `None` where its id is nobody's, and where it cannot be read. In Extended Quota Mode 50 ids make one request.
 * Development Mode has no such request since February 2026: there each id makes its own, `concurrency` at a time, 4 by
 * default. Where the mode is not known, the first request finds out. Needs no scope.
 *
 * **Gotchas**
 *
 * A text that is no id fails all of it, before a request is made.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-several-tracks
 * @category operations
 * @since 0.1.0
 */
export const getMany = (
  ids: ReadonlyArray<string>,
  options?: SpotifyClient.ManyOptions
): Effect.Effect<ReadonlyArray<Option.Option<Track>>, SpotifyClient.Failure, SpotifyClient.SpotifyClient> =>
  Lookup.getMany(lookup, ids, options)

// =============================================================================
// Library
// =============================================================================

/** Optional chaining, since JavaScript without types passes rows that are not there. */
const parseTimed = (track: { readonly id: string; readonly addedAt: DateTime.Utc }) =>
  Result.map(Ids.Track.parse(track?.id), (id) => ({ id, addedAt: track.addedAt }))

const ofTrack: LibraryItems.Read = (item) => Result.map(Ids.Track.parse(item), Ids.Track.uri)

/**
 * Lists the person's saved tracks, the latest first, with the time each was saved.
 *
 * **Details**
 *
 * Scope: `user-library-read`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-users-saved-tracks
 * @category operations
 * @since 0.1.0
 */
export const saved = (options?: MarketOptions & PageOptions): SpotifyClient.PagedStream<SavedTrack> =>
  PagedList.make(TracksApi, "saved", {
    from: options?.from,
    fetch: (saved) => saved({ query: Query.defined({ market: options?.market, limit: options?.pageSize ?? 50 }) })
  })

/**
 * Saves tracks as of now.
 *
 * **Details**
 *
 * Tracks that are saved already keep their time. See `Library.save`. Scope: `user-library-modify`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/save-library-items
 * @category operations
 * @since 0.1.0
 */
export const save = (
  ids: ReadonlyArray<string>
): Effect.Effect<void, SpotifyClient.Failure, SpotifyClient.SpotifyClient> => LibraryItems.save(ofTrack, ids)

/**
 * Saves tracks as of other times.
 *
 * **When to use**
 *
 * Use to move a library from one account to another: the times decide the order of its tracks.
 *
 * **Details**
 *
 * Not served in Development Mode: use `save` there. Scope: `user-library-modify`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/save-tracks-user
 * @category operations
 * @since 0.1.0
 */
export const saveAt: (
  tracks: ReadonlyArray<{ readonly id: string; readonly addedAt: DateTime.Utc }>
) => Effect.Effect<void, SpotifyClient.Failure, SpotifyClient.SpotifyClient | ExtendedQuotaMode> = Effect.fnUntraced(
  function*(tracks) {
    yield* Batch.each(
      yield* Batch.parseAll(parseTimed, tracks, "tracks"),
      maxIds,
      (timestampedIds) => SpotifyClient.call(TracksApi, (tracks) => tracks.saveAt({ payload: { timestampedIds } }))
    )
  },
  AuthorizationBinding.together,
  requireExtendedQuotaMode
)

/**
 * Removes tracks from the library.
 *
 * **Details**
 *
 * Tracks that are not saved stay so. See `Library.remove`. Scope: `user-library-modify`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/remove-library-items
 * @category operations
 * @since 0.1.0
 */
export const remove = (
  ids: ReadonlyArray<string>
): Effect.Effect<void, SpotifyClient.Failure, SpotifyClient.SpotifyClient> => LibraryItems.remove(ofTrack, ids)

/**
 * Reports for each track whether it is saved, in the order of the ids.
 *
 * **Details**
 *
 * See `Library.contains`. Scope: `user-library-read`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/check-library-contains
 * @category operations
 * @since 0.1.0
 */
export const isSaved = (
  ids: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<boolean>, SpotifyClient.Failure, SpotifyClient.SpotifyClient> =>
  LibraryItems.contains(ofTrack, ids)
