/** Answers to operations of the contract, typed by it. */
import type * as Effect from "effect/Effect"
import type * as HttpApi from "effect/http-api/HttpApi"
import type * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import type { SpotifyApi } from "../../contract/SpotifyApi.ts"
import type * as SpotifyClient from "../../SpotifyClient.ts"
import type { Failure } from "./Failure.ts"

type Groups = typeof SpotifyApi extends HttpApi.HttpApi<infer _Id, infer Group> ? Group : never

/**
 * An operation of the contract, such as `tracks.get`.
 *
 * @category models
 * @since 0.1.0
 */
export type Operation = {
  [Group in Groups as Group["identifier"]]: `${Group["identifier"]}.${HttpApiGroup.Endpoints<Group>["identifier"]}`
}[Groups["identifier"]]

/**
 * Answers to operations, by their names: each takes the `params`, `query` and `payload` of the operation, and gives what its
 * response says, or a failure in its place.
 *
 * @category models
 * @since 0.1.0
 */
export type Answers = { readonly [Name in Operation]?: Answer<MethodOf<Name>> }

type Answer<Method> = Method extends (request: infer Request) => Effect.Effect<infer Success, infer _>
  ? (request: Request) => Effect.Effect<Success, Failure>
  : never

type MethodOf<Name extends Operation> = Name extends `${infer Id}.${infer Endpoint}`
  ? MethodIn<SpotifyClient.Operations<HttpApiGroup.WithIdentifier<Groups, Id>>, Endpoint>
  : never

type MethodIn<Operations, Endpoint> = Endpoint extends keyof Operations ? Operations[Endpoint] : never
