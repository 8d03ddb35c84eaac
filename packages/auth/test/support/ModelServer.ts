/**
 * An authorization server in virtual time: it answers as it is told, keeps its own books, and writes down every breach
 * of contract by its clients.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"

// =============================================================================
// Model
// =============================================================================

/** `Lost`: the server has issued, and rotated, but its answer is cut short. `TokenAgain`: what it issued last. */
export type Answer =
  | "Token"
  | "TokenAgain"
  | "ServerError"
  | "RateLimited"
  | "NotFound"
  | "Html"
  | "Truncated"
  | "Lost"
  | "Unreachable"
  | "Hang"
  | "InvalidGrant"

/** How token requests are answered from now on. */
export interface Behaviour {
  readonly answer: Answer
  readonly latencyMillis: number
  /** Null: the answer does not say. */
  readonly lifetimeSeconds: number | null
  readonly rotates: boolean
  /** What the answer says of scopes; absent: nothing. */
  readonly scope?: string | undefined
}

export const working: Behaviour = { answer: "Token", latencyMillis: 100, lifetimeSeconds: 3600, rotates: false }

/** What the server knows of an access token. */
interface Issued {
  readonly client: string
  readonly bornAt: number
  readonly lifetimeMillis: number
}

/** What a client must never do and did. */
export interface Breach {
  readonly invariant: "I4" | "I6" | "I7"
  readonly what: string
}

/** Which of its access tokens, counted from 1. */
export const serialOf = (accessToken: string): number => Number(accessToken.replace("BQ-", ""))

/** The credentials of the last answer that reached its client. */
export interface Delivered {
  /** Absent when only a refresh token is known. */
  readonly accessToken?: string | undefined
  readonly refreshToken: string
}

// =============================================================================
// Service
// =============================================================================

export class ModelServer extends Context.Service<ModelServer, {
  readonly behave: (behaviour: Partial<Behaviour>) => Effect.Effect<void>
  /** How token requests are answered now. */
  readonly behaviour: () => Behaviour
  /** Token requests received, of one client or of all. */
  readonly requests: (client?: string) => number
  /** The most token requests that were ever in flight together. */
  readonly mostInFlight: () => number
  readonly breaches: () => ReadonlyArray<Breach>
  /** The refresh tokens it was sent, in order. */
  readonly refreshTokensSent: () => ReadonlyArray<string>
  /** Whether a token has outlived its lifetime, by a clock that nobody can set. */
  readonly hasOutlived: (accessToken: string) => Effect.Effect<boolean>
  /** Which client was given a token. */
  readonly issuedTo: (accessToken: string) => string | undefined
  /** How many sign-ins it has ended. */
  readonly refusals: () => number
  readonly delivered: () => Delivered | undefined
  /** A refresh token out of a new sign-in. */
  readonly signIn: () => string
  /** Forgives a client that it goes on with an older credential: the newer one was lost with a disk. */
  readonly beginsAgain: (delivered: Delivered) => void
  /** A client begins to close: it may give up what it cannot finish in time. */
  readonly closes: (client: string) => Effect.Effect<void>
  /** What is kept of a verdict, for other clients to read: asked for with each one. */
  readonly verdictsAreShared: (shared: () => boolean) => void
  readonly httpClient: HttpClient.HttpClient
}>()("test/ModelServer") {}

const monotonicMillis = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)

/** A client that gives up a request sooner than this loses an answer it could have had. */
const requestTimeout = 30_000

const clientHeader = "x-test-client"

/** The same way to the server, as a client that it can tell from others. */
export const named = (name: string): (httpClient: HttpClient.HttpClient) => HttpClient.HttpClient =>
  HttpClient.mapRequest(HttpClientRequest.setHeader(clientHeader, name))

