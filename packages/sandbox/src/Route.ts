/**
 * The four requests of Spotify's that the sandbox answers, by the name used for faults and in the log.
 */
import * as Schema from "effect/Schema"

/**
 * Schema of {@link Route}.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Route = Schema.Literals(["GET /authorize", "POST /api/token", "GET /v1/tracks/{id}", "GET /v1/me"])

/**
 * A request the sandbox knows: two of the Accounts service, two of the Web API.
 *
 * @category models
 * @since 0.1.0
 */
export type Route = typeof Route.Type

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
 * What is served at a path of the Web API. The id is whatever stands there, well-formed or not.
 *
 * @category routing
 * @since 0.1.0
 */
export const onWebApi = (
  method: string,
  path: string
): { readonly route: "GET /v1/tracks/{id}"; readonly id: string } | { readonly route: "GET /v1/me" } | undefined => {
  if (method !== "GET") return undefined
  if (path === "/v1/me") return { route: "GET /v1/me" }
  const id = /^\/v1\/tracks\/([^/]+)$/.exec(path)?.[1]
  return id === undefined ? undefined : { route: "GET /v1/tracks/{id}", id }
}
