/**
 * Groups of the contract's endpoints: the sections of Spotify's reference.
 *
 * @see https://developer.spotify.com/documentation/web-api
 */
import type * as Schema from "effect/Schema"
import type * as Endpoint from "./Endpoint.ts"

/**
 * A group of endpoints by their identifiers.
 *
 * @category models
 * @since 0.1.0
 */
export interface EndpointGroup<out Identifier extends string, out Endpoints> {
  readonly identifier: Identifier
  readonly endpoints: Endpoints
}

/**
 * A group that a client can call: an `EndpointGroup` or an `HttpApiGroup` of Effect's.
 *
 * @category models
 * @since 0.1.0
 */
export interface Constraint {
  readonly identifier: string
  readonly endpoints: Readonly<Record<string, { readonly identifier: string; readonly "~Success": Schema.Constraint }>>
}

/**
 * Makes a group of endpoints, each under its own identifier.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <
  const Identifier extends string,
  const Endpoints extends { readonly [Id in keyof Endpoints]: Endpoint.Top & { readonly identifier: Id } }
>(identifier: Identifier, endpoints: Endpoints): EndpointGroup<Identifier, Endpoints> => ({ identifier, endpoints })