const make = Effect.sync(() => {
  let behaviour: Behaviour = working
  let serial = 0
  let signIns = 0
  let inFlight = 0
  let mostInFlight = 0
  let lastIssued = ""
  let delivered: Delivered | undefined
  let isShared = () => true
  const received: Array<{ readonly client: string; readonly refreshToken: string | null }> = []
  const issued = new Map<string, Issued>()
  /** The refresh tokens that a client has used or was given. */
  const known = new Set<string>()
  const superseded = new Set<string>()
  const closing = new Map<string, number>()
  const refused = new Map<string, { readonly clients: Set<string>; everyoneKnows: boolean }>()
  const breaches: Array<Breach> = []

  const receive = (client: string, refreshToken: string | null) => {
    received.push({ client, refreshToken })
    if (refreshToken === null) return
    known.add(refreshToken)
    if (superseded.has(refreshToken)) breaches.push({ invariant: "I6", what: `${refreshToken} was sent again` })
    const verdict = refused.get(refreshToken)
    if (verdict !== undefined && (verdict.everyoneKnows || verdict.clients.has(client))) {
      breaches.push({ invariant: "I7", what: `${refreshToken} was sent again after it had been refused` })
    }
  }

  const deliver = (answer: Delivered) => {
    delivered = answer
    known.add(answer.refreshToken)
    superseded.delete(answer.refreshToken)
    for (const other of known) if (other !== answer.refreshToken) superseded.add(other)
  }

  const condemn = (client: string, refreshToken: string) => {
    const verdict = refused.get(refreshToken) ?? { clients: new Set(), everyoneKnows: false }
    verdict.clients.add(client)
    verdict.everyoneKnows ||= isShared()
    refused.set(refreshToken, verdict)
  }

  const issue = (client: string, bornAt: number, told: Behaviour, refreshToken: string | null) => {
    serial += 1
    const accessToken = `BQ-${serial}`
    issued.set(accessToken, {
      client,
      bornAt,
      lifetimeMillis: told.lifetimeSeconds === null ? Infinity : told.lifetimeSeconds * 1000
    })
    return { accessToken, refreshToken: told.rotates && refreshToken !== null ? `AQ-${serial}` : refreshToken }
  }

  const answer = Effect.fnUntraced(function*(client: string, refreshToken: string | null, told: Behaviour) {
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
      case "Lost":
        issue(client, bornAt, told, refreshToken)
        return new Response(`{"access_token":"BQ`, { status: 200 })
      case "InvalidGrant":
        if (refreshToken !== null) condemn(client, refreshToken)
        return Response.json({ error: "invalid_grant", error_description: "Refresh token revoked" }, { status: 400 })
      case "Token": {
        const token = issue(client, bornAt, told, refreshToken)
        lastIssued = token.accessToken
        if (token.refreshToken !== null) deliver({ ...token, refreshToken: token.refreshToken })
        return Response.json({
          access_token: token.accessToken,
          token_type: "Bearer",
          ...(told.lifetimeSeconds !== null && { expires_in: told.lifetimeSeconds }),
          ...(told.scope !== undefined && { scope: told.scope }),
          ...(told.rotates && token.refreshToken !== null && { refresh_token: token.refreshToken })
        })
      }
      case "TokenAgain":
        return Response.json({ access_token: lastIssued, token_type: "Bearer", expires_in: 3600 })
      case "Unreachable":
        return undefined
    }
  })

  const httpClient = HttpClient.make((request) =>
    Effect.gen(function*() {
      const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
      const refreshToken = new URLSearchParams(body).get("refresh_token")
      const client = request.headers[clientHeader] ?? ""
      const receivedAt = yield* monotonicMillis
      receive(client, refreshToken)
      inFlight += 1
      mostInFlight = Math.max(mostInFlight, inFlight)
      const response = yield* answer(client, refreshToken, behaviour).pipe(
        Effect.onInterrupt(() =>
          Effect.map(monotonicMillis, (now) => {
            if (now - Math.min(receivedAt, closing.get(client) ?? receivedAt) < requestTimeout) {
              breaches.push({ invariant: "I4", what: `a request was given up after ${now - receivedAt} ms` })
            }
          })
        ),
        Effect.ensuring(Effect.sync(() => {
          inFlight -= 1
        }))
      )
      return response === undefined
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
    requests: (client) => received.filter((request) => client === undefined || request.client === client).length,
    mostInFlight: () => mostInFlight,
    breaches: () => breaches,
    refreshTokensSent: () => received.flatMap(({ refreshToken }) => refreshToken ?? []),
    hasOutlived: (accessToken) =>
      Effect.map(monotonicMillis, (now) => {
        const token = issued.get(accessToken)
        return token === undefined || now - token.bornAt >= token.lifetimeMillis
      }),
    issuedTo: (accessToken) => issued.get(accessToken)?.client,
    refusals: () => refused.size,
    delivered: () => delivered,
    signIn: () => {
      signIns += 1
      return `AQ-sign-in-${signIns}`
    },
    beginsAgain: deliver,
    closes: (client) => Effect.map(monotonicMillis, (now) => void closing.set(client, now)),
    verdictsAreShared: (shared) => {
      isShared = shared
    },
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
