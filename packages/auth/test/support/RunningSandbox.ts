/** The sandbox as a running server: an authorization server with Spotify's habits. */
import * as Providers from "@app/auth/Providers"
import { Sandbox } from "@app/sandbox"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import { RunningServer, type Settings } from "./RunningServer.ts"

const make = Effect.map(Sandbox.Sandbox, (sandbox) => {
  const { accountsUrl, apiUrl, client: { clientId, clientSecret, redirectUri } } = sandbox
  return RunningServer.of({
    server: Providers.spotify.at(accountsUrl),
    publicClient: { clientId },
    confidentialClient: { clientId, clientSecret },
    redirectUri,
    agree: (url) => Effect.orDie(sandbox.approve(url)),
    decline: (url) => Effect.orDie(sandbox.deny(url)),
    revokeAll: Effect.andThen(sandbox.revokeAccessTokens, sandbox.revokeRefreshTokens),
    honours: ({ value }) =>
      HttpClientRequest.get(`${apiUrl}/me`).pipe(
        HttpClientRequest.bearerToken(value),
        HttpClient.execute,
        Effect.map(({ status }) => status === 200),
        Effect.orDie,
        Effect.provide(FetchHttpClient.layer)
      ),
    tokenRequests: Effect.map(
      sandbox.requests,
      (requests) =>
        requests.flatMap(({ grantType, refreshToken, route, status }) =>
          route === "POST /api/token" && grantType !== null && status !== null
            ? { grantType, refreshToken: refreshToken ?? undefined, status }
            : []
        )
    )
  })
})

/** A sandbox of its own, and the server it is. */
export const layer = (settings: Settings = {}): Layer.Layer<RunningServer | Sandbox.Sandbox> =>
  Layer.effect(RunningServer, make).pipe(
    Layer.provideMerge(Layer.orDie(Sandbox.layer({
      ...(settings.accessTokenLifetime !== undefined && { accessTokenLifetime: settings.accessTokenLifetime }),
      rotateRefreshTokens: settings.rotatesRefreshTokens ?? false
    })))
  )
