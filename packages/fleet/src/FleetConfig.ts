/**
 * The settings of a fleet's server, from environment variables, each checked before anything starts.
 */
import * as AuthError from "@app/auth/AuthError"
import { AuthorizationServer } from "@app/auth/AuthorizationServer"
import * as BaseUrl from "@app/auth/BaseUrl"
import type { Client } from "@app/auth/Client"
import * as Discovery from "@app/auth/Discovery"
import * as EnvironmentVariable from "@app/auth/EnvironmentVariable"
import * as Providers from "@app/auth/Providers"
import type * as SharedAccounts from "@app/auth/SharedAccounts"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Redacted from "effect/Redacted"
import type { Registration } from "./Apps.ts"
import * as Rules from "./internal/Rules.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * An app as the environment names it.
 *
 * @category models
 * @since 0.1.0
 */
export interface AppSettings {
  readonly name: string
  readonly client: Client
  readonly scopes: ReadonlyArray<string>
  /** The issuer whose metadata name its endpoints; undefined for Spotify. */
  readonly issuer: string | undefined
  /** Another base URL for Spotify's Accounts service. */
  readonly accountsUrl: string | undefined
  /** The time for which the provider accepts a rotated refresh token once more; undefined where that is unknown. */
  readonly refreshTokenGrace: Duration.Duration | undefined
}

/**
 * The settings of a fleet's server.
 *
 * @category models
 * @since 0.1.0
 */
export interface FleetConfig {
  readonly host: string
  readonly port: number
  readonly healthPort: number
  readonly maxLag: Duration.Duration
  readonly shutdownTimeout: Duration.Duration
  readonly database: {
    readonly url: Redacted.Redacted<string>
    readonly connections: number
    readonly createTables: boolean
  }
  readonly lease: Duration.Duration
  /** Whether `TOKEN_ENCRYPTION_KEYS` is set, so that tokens are encrypted at rest. */
  readonly isEncrypted: boolean
  readonly adminKey: Redacted.Redacted<string> | undefined
  readonly accounts: {
    readonly ahead: SharedAccounts.Ahead
    readonly keepAlive: Duration.Duration | undefined
    readonly refreshes: number
    readonly refreshRate: number
    readonly cache: number
  }
  readonly apps: ReadonlyArray<AppSettings>
}

// =============================================================================
// Reading
// =============================================================================

const invalid = (setting: string, issue: string, isMissing = false): Effect.Effect<never, AuthError.AuthError> =>
  Effect.fail(
    new AuthError.AuthError({
      reason: new AuthError.InvalidConfiguration({ setting, issue, ...(isMissing && { isMissing }) })
    })
  )

const variable = EnvironmentVariable.reader(invalid)

const required = <A>(name: string, rule: EnvironmentVariable.Rule<A>, issue: string) =>
  Effect.filterOrElse(
    variable(name, rule),
    (value): value is A => value !== undefined,
    () => invalid(name, issue, true)
  )

const orElse = <A>(name: string, rule: EnvironmentVariable.Rule<A>, otherwise: A) =>
  Effect.map(variable(name, rule), (value) => value ?? otherwise)

/** The beginning of the variables of an app. */
const prefixOf = (app: string): string => `FLEET_APP_${app.toUpperCase().replaceAll("-", "_")}`

const readApp = Effect.fnUntraced(function*(name: string): Effect.fn.Return<AppSettings, AuthError.AuthError> {
  const prefix = prefixOf(name)
  const clientId = yield* required(
    `${prefix}_CLIENT_ID`,
    Rules.credential,
    `Set it to the client id of the app ${name}, which FLEET_APPS names.`
  )
  const clientSecret = yield* variable(`${prefix}_CLIENT_SECRET`, Rules.credential)
  const issuer = yield* variable(`${prefix}_ISSUER`, BaseUrl.parse)
  const accountsUrl = yield* variable(`${prefix}_ACCOUNTS_URL`, BaseUrl.parse)
  if (issuer !== undefined && accountsUrl !== undefined) {
    return yield* invalid(
      `${prefix}_ACCOUNTS_URL`,
      `it is for Spotify, and ${prefix}_ISSUER names another provider. Set one of them.`
    )
  }
  return {
    name,
    client: {
      clientId,
      ...(clientSecret !== undefined && { clientSecret: Redacted.make(clientSecret, { label: "client secret" }) })
    },
    scopes: yield* orElse(`${prefix}_SCOPES`, Rules.scopes, []),
    issuer,
    accountsUrl,
    refreshTokenGrace: yield* variable(`${prefix}_REFRESH_TOKEN_GRACE`, Rules.duration("1 second", "1 day"))
  }
})

