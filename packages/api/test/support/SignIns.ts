/**
 * An Accounts service and a Web API without sockets, at which people sign in one after the other. Every answer of the API
 * says whose token it was asked for with, and so does the log.
 */
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as SpotifyClient from "../../src/SpotifyClient.ts"
import * as Answers from "./Answers.ts"

export interface Request {
  readonly at: number
  /** Whose token it bears. */
  readonly whose: string
  readonly bearer: string
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
}

export interface Outcome {
  readonly status: number
  readonly headers?: Record<string, string>
}

export const apiLatency = 400
export const tokenLatency = 100

/** The `Cache-Control` of responses, for callers with a cache. */
const fresh = { "cache-control": "private, max-age=600" }

/** The number of rows of a list here, two a page. */
export const listLength = 8

/** The outcomes of the API's requests, in turn; those beyond succeed. */
export const make = (...outcomes: ReadonlyArray<Outcome>) => {
  const requests: Array<Request> = []
  let issued = 0

  const form = (request: HttpClientRequest.HttpClientRequest): URLSearchParams =>
    new URLSearchParams(
      request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
    )

  const issue = (request: HttpClientRequest.HttpClientRequest) => {
    const sent = form(request)
    const whose = sent.get("code") ?? (sent.get("refresh_token") ?? "").replace("refresh-", "")
    issued += 1
    return Response.json({
      access_token: `${whose}-${issued}`,
      token_type: "Bearer",
      expires_in: 3600,
      refresh_token: `refresh-${whose}`
    })
  }

  const rowsFrom = (offset: number, whose: string) => ({
    href: "",
    limit: 2,
    offset,
    total: listLength,
    previous: null,
    next: offset + 2 < listLength ? `https://api.spotify.com/v1/me/tracks?offset=${offset + 2}&limit=2` : null,
    items: [0, 1].map((row) => ({
      added_at: "2026-11-24T00:00:00Z",
      track: { ...Answers.developmentTrack, id: `row${String(offset + row).padStart(19, "0")}`, name: whose }
    }))
  })

  const answer = ({ path, query, whose }: Request): unknown => {
    if (path === "/me") return { ...Answers.developmentUser, display_name: whose }
    if (path === "/me/tracks") return rowsFrom(Number(query.get("offset") ?? 0), whose)
    if (path === "/me/library/contains") return (query.get("uris") ?? "").split(",").map(() => false)
    const ids = query.get("ids")
    const track = (id: string) => ({ ...Answers.extendedTrack, id, name: whose })
    return path === "/tracks" && ids !== null
      ? { tracks: ids.split(",").map(track) }
      : track(path.replace("/tracks/", ""))
  }

  const client = HttpClient.make((request, url) =>
    Effect.gen(function*() {
      if (url.pathname === "/api/token") {
        yield* Effect.sleep(tokenLatency)
        return HttpClientResponse.fromWeb(request, issue(request))
      }
      const bearer = (request.headers["authorization"] ?? "").replace("Bearer ", "")
      const asked: Request = {
        at: yield* Clock.currentTimeMillis,
        whose: bearer.replace(/-\d+$/, ""),
        bearer,
        method: request.method,
        path: url.pathname.replace("/v1", ""),
        query: url.searchParams
      }
      const { headers = {}, status } = outcomes[requests.length] ?? { status: 200 }
      requests.push(asked)
      yield* Effect.sleep(apiLatency)
      const body = status === 200 ? answer(asked) : { error: { status, message: "no" } }
      return HttpClientResponse.fromWeb(request, Response.json(body, { status, headers: { ...fresh, ...headers } }))
    })
  )
  const transport = Layer.succeed(HttpClient.HttpClient, client)

  /** A client whose tokens begin with nothing, or with a refresh token that the program was configured with. */
  const layer = (options?: SpotifyClient.Options & { readonly configured?: string | undefined }) =>
    Layer.orDie(SpotifyClient.layer(options)).pipe(
      Layer.provideMerge(Layer.orDie(TokenService.layer({
        client: { clientId: "client" },
        server: Providers.spotify,
        ...(options?.configured !== undefined && {
          grant: Grant.RefreshToken({ refreshToken: Redacted.make(`refresh-${options.configured}`) })
        })
      }))),
      Layer.provide([TokenStore.layerMemory, transport])
    )

  /** A client with these tokens. */
  const layerWith = (tokens: Layer.Layer<TokenService.TokenService>, options?: SpotifyClient.Options) =>
    Layer.orDie(SpotifyClient.layer(options)).pipe(Layer.provide([tokens, transport]))

  return { requests, layer, layerWith }
}

/** Signs in whoever this is, in place of whoever is signed in. */
export const signIn = (whose: string) =>
  TokenService.TokenService.use((tokens) =>
    tokens.authorize(
      Grant.AuthorizationCode({ code: Redacted.make(whose), redirectUri: "http://127.0.0.1:8888/callback" })
    )
  )

export const signOut = TokenService.TokenService.use((tokens) => tokens.signOut)
