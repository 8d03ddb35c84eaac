/** Types of the operations of a group of the contract, which `SpotifyClient` publishes. */
import type { AuthError } from "@app/auth/AuthError"
import type * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as EndpointGroup from "../../contract/EndpointGroup.ts"
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
export type Operations<Group extends EndpointGroup.Constraint> = Group["endpoints"] extends
  infer Endpoints extends Readonly<Record<string, Endpoint>>
  ? { readonly [Id in keyof Endpoints]: Method<Endpoints[Id]> }
  : never

/** The types of an endpoint of the contract, or of an `HttpApiEndpoint`. */
interface Endpoint {
  readonly "~Params": Schema.Constraint
  readonly "~Query": Schema.Constraint
  readonly "~Payload": Schema.Constraint
  readonly "~Success": Schema.Constraint
}

type Method<E extends Endpoint> = (request: Request<E>) => Effect.Effect<E["~Success"]["Type"], Failure>

type Request<E extends Endpoint> = (
  & Part<"params", E["~Params"]["Type"]>
  & Part<"query", E["~Query"]["Type"]>
  & Part<"payload", E["~Payload"]["Type"]>
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

/**
 * Options of a single call.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallOptions {
  /**
   * The path and query below `apiUrl` to request in place of the operation's own, such as those of a page's `next`. The
   * response is decoded as the operation's.
   */
  readonly follow?: string | undefined
  /**
   * Says that sending the request twice does no more than sending it once, or that it does. Default: as the contract says.
   *
   * **When to use**
   *
   * Use where the operation's method does not tell, as for a PUT that may replace the items of a playlist or move them.
   */
  readonly idempotent?: boolean | undefined
}
