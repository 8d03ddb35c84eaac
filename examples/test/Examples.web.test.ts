import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import * as Example from "./support/Example.ts"

const { root } = Example

/** Runs an example and returns the lines after its introduction. */
const run = async (name: string) => {
  const lines = await Example.run(name, 55_000)
  return lines.slice(lines.indexOf("") + 1)
}

describe("web servers", { concurrent: true, timeout: 60_000 }, () => {
  it("web-server: each visitor is served as who they are, until they sign out", async () => {
    assert.deepStrictEqual(await run("web-server"), [
      "Sandy Box: GET / → 200 Welcome. /login signs you in, and /me says who you are.",
      "Sandy Box: GET /me → 401 Please sign in at /login.",
      "Sandy Box: GET /login → Spotify → /callback → /me → 200 You are Sandy Box.",
      "jürgen_#1.$/?: GET /login → Spotify → /callback → /me → 200 You are jürgen_#1.$/?.",
      "Sandy Box: GET /me → 200 You are Sandy Box.",
      "Sandy Box: POST /logout → /me → 401 Please sign in at /login.",
      "jürgen_#1.$/?: GET /me → 200 You are jürgen_#1.$/?.",
      "jürgen_#1.$/?: GET /callback?code=of-nobody&state=of-nobody → 400 This sign-in is over. Please sign in again at /login."
    ])
  })

  it("web-server-hono: handlers of Promises do the same", async () => {
    assert.deepStrictEqual(await run("web-server-hono"), [
      "GET /me → 401 Please sign in at /login.",
      "GET /login → Spotify → /callback → /me → 200 You are Sandy Box.",
      "GET /me → 200 You are Sandy Box.",
      "POST /logout → /me → 401 Please sign in at /login.",
      "GET /callback?code=of-nobody&state=of-nobody → 400 This sign-in is over. Please sign in again at /login."
    ])
  })
})

describe("npm run example", () => {
  it("takes a name without its ending, and lists the examples where there is none of the name", () => {
    const call = (name: string) =>
      spawnSync(join(root, "node_modules/.bin/node"), ["examples/run.ts", name], { cwd: root, encoding: "utf8" })
    const wrong = call("nope")
    assert.strictEqual(wrong.status, 2)
    assert.match(wrong.stderr, /^There is no example "nope"\. There are:\n/)
    assert.include(wrong.stderr, "npm run example many-accounts.ts\n")
    assert.strictEqual(call("many-accounts").status, 0)
  })
})
