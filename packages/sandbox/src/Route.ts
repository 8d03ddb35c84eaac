/**
 * The routes of Spotify that the sandbox serves, by the names that faults and the log use.
 *
 * **Details**
 *
 * A name is a method and a path, such as `GET /v1/tracks/{id}`. Two routes belong to the Accounts service; the others are
 * the operations of the contract of `@app/api`.
 */
import * as Annotations from "@app/api/contract/Annotations"
import { SpotifyApi } from "@app/api/contract/SpotifyApi"
import * as Context from "effect/Context"
import * as HttpApi from "effect/http-api/HttpApi"
import type * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as FindMyWay from "effect/http/FindMyWay"
import * as Schema from "effect/Schema"

// =============================================================================
// Model
// =============================================================================

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
 * A route of the Accounts service or of the Web API.
 *
 * @category models
 * @since 0.1.0
 */
export type Route = "GET /authorize" | "POST /api/token" | WebApiRoute

/**
 * An operation of the Web API, as the contract describes it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Operation {
  readonly route: WebApiRoute
  /** Groups of scopes, of each of which the token needs at least one; empty when any token is accepted. */
  readonly scopes: ReadonlyArray<ReadonlyArray<string>>
  /** Apps that the operation is served to. */
  readonly servedTo: Annotations.Audience
  /** Name of the quota, which all operations with the same bucket share. */
  readonly bucket: string
}

// =============================================================================
// Routing
// =============================================================================

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
      // The same rule as the type `NameOf`, applied to the values of the same endpoints.
      route: `${method} /v1${path.replace(/:(\w+)/g, "{$1}")}` as WebApiRoute,
      scopes: Context.get(mergedAnnotations, Annotations.Scopes).required,
      servedTo: Context.get(mergedAnnotations, Annotations.Audience),
      bucket: Context.get(mergedAnnotations, Annotations.QuotaBucket) ?? group.identifier
    }
    operations.push(operation)
    router.on(method, `/v1${path}`, operation)
  }
})

/**
 * Schema of {@link Route}, which accepts the names of existing routes alone.
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
 * Finds the route of a request to the Accounts service: one of Spotify's, or the form of the consent page.
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
 * Finds the operation of a request to the Web API, with the decoded parameters of the path.
 *
 * **Gotchas**
 *
 * A parameter may be any text: operations check whether an id is well-formed.
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
