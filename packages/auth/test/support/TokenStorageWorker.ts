/** Another process at work on token records: on a directory of them, or on a table, whose name then comes third. */
import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import * as NodeFileLock from "@app/auth/node/NodeFileLock"
import * as SqlTokenStorage from "@app/auth/SqlTokenStorage"
import { TokenStorage } from "@app/auth/TokenStorage"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { once } from "node:events"
import * as Nobody from "./Nobody.ts"

const key = { issuer: "https://accounts.example.com", clientId: "client", account: "someone" }
const [place = "", task, table] = process.argv.slice(2)

Nobody.become()

const tellParent = Effect.sync(() => process.stdout.write("ready\n"))

const program = Effect.gen(function*() {
  const { modify } = yield* TokenStorage
  switch (task) {
    case "hold":
      return yield* modify(key, () => Effect.andThen(tellParent, Effect.never))
    case "count to 25":
      for (let i = 0; i < 25; i++) {
        yield* modify(
          key,
          (slot) =>
            Effect.flatMap(slot.read, (text) => slot.write(String(Number(Option.getOrElse(text, () => "0")) + 1)))
        )
      }
      return
    case "write when told":
      return yield* modify(key, (slot) =>
        Effect.gen(function*() {
          yield* slot.read
          yield* tellParent
          yield* Effect.promise(() => once(process.stdin, "data"))
          yield* slot.write("written by another process")
        })).pipe(Effect.catchTag("AuthError", ({ message }) => Effect.sync(() => process.stdout.write(`${message}\n`))))
    case "ask in vain": {
      const error = yield* Effect.flip(modify(key, () => Effect.void))
      process.stdout.write(`${error.reason._tag === "StoreFailed" ? error.reason.kind : error.reason._tag}\n`)
    }
  }
})

const storage = place.startsWith("postgres")
  ? SqlTokenStorage.layer({ table, lease: "1 second" }).pipe(
    Layer.provide(PgClient.layer({ url: Redacted.make(place) }))
  )
  : FileTokenStorage.layer({
    directory: place,
    ...(task === "ask in vain" && { lockTimeout: "500 millis" })
  }).pipe(Layer.provide([NodeFileSystem.layer, NodePath.layer, NodeFileLock.layer]))

program.pipe(Effect.provide(storage.pipe(Layer.provide(NodeCrypto.layerSecureRandom))), NodeRuntime.runMain)
