/**
 * `npm run example encryption-at-rest.ts` keeps tokens encrypted on a disk, and replaces the key while people stay signed in.
 *
 * **Details**
 *
 * Each step is a start of the same program with another list of keys. Your own program reads the list from its
 * configuration, by `EncryptedTokenStorage.layerConfig`, or keeps it in the person's keychain, by `layerKeychain`.
 */
import type * as AuthError from "@app/auth/AuthError"
import * as EncryptedTokenStorage from "@app/auth/EncryptedTokenStorage"
import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import * as NodeFileLock from "@app/auth/node/NodeFileLock"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStorage from "@app/auth/TokenStorage"
import { Sandbox, type SandboxError } from "@app/sandbox"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import { randomBytes } from "node:crypto"
import { join } from "node:path"

// =============================================================================
// Keys
// =============================================================================

/** A key as `openssl rand -base64 32` makes it, with a name for it that is no secret. */
const keyOf = (id: string): EncryptedTokenStorage.EncryptionKey => ({
  id,
  secret: Redacted.make(randomBytes(32).toString("base64"))
})

const old = keyOf("2025")
const next = keyOf("2026")

// =============================================================================
// Program
// =============================================================================

const Platform = Layer.mergeAll(NodeFileLock.layer, NodeCrypto.layer, NodeHttpClient.layerUndici, NodeServices.layer)

/** Layer of one start of the program. */
const Tokens = (directory: string, keys: ReadonlyArray<EncryptedTokenStorage.EncryptionKey>) =>
  Layer.unwrap(
    Effect.map(Sandbox.Sandbox, ({ accountsUrl, client: { clientId } }) =>
      TokenService.layer({ client: { clientId }, server: Providers.spotify.at(accountsUrl) }))
  ).pipe(
    Layer.provide(TokenStorage.layerTokenStore),
    Layer.provide(EncryptedTokenStorage.layer(keys)),
    Layer.provide(FileTokenStorage.layer({ directory })),
    Layer.provide(Platform)
  )

/** Reads the one file with a record. */
const readRecord = Effect.fnUntraced(function*(directory: string) {
  const fs = yield* FileSystem.FileSystem
  const names = yield* fs.readDirectory(directory)
  return yield* fs.readFileString(join(directory, names.find((name) => name.endsWith(".token")) ?? ""))
})

const program = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped()

  const start = (
    what: string,
    keys: ReadonlyArray<EncryptedTokenStorage.EncryptionKey>,
    use: Effect.Effect<
      unknown,
      AuthError.AuthError | SandboxError.SandboxError,
      Sandbox.Sandbox | TokenService.TokenService
    >
  ) =>
    Effect.gen(function*() {
      const outcome = yield* Effect.match(Effect.provide(use, Layer.fresh(Tokens(directory, keys))), {
        onFailure: (error) => `failed: ${error.message}`,
        onSuccess: () => "signed in"
      })
      const record = yield* readRecord(directory)
      yield* Console.log(`${what}\n  keys ${keys.map(({ id }) => id).join(", ")}: ${outcome}`)
      yield* Console.log(`  on the disk: ${record.slice(0, 24)}… (${record.length} characters)\n`)
    })

  const signIn = Effect.flatMap(Sandbox.signIn(), TokenService.authorize)
  // A process that has just started reads the store first, and finds a token that is good for an hour.
  const refreshed = Effect.andThen(TokenService.get, TokenService.refresh)
  yield* start("A person signs in.", [old], signIn)
  yield* start("Every process learns the next key before any uses it.", [old, next], TokenService.get)
  yield* start("The next key comes first: the next refresh seals with it.", [next, old], refreshed)
  yield* start("The old key is gone, and the person is still signed in.", [next], TokenService.get)
  yield* start("Without the key, the record is of no use, and stays as it is.", [old], TokenService.get)
}).pipe(Effect.scoped)

program.pipe(
  Effect.provide([Sandbox.layer(), NodeServices.layer]),
  Effect.provideService(References.MinimumLogLevel, "None"),
  NodeRuntime.runMain
)
