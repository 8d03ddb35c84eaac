import { assert, it } from "@effect/vitest"
import { run } from "./support/Example.ts"

it("the sign-in example opens a browser once for two runs of its program", { timeout: 60_000 }, async () => {
  const printed = (await run("command-line", 55_000)).join("\n")
  const [runs = "", interrupted = ""] = printed.split("A run in the middle of which")
  assert.strictEqual(runs.match(/Your browser opens/g)?.length, 1)
  assert.strictEqual(runs.match(/You are Sandy Box/g)?.length, 2)
  // The program begins once more after the new sign-in.
  const [before = "", after = ""] = interrupted.split("Your browser opens")
  assert.strictEqual(before.match(/You are Sandy Box/g)?.length, 1)
  assert.strictEqual(after.match(/You are Sandy Box/g)?.length, 2)
})
