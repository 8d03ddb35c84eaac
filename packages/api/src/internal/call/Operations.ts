/** Types of the operations of a group of the contract, which `SpotifyClient` publishes. */
import type { AuthError } from "@app/auth/AuthError"
import type * as Effect from "effect/Effect"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import type * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import type * as SpotifyError from "../../SpotifyError.ts"

/**
 * The operations of one group of the contract, as a method each.
 *
 * **Details**
 *
 * A method takes the `params`, `query` and `payload` that its endpoint declares, and succeeds with the type of the
 * endpoint's `success`.
 *
 * @category models
 * @since 0.1.0
 */
export type Operations<Group extends HttpApiGroup.Constraint> = Group["endpoints"] extends
  infer Endpoints extends Readonly<Record<string, HttpApiEndpoint.ConstraintRequest>>
  ? { readonly [Id in keyof Endpoints]: Method<Endpoints[Id]> }
  : never

type Method<Endpoint extends HttpApiEndpoint.ConstraintRequest> = (
  request: Request<Endpoint>
) => Effect.Effect<Endpoint["~Success"]["Type"], Failure>

type Request<Endpoint extends HttpApiEndpoint.ConstraintRequest> = (
  & Part<"params", Endpoint["~Params"]["Type"]>
  & Part<"query", Endpoint["~Query"]["Type"]>
  & Part<"payload", Endpoint["~Payload"]["Type"]>
) extends infer Parts ? keyof Parts extends never ? void | Record<never, never> : Parts
  : never

type Part<Name extends string, Type> = [Type] extends [never] ? unknown : { readonly [Key in Name]: Type }

/**
 * The errors of a method of `Operations`.
 *
 * @category models
 * @since 0.1.0
 */
export type Failure = SpotifyError.SpotifyError | AuthError
