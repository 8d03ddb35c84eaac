/** A fleet to try: the embedded PostgreSQL, the sandbox as provider, a service key, and an account that is signed in. */
import * as Grant from "@app/auth/Grant"
import * as TokenService from "@app/auth/TokenService"
import * as Sandbox from "@app/sandbox/Sandbox"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import { Apps } from "../../Apps.ts"
import * as Fleet from "../../Fleet.ts"
import type { FleetConfig } from "../../FleetConfig.ts"
import { FleetServer } from "../../FleetServer.ts"
import { ServiceKeys } from "../../ServiceKeys.ts"
import * as EmbeddedPostgres from "./EmbeddedPostgres.ts"

const tenant = "demo"
const account = "ann"
const accessTokenLifetime = Duration.minutes(2)
const refreshTokenGrace = Duration.seconds(30)

/** Waits for a database that has just been started. */
const accepts = (url: Redacted.Redacted<string>) =>
  SqlClient.SqlClient.use((sql) => sql`select 1`).pipe(
    Effect.provide(Layer.fresh(PgClient.layer({ url }))),
    Effect.retry(Schedule.spaced("100 millis").pipe(Schedule.upTo({ times: 100 })))
  )

const database = Effect.gen(function*() {
  const given = yield* Config.option(Config.Redacted("DATABASE_URL"))
  if (Option.isSome(given)) return given.value
  const url = Redacted.make(yield* EmbeddedPostgres.start)
  yield* accepts(url)
  return url
})

const configOf = (
  url: Redacted.Redacted<string>,
  { accountsUrl, client }: Sandbox.Sandbox["Service"],
  ports: { readonly port: number; readonly healthPort: number }
): FleetConfig => ({
  ...ports,
  host: "127.0.0.1",
  maxLag: Duration.minutes(1),
  shutdownTimeout: Duration.seconds(15),
  database: { url, connections: 6, createTables: true },
  lease: Duration.seconds(10),
  isEncrypted: false,
  adminKey: undefined,
  accounts: { ahead: "always", keepAlive: undefined, refreshes: 32, refreshRate: 50, cache: 1000 },
  apps: [{
    name: "spotify",
    client: { clientId: client.clientId, clientSecret: client.clientSecret },
    scopes: ["user-read-private"],
    issuer: undefined,
    accountsUrl,
    refreshTokenGrace
  }]
})

/** Signs the account in, unless a database that was there before has it. */
const signIn = Effect.gen(function*() {
  const app = (yield* Apps).get("spotify")
  const [refreshToken] = yield* Sandbox.Sandbox.use(({ issueRefreshTokens }) => issueRefreshTokens(1))
  if (app === undefined || refreshToken === undefined) return
  yield* TokenService.TokenService.use(({ authorize }) => authorize(Grant.RefreshToken({ refreshToken }))).pipe(
    Effect.provide(app.accounts.get(app.keyOf(tenant, account).account))
  )
})

/** Runs until it is interrupted. */
export const run = Effect.fnUntraced(function*(ports: { readonly port: number; readonly healthPort: number }) {
  const sandbox = yield* Layer.build(Sandbox.layer({
    accessTokenLifetime,
    rotateRefreshTokens: true,
    refreshTokenGrace: { duration: refreshTokenGrace }
  }))
  const config = configOf(yield* database, Context.get(sandbox, Sandbox.Sandbox), ports)
  const fleet = yield* Layer.build(Fleet.layerNode(config))
  yield* signIn.pipe(Effect.provideContext(Context.merge(sandbox, fleet)))
  const { key } = yield* Context.get(fleet, ServiceKeys).create({
    name: "demo",
    tenants: [tenant],
    rights: ["tokens:read", "accounts:read", "accounts:write", "admin"]
  })
  const { healthUrl, url } = Context.get(fleet, FleetServer)
  const accounts = `${url}/v1/tenants/${tenant}/apps/spotify/accounts`
  const curl = (path: string) => `curl -H "Authorization: Bearer $FLEET_KEY" "${accounts}${path}"`
  yield* Console.log(`A fleet is running, with a local Spotify as its provider. Ctrl-C stops it, and nothing is left.

In another terminal:

  export FLEET_KEY=${Redacted.value(key)}
  ${curl(`/${account}/token`)}

Its tokens last for two minutes, and are refreshed ahead of time. More to try:

  ${curl(`/${account}`)}
  ${curl("?limit=10")}
  curl ${healthUrl}/metrics
`)
  return yield* Effect.never
}, Effect.scoped)
