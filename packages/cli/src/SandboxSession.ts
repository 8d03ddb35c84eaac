/**
 * A session at a Spotify that runs within the command, ends with it, and knows nobody else.
 */
import * as FetchHttpClient from "@app/api/FetchHttpClient"
import * as SpotifyClient from "@app/api/SpotifyClient"
import * as Tracks from "@app/api/Tracks"
import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import * as Catalogue from "@app/sandbox/Catalogue"
import * as Sandbox from "@app/sandbox/Sandbox"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ExitCode } from "./ExitCode.ts"
import { CommandFailed } from "./Failure.ts"

/** Those of the commands, and the one that fills the library. */
const scopes = ["user-read-private", "user-library-read", "user-library-modify", "user-top-read"] as const

const failed = (error: { readonly message: string }) =>
  new CommandFailed({ code: ExitCode.other, issue: `The sandbox does not work: ${error.message}` })

/** Signs the sandbox's person in, and saves what they like, so that no list is empty. */
const begin = Effect.gen(function*() {
  const { accountsUrl, approve, client: { clientId, redirectUri } } = yield* Sandbox.Sandbox
  const request = yield* AuthorizationRequest.make({
    client: { clientId },
    server: Providers.spotify.at(accountsUrl),
    redirectUri,
    scopes
  })
  const callback = yield* approve(request.url)
  const grant = yield* request.handleCallback(callback.toString())
  const { authorize } = yield* TokenService.TokenService
  yield* authorize(grant)
  yield* Tracks.save(Catalogue.tracks.map(({ id }) => id))
})

const AtSandbox = Layer.unwrap(Effect.gen(function*() {
  const { accountsUrl, apiUrl, client: { clientId } } = yield* Sandbox.Sandbox
  const Client = SpotifyClient.layer({ apiUrl }).pipe(
    Layer.provideMerge(
      TokenService.layer({ client: { clientId }, server: Providers.spotify.at(accountsUrl), scopes })
    ),
    Layer.provide([TokenStore.layerMemory, FetchHttpClient.layer])
  )
  return Layer.provideMerge(Layer.effectDiscard(begin), Client)
}))

/** Layer with the session, whose failures are the program's own. */
export const layer: Layer.Layer<SpotifyClient.SpotifyClient | TokenService.TokenService, CommandFailed> = AtSandbox
  .pipe(
    Layer.provide([Sandbox.layer(), NodeCrypto.layer]),
    Layer.catch((error) => Layer.effectContext(Effect.fail(failed(error))))
  )
