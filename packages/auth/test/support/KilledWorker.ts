/** A process that refreshes its tokens for as long as it is allowed to live. It prints each token it was given. */
import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import * as Grant from "@app/auth/Grant"
import * as NodeFileLock from "@app/auth/node/NodeFileLock"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStorage from "@app/auth/TokenStorage"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodePath from "@effect/platform-node/NodePath"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { once } from "node:events"

const [directory = "", accountsUrl = "", refreshes = "Infinity"] = process.argv.slice(2)

/** A disk that takes its time for each step, so that there is an instant in each of them to be killed at. */
const slowDisk = Layer.effect(
  FileSystem.FileSystem,
  Effect.map(FileSystem.FileSystem, (fs) => {
    const slowly = <A, E, R>(step: Effect.Effect<A, E, R>) => Effect.delay(step, "2 millis")
    return FileSystem.FileSystem.of({
      ...fs,
      open: (path, options) =>
        Effect.map(slowly(fs.open(path, options)), (file) => ({
          ...file,
          writeAll: (bytes) => {
            const half = Math.floor(bytes.length / 2)
            return Effect.andThen(
              slowly(file.writeAll(bytes.subarray(0, half))),
              slowly(file.writeAll(bytes.subarray(half)))
            )
          },
          sync: slowly(file.sync)
        })),
      rename: (from, to) => slowly(fs.rename(from, to))
    })
  })
)

const tokens = TokenService.layer({
  server: Providers.spotify.at(accountsUrl),
  client: { clientId: "client" },
  grant: Grant.RefreshToken({ refreshToken: Redacted.make("AQ-0") })
}).pipe(
  Layer.provide(TokenStorage.layerTokenStore),
  Layer.provide(FileTokenStorage.layer({ directory })),
  Layer.provide([NodeFileLock.layer, NodeCrypto.layerSecureRandom, NodeHttpClient.layerNodeHttp]),
  Layer.provide([slowDisk, NodePath.layer]),
  Layer.provide(NodeFileSystem.layer)
)

/** How many refreshes to make, and then to end as processes should; for ever unless told. */
const count = Number(refreshes)

const program = Effect.gen(function*() {
  const { refresh } = yield* TokenService.TokenService
  process.stdout.write("begin\n")
  for (let i = 0; i < count; i++) {
    const { value } = yield* refresh
    process.stdout.write(`${Redacted.value(value).split(".")[0]}\n`)
  }
})

// Started ahead of its time: it begins when the one before it is dead.
await once(process.stdin, "data")
await Effect.runPromise(Effect.provide(program, tokens))
process.exit()
