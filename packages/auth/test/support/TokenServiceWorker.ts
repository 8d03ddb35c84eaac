/**
 * Another process that shares an account's tokens, in the directory or the database that TOKEN_STORE names; it does what
 * it reads, a line at a time.
 */
import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import * as Grant from "@app/auth/Grant"
import * as NodeFileLock from "@app/auth/node/NodeFileLock"
import * as Providers from "@app/auth/Providers"
import * as SqlTokenStorage from "@app/auth/SqlTokenStorage"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStorage from "@app/auth/TokenStorage"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { createHash } from "node:crypto"
import { createInterface } from "node:readline"
import * as Nobody from "./Nobody.ts"

const [accountsUrl = "", clientId = "", refreshToken = ""] = process.argv.slice(2)
const { TOKEN_STORE: place = "", TOKEN_TABLE: table } = process.env

Nobody.become()

const storage = place.startsWith("postgres")
  ? SqlTokenStorage.layer({ table }).pipe(Layer.provide(PgClient.layer({ url: Redacted.make(place) })))
  : FileTokenStorage.layer({ directory: place }).pipe(Layer.provide([NodeFileSystem.layer, NodePath.layer]))

const tokens = TokenService.layer({
  server: Providers.spotify.at(accountsUrl),
  client: { clientId },
  grant: Grant.RefreshToken({ refreshToken: Redacted.make(refreshToken) })
}).pipe(
  Layer.provide(TokenStorage.layerTokenStore),
  Layer.provide(storage),
  Layer.provide([NodeFileLock.layer, NodeCrypto.layerSecureRandom, FetchHttpClient.layer])
)

Effect.gen(function*() {
  const tokens = yield* TokenService.TokenService
  const lines = createInterface(process.stdin)[Symbol.asyncIterator]()
  for (;;) {
    const { done, value: line } = yield* Effect.promise(() => lines.next())
    if (done === true) return
    const answer = yield* Effect.match(line === "refresh" ? tokens.refresh : tokens.get, {
      onFailure: ({ message }) => `failed: ${message}`,
      // Tells tokens apart and shows none.
      onSuccess: ({ value }) => createHash("sha256").update(Redacted.value(value)).digest("hex").slice(0, 12)
    })
    process.stdout.write(`${answer}\n`)
  }
}).pipe(
  // Whoever reads this process's lines reads answers alone.
  Effect.provide(Layer.provideMerge(tokens, Logger.layer([]))),
  NodeRuntime.runMain
)
