/**
 * A server that keeps OAuth tokens of many accounts fresh, for services in any language, and its client.
 */

/**
 * The apps of a fleet, each with the accounts that it serves.
 */
export * as Apps from "./Apps.ts"

/**
 * A whole process of a fleet over PostgreSQL: accounts, service keys, sign-ins, and the servers.
 */
export * as Fleet from "./Fleet.ts"

/**
 * The contract of a fleet's HTTP API, of which its server, its client and its OpenAPI document are made.
 */
export * as FleetApi from "./FleetApi.ts"

/**
 * `Accounts` over a fleet's HTTP API, for services that hold neither a refresh token nor a database password.
 */
export * as FleetClient from "./FleetClient.ts"

/**
 * The settings of a fleet's server, from environment variables, each checked before anything starts.
 */
export * as FleetConfig from "./FleetConfig.ts"

/**
 * The errors of a fleet's API, each with its HTTP status, a sentence for people, and no secret.
 */
export * as FleetError from "./FleetError.ts"

/**
 * The metrics of a fleet's server, beside those of `TokenMetrics` in `@app/auth`.
 */
export * as FleetMetrics from "./FleetMetrics.ts"

/**
 * The HTTP server of a fleet: the routes of `FleetApi`, and nothing that answers without a service key.
 */
export * as FleetServer from "./FleetServer.ts"

/**
 * Storage for service keys and for sign-ins that have begun, beside the store of tokens.
 */
export * as FleetStore from "./FleetStore.ts"

/**
 * The names by which an account of a fleet is found: its tenant, its app, and the tenant's own name for it.
 */
export * as Names from "./Names.ts"

/**
 * Keys by which services sign in to a fleet: `fk_<id>_<secret>`, with a secret of 256 random bits.
 */
export * as ServiceKey from "./ServiceKey.ts"

/**
 * The keys by which services sign in to a fleet: made, checked, rotated and revoked.
 */
export * as ServiceKeys from "./ServiceKeys.ts"

/**
 * Service keys and sign-ins in a PostgreSQL database, in two tables beside that of the tokens.
 */
export * as SqlFleetStore from "./SqlFleetStore.ts"
