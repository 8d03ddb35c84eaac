/** Examples as programs of their own. */
import { assert } from "@effect/vitest"
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"

export const root = join(import.meta.dirname, "../../..")

/** Runs an example and returns the lines it prints. */
export const run = async (name: string) => {
  const { stderr, stdout } = await promisify(execFile)(join(root, "node_modules/.bin/node"), [`examples/${name}.ts`], {
    cwd: root,
    timeout: 110_000
  })
  assert.strictEqual(stderr, "")
  return stdout.trim().split("\n")
}
