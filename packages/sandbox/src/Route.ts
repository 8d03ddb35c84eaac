/**
 * The requests of Spotify's that the sandbox answers, by the names used for faults and in the log: two of the Accounts
 * service, and every operation of the contract of `@app/api`.
 */
import * as Annotations from "@app/api/contract/Annotations"
import { SpotifyApi } from "@app/api/contract/SpotifyApi"
import * as Context from "effect/Context"
import * as HttpApi from "effect/http-api/HttpApi"
import type * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as FindMyWay from "effect/http/FindMyWay"
import * as Schema from "effect/Schema"

type Groups = typeof SpotifyApi extends HttpApi.HttpApi<infer _Id, infer Group> ? Group : never

/** A path as Spotify's reference writes it: `/tracks/{id}` for `/tracks/:id`. */
type Template<Path extends string> = Path extends `${infer Head}:${infer Name}/${infer Tail}`
  ? `${Head}{${Name}}/${Template<Tail>}`
  : Path extends `${infer Head}:${infer Name}` ? `${Head}{${Name}}`
  : Path

type NameOf<Endpoint> = Endpoint extends
  { readonly method: infer Method extends string; readonly path: infer Path extends string }
  ? `${Method} /v1${Template<Path>}`
  : never

/**
 * An operation of the Web API, such as `GET /v1/tracks/{id}`.
 *
 * @category models
 * @since 0.1.0
 */
export type WebApiRoute = NameOf<HttpApiGroup.Endpoints<Groups>>

/**
 * A request the sandbox knows.
 *
 * @category models
 * @since 0.1.0
 */
export type Route = "GET /authorize" | "POST /api/token" | WebApiRoute

/**
 * What the contract says of an operation of the Web API.
 *
 * @category models
 * @since 0.1.0
 */
export interface Operation {
  readonly route: WebApiRoute
  /** A token has to have one of these; none, and any token will do. */
  readonly scopes: ReadonlyArray<string>
  readonly servedTo: Annotations.Audience
  /** Operations of one name share a quota. */
  readonly bucket: string
}

const router = FindMyWay.make<Operation>({
  caseSensitive: true,
  ignoreDuplicateSlashes: false,
  ignoreTrailingSlash: false,
  maxParamLength: 2000
})

const operations: Array<Operation> = []

HttpApi.reflect(SpotifyApi, {
  onGroup: () => {},
  onEndpoint: ({ endpoint, group, mergedAnnotations }) => {
    const { method, path } = endpoint
    const operation: Operation = {
      // `NameOf`, done to the values of the same endpoints.
      route: `${method} /v1${path.replace(/:(\w+)/g, "{$1}")}` as WebApiRoute,
      scopes: Context.get(mergedAnnotations, Annotations.Scopes).anyOf,
      servedTo: Context.get(mergedAnnotations, Annotations.Audience),
      bucket: Context.get(mergedAnnotations, Annotations.QuotaBucket) ?? group.identifier
    }
    operations.push(operation)
    router.on(method, `/v1${path}`, operation)
  }
})

/**
 * Schema of {@link Route}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Route = Schema.Literals<ReadonlyArray<Route>>([
  "GET /authorize",
  "POST /api/token",
  ...operations.map(({ route }) => route)
])

/**
 * What is served at a path of the Accounts service: one of Spotify's routes, or the answer to its consent page.
 *
 * @category routing
 * @since 0.1.0
 */
export const onAccounts = (
  method: string,
  path: string
): "GET /authorize" | "POST /authorize" | "POST /api/token" | undefined => {
  if (path === "/authorize") {
    return method === "GET"
      ? "GET /authorize"
      : method === "POST"
      ? "POST /authorize"
      : undefined
  }
  return path === "/api/token" && method === "POST" ? "POST /api/token" : undefined
}

/**
 * What is served at a path of the Web API, and the parameters in the path, decoded. An id is whatever stands in its
 * place, well-formed or not.
 *
 * @category routing
 * @since 0.1.0
 */
export const onWebApi = (
  method: string,
  path: string
): { readonly operation: Operation; readonly params: Readonly<Record<string, string | undefined>> } | undefined => {
  const found = router.find(method, path)
  return found === undefined ? undefined : { operation: found.handler, params: found.params }
}
