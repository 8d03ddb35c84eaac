/**
 * The contract of the Web API, from which clients, stand-in servers and an OpenAPI document are made.
 *
 * **Details**
 *
 * Every operation is here with its path, its parameters and its response; annotations say what it takes to call it.
 *
 * **Gotchas**
 *
 * This module holds all operations and the server's side of them. A program that calls a few of them imports their groups
 * (`TracksApi`, …) instead.
 *
 * @see https://developer.spotify.com/documentation/web-api
 */
import * as HttpApi from "effect/http-api/HttpApi"
import { AlbumsApi } from "./AlbumsApi.ts"
import { ArtistsApi } from "./ArtistsApi.ts"
import { AudioApi } from "./AudioApi.ts"
import { groupOf } from "./internal/HttpApiContract.ts"
import { LibraryApi } from "./LibraryApi.ts"
import { ProfileApi } from "./ProfileApi.ts"
import { RecommendationsApi } from "./RecommendationsApi.ts"
import { SearchApi } from "./SearchApi.ts"
import { TracksApi } from "./TracksApi.ts"

/**
 * The Web API, with paths relative to `https://api.spotify.com/v1`.
 *
 * @category contracts
 * @since 0.1.0
 */
export const SpotifyApi = HttpApi.make("spotify").add(
  groupOf(TracksApi),
  groupOf(ProfileApi),
  groupOf(LibraryApi),
  groupOf(AlbumsApi),
  groupOf(ArtistsApi),
  groupOf(SearchApi),
  groupOf(AudioApi),
  groupOf(RecommendationsApi)
)
