import { assert, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import { join } from "node:path"

it("the sign-in example opens a browser once for two runs of its program", { timeout: 60_000 }, () => {
  const { SPOTIFY_CLIENT_ID: _, ...env } = process.env
  const printed = execFileSync(process.execPath, [join(import.meta.dirname, "../sign-in.ts")], {
    encoding: "utf8",
    env,
    timeout: 55_000
  })
  assert.strictEqual(printed.match(/Your browser opens/g)?.length, 1)
  assert.strictEqual(printed.match(/You are Sandy Box/g)?.length, 2)
})
