/** Secrets of stores. */
import * as EncryptedTokenStorage from "@app/auth/EncryptedTokenStorage"
import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import { Keychain } from "@app/auth/Keychain"
import * as KeyValueTokenStorage from "@app/auth/KeyValueTokenStorage"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Redacted from "effect/Redacted"
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { LeakHunt } from "./support/LeakHunt.ts"
import { timeout, useOver } from "./support/LeakyPrograms.ts"
import * as TemporaryDirectory from "./support/TemporaryDirectory.ts"

describe("I11: no secret gets out through logs, spans, metrics, errors, status, JSON, toString or inspect", () => {
  it.live("of files, whole and damaged", () => {
    const hunt = new LeakHunt()
    return hunt.run(
      Effect.gen(function*() {
        const directory = join(yield* TemporaryDirectory.temporaryDirectory, "tokens")
        const useFiles = useOver(
          hunt,
          FileTokenStorage.layer({ directory, lockTimeout: timeout }).pipe(Layer.provide(TemporaryDirectory.platform))
        )
        yield* useFiles
        const file = join(directory, readdirSync(directory).find((name) => name.endsWith(".token")) ?? "")
        const recordWith = (secret: string) =>
          readFileSync(file, "utf8").replace("\"record\":", `"note":"${hunt.secret(secret)}","record":`)
        for (
          const text of [
            recordWith("in-a-record-of-somebody-else").replace("login.example.com", "example.com"),
            recordWith("in-a-record-of-a-later-release").replace("\"version\":1", "\"version\":2"),
            recordWith("in-a-record-that-is-damaged").replace("\"origin\"", "\"0rigin\""),
            recordWith("in-half-a-record").slice(0, -1),
            hunt.secret("what-is-no-record-at-all")
          ]
        ) {
          writeFileSync(file, text)
          yield* useFiles
        }
        rmSync(file)
        symlinkSync("/dev/null", file)
        yield* useFiles
        rmSync(directory, { recursive: true })
        writeFileSync(directory, "")
        yield* useFiles
      }),
      ["Foreign", "NewerVersion", "Corrupt", "Insecure", "The token store could not lock"]
    )
  }, 60_000)

  it.live("of key-value stores, and of those that quote what they were given", () => {
    const hunt = new LeakHunt()
    const memory = new Map<string, string>()
    const quoting = KeyValueStore.makeStringOnly({
      get: (key) => Effect.sync(() => memory.get(key)),
      set: (key, text) =>
        Effect.fail(new KeyValueStore.KeyValueStoreError({ method: "set", key, message: `cannot keep ${text}` })),
      remove: () => Effect.void,
      clear: Effect.void,
      keys: Effect.succeed([]),
      size: Effect.succeed(0)
    })
    return hunt.run(
      Effect.gen(function*() {
        for (const store of [KeyValueStore.layerMemory, Layer.succeed(KeyValueStore.KeyValueStore, quoting)]) {
          yield* useOver(hunt, KeyValueTokenStorage.layer().pipe(Layer.provide(store)))
        }
      }),
      ["The token store could not write", "cannot keep"]
    )
  })

  it.live("of encrypted stores, their keys included, however those are written down", () => {
    const hunt = new LeakHunt()
    const [first, second] = [hunt.secret("A".repeat(43)), hunt.secret("E".repeat(43))]
    return hunt.run(
      Effect.gen(function*() {
        const storage = yield* Layer.build(KeyValueTokenStorage.layer().pipe(Layer.provide(KeyValueStore.layerMemory)))
        const platform = Layer.merge(Layer.succeedContext(storage), NodeCrypto.layer)
        for (
          const keys of [
            `first:${first}`,
            `second:${second}`,
            `second:${second},first:${first}`,
            first,
            `${first}=`,
            `${first}:first`,
            `first:${first},first:${second}`,
            `fi rst:${first}`,
            `first:${first}${second}`,
            `first ${first}`,
            ","
          ]
        ) {
          const environment = ConfigProvider.fromEnv({ env: { TOKEN_ENCRYPTION_KEYS: keys } })
          yield* useOver(
            hunt,
            EncryptedTokenStorage.layerConfig.pipe(Layer.provide([platform, ConfigProvider.layer(environment)]))
          )
        }
        for (const kept of [undefined, "what-a-keychain-has-kept", `${first}:${second}`]) {
          let pairs = kept === undefined ? kept : Redacted.make(hunt.secret(kept))
          const keychain = Layer.succeed(Keychain, {
            get: () => Effect.sync(() => Option.fromUndefinedOr(pairs)),
            set: (_item, secret) =>
              Effect.sync(() => {
                hunt.secret(Redacted.value(secret).split(":")[1] ?? "")
                pairs = secret
              })
          })
          yield* useOver(
            hunt,
            EncryptedTokenStorage.layerKeychain("an-app").pipe(Layer.provide([platform, keychain]))
          )
        }
      }),
      ["Undecryptable", "encryption keys cannot be used"]
    )
  })
})
