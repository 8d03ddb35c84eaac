/** A process that keeps shared accounts fresh until it is killed. Its arguments: the server, the client, the database, the table. */
import { AuthorizationServer } from "@app/auth/AuthorizationServer"
import * as Providers from "@app/auth/Providers"
import * as SharedAccounts from "@app/auth/SharedAccounts"
import * as SqlSharedTokenStore from "@app/auth/SqlSharedTokenStore"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"

const [accountsUrl = "", clientId = "", url = "", table = "", lease = ""] = process.argv.slice(2)

const server = new AuthorizationServer({
  ...Providers.spotify.at(accountsUrl),
  refreshTokenGrace: Duration.seconds(30)
})

const accounts = SharedAccounts.layer({ server, client: { clientId }, ahead: "always" }).pipe(
  Layer.provide(SqlSharedTokenStore.layer({ table, createTable: false, lease: Duration.millis(Number(lease)) })),
  Layer.provide([PgClient.layer({ url: Redacted.make(url) }), NodeCrypto.layerSecureRandom, FetchHttpClient.layer])
)

Effect.andThen(Effect.sync(() => process.stdout.write("ready\n")), Effect.never).pipe(
  Effect.provide(Layer.provideMerge(accounts, Logger.layer([]))),
  NodeRuntime.runMain
)
