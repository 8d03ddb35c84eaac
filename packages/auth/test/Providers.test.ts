import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

const source = join(import.meta.dirname, "../src")

const withoutComments = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")

describe("a provider", () => {
  it("is named by its constants and by layerConfig, and by no other module", () => {
    const named = readdirSync(source, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .filter((file) => /spotify/i.test(withoutComments(readFileSync(join(source, file), "utf8"))))
    assert.sameMembers(named, ["ProviderEnvironment.ts", "Providers.ts"])
  })
})
