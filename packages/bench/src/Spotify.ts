/**
 * Our client as a program builds it, with a real token service over the server's token endpoint.
 */
import * as SpotifyClient from "@app/api/SpotifyClient"
import type * as AuthorizationServer from "@app/auth/AuthorizationServer"
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Transport } from "./Transports.ts"

export const client = { clientId: "client", clientSecret: Redacted.make("secret") }

export const server = (origin: string): AuthorizationServer.AuthorizationServer => Providers.spotify.at(origin)

export const Tokens = (origin: string, transport: Transport) =>
  TokenService.layer({ client, server: server(origin), grant: Grant.ClientCredentials({}) }).pipe(
    Layer.provide([TokenStore.layerMemory, transport])
  )

export const layer = (origin: string, transport: Transport, options?: SpotifyClient.Options) =>
  SpotifyClient.layer({ apiUrl: `${origin}/v1`, ...options }).pipe(
    Layer.provide([Tokens(origin, transport), transport])
  )
