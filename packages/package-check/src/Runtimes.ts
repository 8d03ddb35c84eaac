/**
 * The runtimes that the packages are for.
 */
import * as Effect from "effect/Effect"
import { CheckFailed } from "./CheckFailed.ts"
import * as Command from "./Command.ts"
import type { Consumer } from "./Consumer.ts"

export interface Runtime {
  readonly name: string
  /** The package of npm that has it, and the version. */
  readonly package: string
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** Programs of the consumer that run on it. */
  readonly programs: ReadonlyArray<string>
}

const node = (version: string): Runtime => ({
  name: `Node ${version}`,
  package: `node@${version}`,
  command: "node",
  args: [],
  programs: ["everyModule", "overFetch", "overUndici"]
})

export const runtimes: ReadonlyArray<Runtime> = [
  node("22.19.0"),
  node("24.21.0"),
  {
    name: "Bun 1.4.5",
    package: "bun@1.4.5",
    command: "bun",
    args: [],
    // Bun has an undici of its own, which does not work with `@effect/platform-node`.
    programs: ["everyModule", "overFetch"]
  },
  {
    name: "Deno 2.9.6",
    package: "deno@2.9.6",
    command: "deno",
    args: ["run", "--allow-all", "--quiet"],
    programs: ["everyModule", "overFetch", "overUndici"]
  }
]

/** Installs a runtime in a folder of its own, and returns its path. */
export const install = Effect.fnUntraced(function*(runtime: Runtime, folder: string) {
  yield* Command.install(runtime.name, folder, runtime.package)
  const command = `${folder}/node_modules/.bin/${runtime.command}`
  yield* Command.run(runtime.name, folder, command, ["--version"])
  return command
})

/** Runs the compiled programs of the project, each of which ends with a line that says what it saw. */
export const run = Effect.fnUntraced(function*(runtime: Runtime, command: string, { folder }: Consumer) {
  for (const program of runtime.programs) {
    const check = `${program} on ${runtime.name}`
    const output = yield* Command.run(check, folder, command, [...runtime.args, `dist/${program}.js`])
    if (!/modules$|listens to/.test(output.trimEnd())) {
      return yield* new CheckFailed({ check, issue: `It printed ${JSON.stringify(output)}` })
    }
  }
})
