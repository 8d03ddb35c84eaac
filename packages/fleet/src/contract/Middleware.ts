/**
 * The middleware of every route: the check of the service key, and the reading of requests.
 */
import * as Context from "effect/Context"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import { InvalidRequest, Misconfigured, TooLarge, TryLater, Unauthorized } from "../FleetError.ts"
import type { Principal } from "../ServiceKey.ts"

/**
 * Service tag for whoever has sent the request.
 *
 * @category services
 * @since 0.1.0
 */
export class CurrentPrincipal extends Context.Service<CurrentPrincipal, Principal>()("@app/fleet/CurrentPrincipal") {}

/**
 * Middleware that demands a valid service key, before anything else of a request is read.
 *
 * @category middleware
 * @since 0.1.0
 */
export class ServiceAuthentication extends HttpApiMiddleware.Service<ServiceAuthentication, {
  provides: CurrentPrincipal
}>()("@app/fleet/ServiceAuthentication", {
  requiredForClient: true,
  security: { serviceKey: HttpApiSecurity.bearer },
  error: [Unauthorized, Misconfigured, TryLater]
}) {}

/** The server stops reading such a body, and answers without one. */
const tooLarge = TooLarge.pipe(HttpApiSchema.asNoContent({ decode: TooLarge.body }))

/**
 * Middleware that refuses requests that are not as the contract says, without repeating what they hold.
 *
 * @category middleware
 * @since 0.1.0
 */
export class RequestReading extends HttpApiMiddleware.Service<RequestReading>()("@app/fleet/RequestReading", {
  error: [InvalidRequest, tooLarge]
}) {}
