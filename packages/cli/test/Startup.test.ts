import { assert, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

const source = join(import.meta.dirname, "../src")

const filesWith = (pattern: RegExp): ReadonlyArray<string> =>
  readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && pattern.test(readFileSync(join(source, file), "utf8")))

it("loads the sandbox for --sandbox alone", () => {
  assert.deepStrictEqual(filesWith(/from "@app\/sandbox/), ["SandboxSession.ts"])
  assert.deepStrictEqual(filesWith(/^import .*SandboxSession/m), [])
  assert.deepStrictEqual(filesWith(/\bimport\("\.\/SandboxSession\.ts"\)/), ["Session.ts"])
})
