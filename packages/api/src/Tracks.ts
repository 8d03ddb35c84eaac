/**
 * Tracks.
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
import type { AuthError } from "@app/auth/AuthError"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Ids from "./Ids.ts"
import type { Market } from "./Market.ts"
import * as SpotifyClient from "./SpotifyClient.ts"
import type { SpotifyError } from "./SpotifyError.ts"
import type { Track } from "./Track.ts"
import { TracksApi } from "./TracksApi.ts"

/**
 * One track.
 *
 * - `id`: an id, a `spotify:track:…` URI or an `https://open.spotify.com/track/…` link; anything else fails with
 *   `InvalidArgument` before a request is made.
 * - `market`: where it is to be played. With a person's token the country of their account wins. With one, `isPlayable`
 *   says whether it can be, and another release may stand in: then the answer's `id` differs from the one asked for.
 *
 * Fails with `NotFound` for an id that is nobody's. Needs no scope; the program's own token will do.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 * @category operations
 * @since 0.1.0
 */
export const get: (
  id: string,
  options?: { readonly market?: Market | undefined }
) => Effect.Effect<Track, SpotifyError | AuthError, SpotifyClient.SpotifyClient> = Effect.fn("Tracks.get")(
  function*(id, options) {
    const parsed = Ids.Track.parse(id)
    if (Result.isFailure(parsed)) return yield* parsed.failure
    const query = options?.market === undefined ? {} : { market: options.market }
    return yield* SpotifyClient.call(TracksApi, (tracks) => tracks.get({ params: { id: parsed.success }, query }))
  }
)
