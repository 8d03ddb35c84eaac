/** Runs of the program as a process of its own. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { text } from "node:stream/consumers"

/** The entry that `Bundled` has written. */
export const entry = join(import.meta.dirname, "../../dist/entry.js")

/** Starts the program with nothing of this machine's in its environment. */
export const start = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  spawn(process.execPath, [entry, ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: join(import.meta.dirname, "nobody"), ...env }
  })

/** Runs the program to its end. */
export const run = async (
  args: ReadonlyArray<string>,
  { env, input = "" }: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {}
) => {
  const program = start(args, env)
  program.stdin.end(input)
  const [stdout, stderr, [code]] = await Promise.all([
    text(program.stdout),
    text(program.stderr),
    once(program, "exit")
  ])
  return { stdout, stderr, code: Number(code) }
}
