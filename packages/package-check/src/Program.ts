/**
 * The program `spotify` as somebody installs it: one package that asks for no other.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { CheckFailed } from "./CheckFailed.ts"
import * as Command from "./Command.ts"
import type * as Runtimes from "./Runtimes.ts"
import type { Tarball } from "./Tarball.ts"

export interface Program {
  readonly folder: string
  readonly entry: string
  readonly version: string
}

/** The most milliseconds that a start may take on Node. Deno compiles the program anew each time. */
const patience = 500

/** Installs the program in an empty folder. Nothing but the program may come. */
export const install = Effect.fnUntraced(function*({ file, manifest }: Tarball, folder: string) {
  const fs = yield* FileSystem.FileSystem
  const check = `${manifest.name}: install`
  // Fails where there is such a folder: it might have something in it.
  yield* fs.makeDirectory(folder)
  yield* Command.install(check, folder, file)
  const [scope = ""] = manifest.name.split("/")
  const installed = (yield* fs.readDirectory(`${folder}/node_modules`)).filter((name) => !name.startsWith("."))
  if (installed.length !== 1 || installed[0] !== scope) {
    return yield* new CheckFailed({ check, issue: `It brings ${installed.join(", ")}` })
  }
  return {
    folder,
    entry: `${folder}/node_modules/${manifest.name}/${Object.values(manifest.publishConfig.bin ?? {})[0] ?? ""}`,
    version: manifest.version
  } satisfies Program
})

/**
 * Runs the program on a runtime, and returns the milliseconds in which it starts: the fastest of five.
 *
 * **Details**
 *
 * The sandbox is in the bundle, so a list of it tells that tokens, calls and tables work.
 */
export const run = Effect.fnUntraced(
  function*({ entry, folder, version }: Program, runtime: Runtimes.Runtime, command: string) {
    const call = Effect.fnUntraced(function*(args: ReadonlyArray<string>, isExpected: (output: string) => boolean) {
      const check = `spotify ${args.join(" ")} on ${runtime.name}`
      const output = yield* Command.run(check, folder, command, [...runtime.args, entry, ...args])
      if (isExpected(output)) return
      return yield* new CheckFailed({ check, issue: `It printed ${JSON.stringify(output)}` })
    })
    yield* call(["--sandbox", "top", "-n", "2"], (output) => /^(\w{22}\t[^\n]+\n){2}$/.test(output))
    const start = call(["--version"], (output) => output === `spotify v${version}\n`)
    const times = yield* Effect.replicateEffect(Effect.map(Effect.timed(start), ([time]) => Duration.toMillis(time)), 5)
    const fastest = Math.round(Math.min(...times))
    if (fastest < patience || runtime.command !== "node") return fastest
    return yield* new CheckFailed({
      check: `spotify --version on ${runtime.name}`,
      issue: `It takes ${fastest} ms, and ${patience} are too many.`
    })
  }
)
