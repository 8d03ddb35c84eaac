/**
 * Commands of other programs: npm, pnpm, the compilers.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as ChildProcess from "effect/process/ChildProcess"
import * as Stream from "effect/Stream"
import { CheckFailed } from "./CheckFailed.ts"

/**
 * Runs a command to its end and returns what it printed.
 *
 * **Details**
 *
 * Fails with everything that it printed when it ends with another exit code than 0.
 */
export const run = Effect.fnUntraced(
  function*(check: string, folder: string, command: string, args: ReadonlyArray<string>) {
    const process = yield* ChildProcess.make(command, args, {
      cwd: folder,
      env: { NO_COLOR: "1" },
      extendEnv: true,
      stdin: "ignore"
    })
    const [stdout, stderr, code] = yield* Effect.all(
      [text(process.stdout), text(process.stderr), process.exitCode],
      { concurrency: "unbounded" }
    )
    if (code === 0) return stdout
    return yield* new CheckFailed({ check, issue: `${command} ended with ${code}.\n${stdout}${stderr}` })
  },
  Effect.scoped,
  (effect, check, _folder, command) =>
    Effect.catchTag(
      effect,
      "PlatformError",
      (error) => new CheckFailed({ check, issue: `${command} could not be run: ${error.message}` })
    )
)

/** Lets npm install one package, or the tarball of one, in a folder that is made unless it is there. */
export const install = Effect.fnUntraced(function*(check: string, folder: string, name: string) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.makeDirectory(folder, { recursive: true })
  yield* fs.writeFileString(`${folder}/package.json`, `{ "private": true }`)
  yield* run(check, folder, "npm", ["install", "--no-audit", "--no-fund", name])
})

const text = <E>(output: Stream.Stream<Uint8Array, E>) => Stream.mkString(Stream.decodeText(output))
