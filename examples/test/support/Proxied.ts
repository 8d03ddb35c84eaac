/**
 * A program that prints a track over the transport named by its argument, with a proxy from the environment.
 */
import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
import * as SpotifyClient from "@app/api/SpotifyClient"
import * as Tracks from "@app/api/Tracks"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { EnvHttpProxyAgent } from "@effect/platform-node/Undici"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"

const ProxyAgent = Layer.effect(
  NodeHttpClient.Dispatcher,
  Effect.acquireRelease(
    Effect.sync(() => new EnvHttpProxyAgent()),
    (agent) => Effect.promise(() => agent.destroy())
  )
)

const transports = {
  UndiciHttpClient: Layer.provide(UndiciHttpClient.layerNoDispatcher(), ProxyAgent),
  undici: Layer.provide(NodeHttpClient.layerUndiciNoDispatcher, ProxyAgent),
  "node:http": NodeHttpClient.layerNodeHttpOptions({ proxyEnv: process.env }),
  fetch: FetchHttpClient.layer
}

const isTransport = (name: string | undefined): name is keyof typeof transports =>
  name !== undefined && name in transports

const [, , name] = process.argv

const Spotify = SpotifyClient.layerConfig().pipe(
  Layer.provide(TokenService.layerConfig()),
  Layer.provide([TokenStore.layerMemory, transports[isTransport(name) ? name : "fetch"]])
)

Tracks.get("11dFghVXANMlKmJXsNCbNl").pipe(
  Effect.flatMap(({ name }) => Console.log(name)),
  Effect.provide(Spotify),
  NodeRuntime.runMain
)
