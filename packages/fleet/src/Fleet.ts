/**
 * A whole process of a fleet over PostgreSQL: accounts, service keys, sign-ins, and the servers.
 */
import * as AuthError from "@app/auth/AuthError"
import * as SqlAuthorizationRequestStore from "@app/auth/SqlAuthorizationRequestStore"
import * as SqlSharedTokenStore from "@app/auth/SqlSharedTokenStore"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Apps from "./Apps.ts"
import * as FleetConfig from "./FleetConfig.ts"
import * as FleetServer from "./FleetServer.ts"
import type { FleetStore } from "./FleetStore.ts"
import * as ServiceKeys from "./ServiceKeys.ts"
import * as SqlFleetStore from "./SqlFleetStore.ts"

const unreachable = new AuthError.AuthError({
  reason: new AuthError.StoreFailed({
    operation: "read",
    kind: "Unavailable",
    place: "the database of DATABASE_URL",
    issue: "it does not accept the connection. Check the address, the user and the password"
  })
})

const tokenStoreOf = ({ database, isEncrypted, lease }: FleetConfig.FleetConfig) => {
  const options = { lease, createTable: database.createTables }
  if (!isEncrypted) return SqlSharedTokenStore.layer(options)
  return SqlSharedTokenStore.layerEncryptedConfig(options).pipe(
    Layer.catchTag("ConfigError", ({ message }) =>
      Layer.effectContext(Effect.fail(
        new AuthError.AuthError({
          reason: new AuthError.InvalidConfiguration({ setting: "TOKEN_ENCRYPTION_KEYS", issue: message })
        })
      )))
  )
}

/**
 * Layer that runs a process of a fleet until its scope ends.
 *
 * **Details**
 *
 * Any number of processes with the same database and the same apps serve the same accounts. `layer` uses the `HttpClient` in
 * context to reach authorization servers; `layerNode` brings one along.
 *
 * Fails with `StoreFailed` when the database cannot be reached or lacks a right, with `InvalidConfiguration` for a setting
 * that cannot be used, and with `DiscoveryFailed` when a provider's metadata cannot be read.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  config: FleetConfig.FleetConfig
): Layer.Layer<
  Apps.Apps | FleetServer.FleetServer | FleetStore | ServiceKeys.ServiceKeys,
  AuthError.AuthError,
  HttpClient.HttpClient
> => {
  const { connections, createTables, url } = config.database
  const Database = PgClient.layer({ url, maxConnections: connections, applicationName: "token-fleet" }).pipe(
    Layer.catchTag("SqlError", () => Layer.effectContext(Effect.fail(unreachable)))
  )
  const Stores = Layer.mergeAll(
    tokenStoreOf(config),
    SqlAuthorizationRequestStore.layer({ createTable: createTables }),
    SqlFleetStore.layer({ createTables })
  )
  const AllApps = Layer.unwrap(
    Effect.map(FleetConfig.registrations(config), (registrations) => Apps.layer(registrations, config.accounts))
  )
  return FleetServer.layer(config).pipe(
    Layer.provideMerge(Layer.merge(AllApps, ServiceKeys.layer({ adminKey: config.adminKey }))),
    Layer.provideMerge(Stores),
    Layer.provide(Database),
    Layer.provide(NodeCrypto.layer)
  )
}

/**
 * Layer like `layer`, with Node's HTTP client.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerNode = (
  config: FleetConfig.FleetConfig
): Layer.Layer<
  Apps.Apps | FleetServer.FleetServer | FleetStore | ServiceKeys.ServiceKeys,
  AuthError.AuthError
> => Layer.provide(layer(config), NodeHttpClient.layerUndici)
