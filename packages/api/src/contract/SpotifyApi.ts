/**
 * The contract of the Web API: every operation with its path, parameters and answer, and as annotations what it takes to
 * call it. Clients, stand-in servers and an OpenAPI document all come from it.
 *
 * A program that calls a few operations imports their groups (`TracksApi`, …), not this: it holds them all.
 */
import * as HttpApi from "effect/http-api/HttpApi"
import { AlbumsApi } from "./AlbumsApi.ts"
import { ArtistsApi } from "./ArtistsApi.ts"
import { AudioApi } from "./AudioApi.ts"
import { LibraryApi } from "./LibraryApi.ts"
import { ProfileApi } from "./ProfileApi.ts"
import { RecommendationsApi } from "./RecommendationsApi.ts"
import { SearchApi } from "./SearchApi.ts"
import { TracksApi } from "./TracksApi.ts"

/**
 * The Web API, relative to `https://api.spotify.com/v1`.
 *
 * @category contracts
 * @since 0.1.0
 */
export const SpotifyApi = HttpApi.make("spotify").add(
  TracksApi,
  ProfileApi,
  LibraryApi,
  AlbumsApi,
  ArtistsApi,
  SearchApi,
  AudioApi,
  RecommendationsApi
)