/**
 * Reads the settings of a fleet's server.
 *
 * **Details**
 *
 * | name | meaning | default |
 * | --- | --- | --- |
 * | `DATABASE_URL` | the PostgreSQL database | required |
 * | `FLEET_APPS` | the names of the apps, separated by commas | required |
 * | `FLEET_APP_<NAME>_CLIENT_ID` | the client id of an app, its name in capitals and with `_` for `-` | required |
 * | `FLEET_APP_<NAME>_CLIENT_SECRET` | its secret, for a confidential client | none |
 * | `FLEET_APP_<NAME>_ISSUER` | the issuer of another provider than Spotify, whose metadata are read at start | Spotify |
 * | `FLEET_APP_<NAME>_ACCOUNTS_URL` | another base URL for Spotify's Accounts service | Spotify's own |
 * | `FLEET_APP_<NAME>_SCOPES` | the scopes that sign-ins ask for where they name none | none |
 * | `FLEET_APP_<NAME>_REFRESH_TOKEN_GRACE` | the time for which a rotated refresh token is accepted once more | unknown |
 * | `FLEET_ADMIN_KEY` | a service key for all tenants with all rights | none |
 * | `TOKEN_ENCRYPTION_KEYS` | `id:secret` pairs to encrypt tokens at rest with, the newest first | tokens are not encrypted |
 * | `FLEET_HOST` | the address to listen on | `127.0.0.1` |
 * | `FLEET_PORT`, `FLEET_HEALTH_PORT` | the ports; 0 takes a free one | 8080, 8081 |
 * | `FLEET_AHEAD` | `always`, `on demand`, or the time within which an account was used to be refreshed ahead of time | `1 day` |
 * | `FLEET_KEEP_ALIVE` | the longest time without a refresh, also for accounts that nobody uses | none |
 * | `FLEET_REFRESHES`, `FLEET_REFRESH_RATE` | refreshes in flight, and begun within a second | 32, 50 |
 * | `FLEET_CACHE` | the accounts that stay in memory | 100,000 |
 * | `FLEET_LEASE` | the lease of a refresh | `10 seconds` |
 * | `FLEET_MAX_LAG` | the longest time for which a refresh may have been due while the process counts as ready | `1 minute` |
 * | `FLEET_SHUTDOWN_TIMEOUT` | the time that the end waits for requests in flight | `15 seconds` |
 * | `FLEET_DATABASE_CONNECTIONS` | the connections to the database | 6 |
 * | `FLEET_CREATE_TABLES` | whether missing tables are created | `true` |
 *
 * Fails with `InvalidConfiguration`, which names the variable, for the first one that is missing or invalid.
 *
 * @category constructors
 * @since 0.1.0
 */
export const read: Effect.Effect<FleetConfig, AuthError.AuthError> = Effect.gen(function*() {
  const url = yield* required(
    "DATABASE_URL",
    Rules.databaseUrl,
    "Set it to the PostgreSQL database, such as postgres://user:password@host:5432/database."
  )
  const names = yield* required(
    "FLEET_APPS",
    Rules.appNames,
    "Set it to names for your apps, separated by commas, such as spotify."
  )
  const adminKey = yield* variable("FLEET_ADMIN_KEY", Rules.serviceKey)
  const encryptionKeys = yield* variable("TOKEN_ENCRYPTION_KEYS", Rules.anyText)
  return {
    host: yield* orElse("FLEET_HOST", Rules.host, "127.0.0.1"),
    port: yield* orElse("FLEET_PORT", Rules.port, 8080),
    healthPort: yield* orElse("FLEET_HEALTH_PORT", Rules.port, 8081),
    maxLag: yield* orElse("FLEET_MAX_LAG", Rules.duration("1 second", "1 day"), Duration.minutes(1)),
    shutdownTimeout: yield* orElse(
      "FLEET_SHUTDOWN_TIMEOUT",
      Rules.duration("1 second", "10 minutes"),
      Duration.seconds(15)
    ),
    database: {
      url: Redacted.make(url, { label: "DATABASE_URL" }),
      connections: yield* orElse("FLEET_DATABASE_CONNECTIONS", Rules.integer(2, 1000), 6),
      createTables: yield* orElse("FLEET_CREATE_TABLES", Rules.flag, true)
    },
    lease: yield* orElse("FLEET_LEASE", Rules.duration("1 second", "5 minutes"), Duration.seconds(10)),
    isEncrypted: encryptionKeys !== undefined,
    adminKey: adminKey === undefined ? undefined : Redacted.make(adminKey, { label: "service key" }),
    accounts: {
      ahead: yield* orElse("FLEET_AHEAD", Rules.ahead, { usedWithin: "1 day" }),
      keepAlive: yield* variable("FLEET_KEEP_ALIVE", Rules.duration("1 hour", "3650 days")),
      refreshes: yield* orElse("FLEET_REFRESHES", Rules.integer(0, 10_000), 32),
      refreshRate: yield* orElse("FLEET_REFRESH_RATE", Rules.integer(1, 100_000), 50),
      cache: yield* orElse("FLEET_CACHE", Rules.integer(1, 10_000_000), 100_000)
    },
    apps: yield* Effect.forEach(names, readApp)
  }
})

// =============================================================================
// Apps
// =============================================================================

const serverOf = Effect.fnUntraced(function*({ accountsUrl, issuer }: AppSettings) {
  if (issuer !== undefined) return yield* Discovery.discover(issuer)
  return accountsUrl === undefined ? Providers.spotify : Providers.spotify.at(accountsUrl)
})

/**
 * Returns the registrations of the apps, with the metadata of providers that are named by their issuer.
 *
 * **Details**
 *
 * Fails with `DiscoveryFailed` when they cannot be read.
 *
 * @category constructors
 * @since 0.1.0
 */
export const registrations = (
  { apps }: Pick<FleetConfig, "apps">
): Effect.Effect<ReadonlyArray<Registration>, AuthError.AuthError, HttpClient.HttpClient> =>
  Effect.forEach(apps, (app) =>
    Effect.map(serverOf(app), (server): Registration => ({
      name: app.name,
      client: app.client,
      scopes: app.scopes,
      server: app.refreshTokenGrace === undefined
        ? server
        : new AuthorizationServer({ ...server, refreshTokenGrace: app.refreshTokenGrace })
    })))
