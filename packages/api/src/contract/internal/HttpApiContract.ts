/** Groups of the contract as those of Effect's `HttpApi`. */
import type * as Arrays from "effect/Array"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import type * as Endpoint from "../Endpoint.ts"
import type { EndpointGroup } from "../EndpointGroup.ts"
import { SpotifyMiddleware } from "../SpotifyMiddleware.ts"

type ToHttpApi<E> = E extends Endpoint.Endpoint<
  infer Identifier,
  infer Method,
  infer Path,
  infer Params,
  infer Query,
  infer Payload,
  infer Success
> ? HttpApiEndpoint.AddMiddleware<
    HttpApiEndpoint.HttpApiEndpoint<Identifier, Method, Path, Params, Query, Payload, never, Success>,
    SpotifyMiddleware
  >
  : never

const endpointOf = ({ annotations, identifier, method, params, path, payload, query, success }: Endpoint.Top) =>
  HttpApiEndpoint.make(method)(identifier, path, {
    params,
    query,
    payload: Array.from(payload.values(), ({ schemas }) => schemas).flat(),
    success: Array.from(success)
  }).annotateMerge(annotations).middleware(SpotifyMiddleware)

/** Makes the group with the same endpoints, whose clients need `SpotifyMiddleware`. */
export const groupOf = <const Identifier extends string, Endpoints extends Readonly<Record<string, Endpoint.Top>>>(
  { endpoints, identifier }: EndpointGroup<Identifier, Endpoints>
): HttpApiGroup.HttpApiGroup<Identifier, ToHttpApi<Endpoints[keyof Endpoints]>> => {
  const made: ReadonlyArray<unknown> = Object.values(endpoints).map(endpointOf)
  // A list cannot say that each endpoint has the types of the one it is made from.
  return HttpApiGroup.make(identifier).add(
    ...made as Arrays.NonEmptyReadonlyArray<ToHttpApi<Endpoints[keyof Endpoints]>>
  )
}
