/** Examples as programs of their own. */
import { assert } from "@effect/vitest"
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"

export const root = join(import.meta.dirname, "../../..")

/** The environment without settings of this machine's own for the programs. */
export const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("SPOTIFY_"))
)

/** Runs an example and returns the lines it prints. */
export const run = async (name: string, timeout = 110_000) => {
  const { stderr, stdout } = await promisify(execFile)(join(root, "node_modules/.bin/node"), [`examples/${name}.ts`], {
    cwd: root,
    env: environment,
    timeout
  })
  assert.strictEqual(stderr, "")
  return stdout.trim().split("\n")
}
