/** In a browser: a sign-in with PKCE, then a track and the person's profile. */
import * as Profile from "@app/api/Profile"
import * as SpotifyClient from "@app/api/SpotifyClient"
import * as Tracks from "@app/api/Tracks"
import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"

const app = { server: Providers.spotify, client: { clientId: "client" } }

const program = Effect.gen(function*() {
  const signIn = yield* AuthorizationRequest.make({ ...app, redirectUri: "https://example.com/callback" })
  const grant = yield* signIn.handleCallback(yield* Effect.promise(() => shown(signIn.url)))
  const tokens = yield* TokenService.TokenService
  yield* tokens.authorize(grant)
  const me = yield* Profile.me
  const track = yield* Tracks.get("11dFghVXANMlKmJXsNCbNl")
  document.title = `${me.displayName}: ${track.name}`
})

/** The callback that the popup has come to. */
const shown = (url: URL): Promise<string> => {
  const popup = open(url)
  return new Promise((resolve) => addEventListener("message", () => resolve(popup?.location.href ?? "")))
}

const Spotify = SpotifyClient.layer().pipe(
  Layer.provideMerge(TokenService.layer(app)),
  Layer.provide([TokenStore.layerMemory, FetchHttpClient.layer])
)

void Effect.runPromise(
  Effect.provide(program, [Spotify, SecureRandom.layerWebCrypto, Digest.layerWebCrypto])
)
