/**
 * `spotify-web-api-node`, handed a token. It knows no other API than Spotify's: what begins its requests is replaced by
 * what begins them for the server.
 */
import * as Effect from "effect/Effect"
import { createRequire } from "node:module"
import SpotifyWebApi from "spotify-web-api-node"
import { calls } from "../Calls.ts"
import type { MakeSubject } from "../Subject.ts"
import { accessToken } from "../Token.ts"

interface Builder {
  readonly withHost: (host: string) => Builder
  readonly withPort: (port: number) => Builder
  readonly withScheme: (scheme: string) => Builder
  readonly withAuth: (accessToken: string) => Builder
}

const trackOf = (result: unknown): unknown =>
  typeof result === "object" && result !== null ? Reflect.get(result, "body") : undefined

const require = createRequire(import.meta.url)

export const spotifyWebApiNode: MakeSubject = ({ concurrency, origin }) =>
  Effect.suspend(() => {
    const base: { readonly builder: () => Builder } = require("spotify-web-api-node/src/base-request")
    const beginning: { builder: (accessToken: string) => Builder } = require(
      "spotify-web-api-node/src/webapi-request"
    )
    const { hostname, port } = new URL(origin)
    beginning.builder = (accessToken) =>
      base.builder().withHost(hostname).withPort(Number(port)).withScheme("http").withAuth(accessToken)
    const api = new SpotifyWebApi({ accessToken })
    return calls(concurrency, (id) => api.getTrack(id), trackOf)
  })
