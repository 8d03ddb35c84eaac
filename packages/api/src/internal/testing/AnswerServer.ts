/** A Web API without sockets: reads requests and writes responses by the contract, and answers from a record. */
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Schema from "effect/Schema"
import { SpotifyApi } from "../../contract/SpotifyApi.ts"
import * as Operation from "../call/Operation.ts"
import type { Answers } from "./Answers.ts"
import * as Failure from "./Failure.ts"
import { missing } from "./ModelAnswers.ts"

/** The address that the server seems to have; no name of this kind exists (RFC 6761 §6.2). */
export const apiUrl = "https://spotify.test"

// =============================================================================
// Routes
// =============================================================================

interface Route {
  readonly operation: string
  readonly method: string
  readonly path: RegExp
  readonly endpoint: HttpApiEndpoint.Top
  /** The status of a success, and how its body is written, where it has one. */
  readonly status: number
  readonly body: Schema.Top | undefined
}

const routes: Array<Route> = []

HttpApi.reflect(SpotifyApi, {
  onGroup: () => {},
  onEndpoint: ({ endpoint, group, successes }) => {
    const [[status, [schema]] = [200, [Schema.Void]]] = Array.from(successes)
    routes.push({
      operation: Operation.nameOf(group, endpoint.identifier),
      method: endpoint.method,
      path: new RegExp(`^${endpoint.path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`),
      endpoint,
      status,
      body: HttpApiSchema.isNoContent(schema.ast) ? undefined : schema
    })
  }
})

const routeOf = (method: string, { pathname }: URL): Route | undefined =>
  routes.find((route) => route.method === method && route.path.test(pathname))

/** Names the operation that a request is for, such as `tracks.get`. */
export const operationOf = (method: string, url: URL): string => routeOf(method, url)?.operation ?? ""

// =============================================================================
// Responding
// =============================================================================

/** No schema of the contract needs services, which the type of all of them cannot say. */
const serviceless = (schema: Schema.Top) => schema as Schema.Codec<unknown, unknown>

const read = (schema: Schema.Top | undefined, value: unknown): Effect.Effect<unknown> =>
  schema === undefined ? Effect.undefined : Effect.orDie(Schema.decodeUnknownEffect(serviceless(schema))(value))

/** Reads a request as its endpoint's `params`, `query` and `payload`. The client writes them by the same contract. */
const argumentsOf = ({ endpoint, path }: Route, request: HttpClientRequest.HttpClientRequest, url: URL) => {
  const [payload] = Array.from(endpoint.payload.values(), ({ schemas }) => schemas).flat()
  const { body } = request
  const sent: unknown = body._tag === "Uint8Array" ? JSON.parse(new TextDecoder().decode(body.body)) : undefined
  const segments = Object.entries(path.exec(url.pathname)?.groups ?? {})
  return Effect.all({
    params: read(endpoint.params, Object.fromEntries(segments.map(([name, text]) => [name, decodeURIComponent(text)]))),
    query: read(endpoint.query, Object.fromEntries(url.searchParams)),
    payload: read(payload, sent)
  })
}

/** Responds to a request with what one of the answers gives. */
export const respond = (
  answers: Answers,
  request: HttpClientRequest.HttpClientRequest,
  url: URL
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> => {
  const route = routeOf(request.method, url)
  if (route === undefined) return Failure.play(Failure.Status({ status: 404 }), request)
  // Each takes what its own endpoint reads, which the type of all of them cannot say.
  const answer = (answers as Readonly<Record<string, (given: unknown) => Effect.Effect<unknown, Failure.Failure>>>)[
    route.operation
  ]
  if (answer === undefined) return missing(route.operation, `answers: { "${route.operation}": … }`)
  return argumentsOf(route, request, url).pipe(
    Effect.flatMap(answer),
    Effect.matchEffect({
      onFailure: (failure) => Failure.play(failure, request),
      onSuccess: (value) => {
        const { body, status } = route
        const written = body === undefined
          ? Effect.succeed(null)
          : Effect.map(
            Effect.orDie(Schema.encodeUnknownEffect(serviceless(body))(value)),
            (json) => JSON.stringify(json)
          )
        return Effect.map(
          written,
          (text) =>
            HttpClientResponse.fromWeb(
              request,
              new Response(text, { status, headers: text === null ? {} : { "content-type": "application/json" } })
            )
        )
      }
    })
  )
}
