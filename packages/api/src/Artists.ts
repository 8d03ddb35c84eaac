/**
 * Operations on artists.
 *
 * **Details**
 *
 * Wherever an id is asked for, a `spotify:artist:…` URI or an `https://open.spotify.com/artist/…` link will do. Anything
 * else fails with `InvalidArgument` before a request is made.
 *
 * **Example** (Names of an artist's most popular tracks)
 *
 * ```ts
 * import * as Artists from "@app/api/Artists"
 * import * as Effect from "effect/Effect"
 *
 * const names = Artists.topTracks("spotify:artist:2S5hlvw4CMtMGswFtfdK15").pipe(
 *   Effect.map((tracks) => tracks.map(({ name }) => name))
 * )
 * ```
 */
import * as Effect from "effect/Effect"
import { ArtistsApi } from "./contract/ArtistsApi.ts"
import * as Query from "./contract/internal/Query.ts"
import * as Ids from "./Ids.ts"
import { requireExtendedQuotaMode } from "./internal/call/QuotaGuard.ts"
import type { MarketOptions } from "./model/Market.ts"
import type { Track } from "./model/Track.ts"
import type { ExtendedQuotaMode } from "./QuotaMode.ts"
import * as SpotifyClient from "./SpotifyClient.ts"

// =============================================================================
// Tracks
// =============================================================================

/**
 * Looks up an artist's most popular tracks, about ten of them.
 *
 * **Details**
 *
 * Not served in Development Mode: use `Search.tracks` with `artist:"…"` there. Needs no scope. Fails with `NotFound` for an
 * id that is nobody's.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-an-artists-top-tracks
 * @category operations
 * @since 0.1.0
 */
export const topTracks: (
  artist: string,
  options?: MarketOptions
) => Effect.Effect<ReadonlyArray<Track>, SpotifyClient.Failure, SpotifyClient.SpotifyClient | ExtendedQuotaMode> =
  Effect.fnUntraced(
    function*(artist, options) {
      const id = yield* Effect.fromResult(Ids.Artist.parse(artist))
      const { tracks } = yield* SpotifyClient.call(
        ArtistsApi,
        (artists) => artists.topTracks({ params: { id }, query: Query.defined({ market: options?.market }) })
      )
      return tracks
    },
    requireExtendedQuotaMode
  )
