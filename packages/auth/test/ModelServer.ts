/**
 * An authorization server in virtual time: it answers as it is told, keeps its own books, and writes down every breach
 * of contract by its client.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

/** How token requests are answered from now on. */
export const Behaviour = Schema.Struct({
  answer: Schema.Literals([
    "Token",
    "Token",
    "Token",
    "ServerError",
    "RateLimited",
    "NotFound",
    "Html",
    "Truncated",
    "Unreachable",
    "Hang",
    "InvalidGrant"
  ]),
  latencyMillis: Schema.Literals([0, 10, 100, 1000, 8000]),
  lifetimeSeconds: Schema.NullOr(Schema.Literals([2, 5, 20, 60, 600, 3600])),
  rotates: Schema.Boolean
})
export interface Behaviour extends Omit<typeof Behaviour.Type, "latencyMillis" | "lifetimeSeconds"> {
  readonly latencyMillis: number
  readonly lifetimeSeconds: number | null
}

export const working: Behaviour = { answer: "Token", latencyMillis: 100, lifetimeSeconds: 3600, rotates: false }

interface Issued {
  readonly bornAt: number
  readonly lifetimeMillis: number
}

export class ModelServer extends Context.Service<ModelServer, {
  readonly behave: (behaviour: Partial<Behaviour>) => Effect.Effect<void>
  /** How token requests are answered now. */
  readonly behaviour: () => Behaviour
  /** Token requests received. */
  readonly requests: () => number
  /** The most token requests that were ever in flight together. */
  readonly mostInFlight: () => number
  /** What the client must never do and did. */
  readonly breaches: () => ReadonlyArray<string>
  /** The refresh tokens it was sent, in order. */
  readonly refreshTokensSent: () => ReadonlyArray<string>
  /** Whether a token has outlived its lifetime, by a clock that nobody can set. */
  readonly hasOutlived: (accessToken: string) => Effect.Effect<boolean>
  readonly httpClient: HttpClient.HttpClient
}>()("test/ModelServer") {}

const monotonicMillis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)

const make = Effect.sync(() => {
  let behaviour: Behaviour = working
  let requests = 0
  let inFlight = 0
  let mostInFlight = 0
  let serial = 0
  let currentRefreshToken = "AQ-0"
  const breaches: Array<string> = []
  const refreshTokensSent: Array<string> = []
  const issued = new Map<string, Issued>()

  const answer = Effect.fnUntraced(function*(form: URLSearchParams, told: Behaviour) {
    const bornAt = yield* monotonicMillis
    if (told.answer === "Hang") return yield* Effect.never
    yield* Effect.sleep(told.latencyMillis)
    switch (told.answer) {
      case "ServerError":
        return new Response(null, { status: 503 })
      case "RateLimited":
        return new Response("slow down", { status: 429, headers: { "retry-after": "7" } })
      case "NotFound":
        return new Response("<html>not found</html>", { status: 404 })
      case "Html":
        return new Response("<html>welcome</html>", { status: 200 })
      case "Truncated":
        return new Response(`{"access_token":"BQ`, { status: 200 })
      case "InvalidGrant":
        return Response.json({ error: "invalid_grant", error_description: "Refresh token revoked" }, { status: 400 })
      case "Token": {
        serial += 1
        const accessToken = `BQ-${serial}`
        issued.set(accessToken, {
          bornAt,
          lifetimeMillis: told.lifetimeSeconds === null ? Infinity : told.lifetimeSeconds * 1000
        })
        const rotated = form.get("grant_type") !== "client_credentials" && told.rotates
        if (rotated) {
          currentRefreshToken = `AQ-${serial}`
        }
        return Response.json({
          access_token: accessToken,
          token_type: "Bearer",
          ...(told.lifetimeSeconds !== null && { expires_in: told.lifetimeSeconds }),
          ...(rotated && { refresh_token: currentRefreshToken })
        })
      }
      case "Unreachable":
        return "Unreachable"
    }
  })

  const httpClient = HttpClient.make((request) =>
    Effect.gen(function*() {
      const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
      const form = new URLSearchParams(body)
      const refreshToken = form.get("refresh_token")
      if (refreshToken !== null) {
        refreshTokensSent.push(refreshToken)
        if (refreshToken !== currentRefreshToken) {
          breaches.push(`sent ${refreshToken} instead of ${currentRefreshToken}`)
        }
      }
      requests += 1
      inFlight += 1
      mostInFlight = Math.max(mostInFlight, inFlight)
      const response = yield* Effect.ensuring(
        answer(form, behaviour),
        Effect.sync(() => {
          inFlight -= 1
        })
      )
      return response === "Unreachable"
        ? yield* new HttpClientError.HttpClientError({
          reason: new HttpClientError.TransportError({ request, cause: { code: "ECONNREFUSED" } })
        })
        : HttpClientResponse.fromWeb(request, response)
    })
  )

  return ModelServer.of({
    behave: (change) =>
      Effect.sync(() => {
        behaviour = { ...behaviour, ...change }
      }),
    behaviour: () => behaviour,
    requests: () => requests,
    mostInFlight: () => mostInFlight,
    breaches: () => breaches,
    refreshTokensSent: () => refreshTokensSent,
    hasOutlived: (accessToken) =>
      Effect.map(monotonicMillis, (now) => {
        const token = issued.get(accessToken)
        return token === undefined || now - token.bornAt >= token.lifetimeMillis
      }),
    httpClient
  })
})

/** The server, and the `HttpClient` that reaches it. */
export const layer: Layer.Layer<ModelServer | HttpClient.HttpClient> = Layer.effectContext(
  Effect.map(
    make,
    (server) => Context.make(ModelServer, server).pipe(Context.add(HttpClient.HttpClient, server.httpClient))
  )
)
