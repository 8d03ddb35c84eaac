/**
 * A program as a user of the packages writes it: a person signs in to a local Spotify, and listens to a track.
 */
import { Profile, SpotifyClient, Tracks } from "@app/api"
import { AuthorizationRequest, Providers, TokenService, TokenStore } from "@app/auth"
import { Catalogue, Sandbox } from "@app/sandbox"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"

const listen = Effect.gen(function*() {
  const me = yield* Profile.me
  const track = yield* Tracks.get(Catalogue.ids.cutToTheFeeling)
  yield* Console.log(`${me.displayName} listens to ${track.name}`)
})

const Tokens = Layer.unwrap(Effect.gen(function*() {
  const { accountsUrl, approve, client: { clientId, redirectUri } } = yield* Sandbox.Sandbox
  const server = Providers.spotify.at(accountsUrl)
  const request = yield* AuthorizationRequest.make({ server, client: { clientId }, redirectUri })
  const grant = yield* request.handleCallback(yield* approve(request.url))
  return TokenService.layer({ server, client: { clientId }, grant })
}))

const Spotify = Layer.unwrap(Effect.map(Sandbox.Sandbox, ({ apiUrl }) => SpotifyClient.layer({ apiUrl }))).pipe(
  Layer.provide(Tokens),
  Layer.provide([TokenStore.layerMemory, SecureRandom.layerWebCrypto, Digest.layerWebCrypto, Sandbox.layer()])
)

export const run = <E>(transport: Layer.Layer<HttpClient.HttpClient, E>): void =>
  NodeRuntime.runMain(Effect.provide(listen, Layer.provide(Spotify, transport)))
