import * as Fleet from "@app/fleet/Fleet"
import * as FleetConfig from "@app/fleet/FleetConfig"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

const given = {
  DATABASE_URL: "postgres://fleet:password@127.0.0.1:5432/fleet",
  FLEET_APPS: "spotify",
  FLEET_APP_SPOTIFY_CLIENT_ID: "client"
}

const read = (variables: Readonly<Record<string, string>>) =>
  Effect.provide(FleetConfig.read, ConfigProvider.layer(ConfigProvider.fromUnknown(variables)))

const wrong: ReadonlyArray<readonly [name: string, value: string, issue: RegExp]> = [
  ["DATABASE_URL", "", /^DATABASE_URL is not set\. Set it to/],
  ["DATABASE_URL", "mysql://host/fleet", /^DATABASE_URL cannot be used: it is no address of a PostgreSQL database/],
  ["DATABASE_URL", "\"postgres://host/fleet\"", /^DATABASE_URL cannot be used/],
  ["FLEET_APPS", "", /^FLEET_APPS is not set/],
  ["FLEET_APPS", "Spotify", /^FLEET_APPS cannot be used: an app has/],
  ["FLEET_APPS", "spotify,spotify", /^FLEET_APPS cannot be used: it has a name twice/],
  ["FLEET_APPS", "spotify,my-app", /^FLEET_APP_MY_APP_CLIENT_ID is not set.*FLEET_APPS/],
  ["FLEET_APP_SPOTIFY_CLIENT_ID", "a b", /^FLEET_APP_SPOTIFY_CLIENT_ID cannot be used/],
  ["FLEET_APP_SPOTIFY_CLIENT_SECRET", "a b", /^FLEET_APP_SPOTIFY_CLIENT_SECRET cannot be used/],
  ["FLEET_APP_SPOTIFY_ISSUER", "http://example.com", /^FLEET_APP_SPOTIFY_ISSUER cannot be used/],
  ["FLEET_APP_SPOTIFY_ACCOUNTS_URL", "example", /^FLEET_APP_SPOTIFY_ACCOUNTS_URL cannot be used/],
  ["FLEET_APP_SPOTIFY_SCOPES", "a\\b", /^FLEET_APP_SPOTIFY_SCOPES cannot be used/],
  [
    "FLEET_APP_SPOTIFY_REFRESH_TOKEN_GRACE",
    "30",
    /^FLEET_APP_SPOTIFY_REFRESH_TOKEN_GRACE cannot be used: it is no time/
  ],
  ["FLEET_ADMIN_KEY", "secret", /^FLEET_ADMIN_KEY cannot be used: it is no service key/],
  ["FLEET_HOST", "a host", /^FLEET_HOST cannot be used/],
  ["FLEET_PORT", "65536", /^FLEET_PORT cannot be used: it is no whole number from 0 to 65535/],
  ["FLEET_HEALTH_PORT", "-1", /^FLEET_HEALTH_PORT cannot be used/],
  ["FLEET_AHEAD", "sometimes", /^FLEET_AHEAD cannot be used: it is no such choice/],
  ["FLEET_KEEP_ALIVE", "1 second", /^FLEET_KEEP_ALIVE cannot be used/],
  ["FLEET_REFRESHES", "many", /^FLEET_REFRESHES cannot be used/],
  ["FLEET_REFRESH_RATE", "0", /^FLEET_REFRESH_RATE cannot be used/],
  ["FLEET_CACHE", "1.5", /^FLEET_CACHE cannot be used/],
  ["FLEET_LEASE", "0 seconds", /^FLEET_LEASE cannot be used/],
  ["FLEET_MAX_LAG", "soon", /^FLEET_MAX_LAG cannot be used/],
  ["FLEET_SHUTDOWN_TIMEOUT", "1 hour", /^FLEET_SHUTDOWN_TIMEOUT cannot be used/],
  ["FLEET_DATABASE_CONNECTIONS", "1", /^FLEET_DATABASE_CONNECTIONS cannot be used/],
  ["FLEET_CREATE_TABLES", "yes", /^FLEET_CREATE_TABLES cannot be used: it is neither true nor false/]
]

describe("the settings of a fleet", () => {
  it.effect("have defaults for all but the database and the apps", () =>
    Effect.gen(function*() {
      const config = yield* read(given)
      assert.deepStrictEqual(
        [config.host, config.port, config.healthPort, config.isEncrypted, config.adminKey],
        ["127.0.0.1", 8080, 8081, false, undefined]
      )
      assert.deepStrictEqual(config.accounts, {
        ahead: { usedWithin: "1 day" },
        keepAlive: undefined,
        refreshes: 32,
        refreshRate: 50,
        cache: 100_000
      })
      assert.deepStrictEqual(config.apps.map(({ name, scopes }) => [name, scopes]), [["spotify", []]])
    }))

  it.effect("are read from the environment", () =>
    Effect.gen(function*() {
      const config = yield* read({
        ...given,
        FLEET_APPS: "spotify, my-app",
        FLEET_APP_MY_APP_CLIENT_ID: "other",
        FLEET_APP_MY_APP_ISSUER: "https://login.example.com",
        FLEET_APP_SPOTIFY_SCOPES: "user-read-private user-library-read",
        FLEET_APP_SPOTIFY_REFRESH_TOKEN_GRACE: "30 seconds",
        FLEET_AHEAD: "7 days",
        FLEET_LEASE: "5 seconds",
        TOKEN_ENCRYPTION_KEYS: "a:secret"
      })
      assert.deepStrictEqual(config.apps.map(({ issuer, name }) => [name, issuer]), [
        ["spotify", undefined],
        ["my-app", "https://login.example.com"]
      ])
      assert.deepStrictEqual(config.apps[0]?.scopes, ["user-read-private", "user-library-read"])
      assert.deepStrictEqual(config.apps[0]?.refreshTokenGrace, Duration.seconds(30))
      assert.deepStrictEqual(config.accounts.ahead, { usedWithin: Duration.days(7) })
      assert.deepStrictEqual([config.lease, config.isEncrypted], [Duration.seconds(5), true])
      assert.strictEqual((yield* read({ ...given, FLEET_AHEAD: "on demand" })).accounts.ahead, "on demand")
    }))

  it.effect.each(wrong)("%s: %s", ([name, value, issue]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(read({ ...given, [name]: value }))
      assert.strictEqual(error.reason._tag, "InvalidConfiguration")
      assert.match(error.message, issue)
      if (name.includes("SECRET") || name.includes("KEY")) assert.notInclude(error.message, `"${value}"`)
    }))

  it.live("name a database that is away, and a port that is taken", () =>
    Effect.gen(function*() {
      const config = yield* read({ ...given, DATABASE_URL: "postgres://fleet:password@127.0.0.1:1/fleet" })
      const error = yield* Effect.flip(Effect.scoped(Layer.build(Fleet.layerNode(config))))
      assert.strictEqual(error.reason._tag, "StoreFailed")
      assert.notInclude(error.message, "password")
    }))
})
