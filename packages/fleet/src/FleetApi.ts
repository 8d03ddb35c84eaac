/**
 * The contract of a fleet's HTTP API, of which its server, its client and its OpenAPI document are made.
 */
import * as HttpApi from "effect/http-api/HttpApi"
import * as OpenApi from "effect/http-api/OpenApi"
import { AccountsApi } from "./contract/AccountsApi.ts"
import { AdminApi } from "./contract/AdminApi.ts"
import { SignInsApi } from "./contract/SignInsApi.ts"
import { TokensApi } from "./contract/TokensApi.ts"

/**
 * The contract of all routes that need a service key.
 *
 * **Details**
 *
 * Health and metrics are no part of it: they have a port of their own.
 *
 * @category contracts
 * @since 0.1.0
 */
export class FleetApi extends HttpApi.make("token-fleet")
  .add(TokensApi)
  .add(AccountsApi)
  .add(SignInsApi)
  .add(AdminApi)
  .annotateMerge(OpenApi.annotations({
    title: "Token fleet",
    version: "1",
    description: "Access tokens of many accounts, kept fresh. Every route needs a service key."
  }))
{}

/**
 * Returns the OpenAPI document of the contract, which the package has as `openapi.json`.
 *
 * @category accessors
 * @since 0.1.0
 */
export const openApi = (): OpenApi.OpenAPISpec => OpenApi.fromApi(FleetApi)
