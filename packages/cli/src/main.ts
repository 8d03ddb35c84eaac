/**
 * The program `spotify`.
 */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as UserDirectories from "effect/persistence/UserDirectories"
import * as Schema from "effect/Schema"
import { fileURLToPath } from "node:url"
import { ExitCode } from "./ExitCode.ts"
import * as Failure from "./Failure.ts"
import * as Program from "./Program.ts"
import * as Signals from "./Signals.ts"

const Manifest = Schema.fromJsonString(Schema.Struct({ version: Schema.String }))

/** Reads the version out of package.json, which is one folder above this file in the sources and in the build. */
const readVersion = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const manifest = yield* fs.readFileString(fileURLToPath(new URL("../package.json", import.meta.url)))
  return (yield* Schema.decodeEffect(Manifest)(manifest)).version
})

readVersion.pipe(
  Effect.flatMap((version) => Program.run(process.argv.slice(2), version)),
  Effect.raceFirst(Signals.untilReaderLeaves),
  (main) => Effect.andThen(Signals.watchInterrupts, main),
  Effect.scoped,
  Effect.provide(Layer.mergeAll(NodeServices.layer, NodeCrypto.layer, UserDirectories.layer)),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    // Once all is written: standard input, where a paste was waited for, would keep the process alive.
    teardown: (exit) => {
      const code = Failure.fromExit(exit)?.code ?? ExitCode.done
      process.stdout.write("", () => process.exit(code))
    }
  })
)
