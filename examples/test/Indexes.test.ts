/** The indexes of the packages, which `npm run generate` writes from the first sentences of their modules. */
import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "../..")

/** The folders of each package whose modules its index exports, and the modules that it leaves out. */
const packages = {
  auth: { folders: [""], without: [] },
  // Models that occur only inside others: a program that needs one imports it by its path.
  api: {
    folders: ["", "model/"],
    without: ["ExternalIds", "ExternalUrls", "Followers", "Image", "ModelSchema", "Restrictions"]
  },
  sandbox: { folders: [""], without: ["main"] },
  fleet: { folders: [""], without: ["main"] }
} as const

/** The first paragraph of a module's documentation, as lines of a comment. */
const firstParagraphOf = (file: string): string => {
  const [, oneLine, several] =
    /^(?:#!.*\n)?\/\*\*(?: (.*?) \*\/|\n(.*?)\n(?: \*\n| \*\/))/s.exec(readFileSync(file, "utf8")) ?? []
  return several ?? (oneLine === undefined ? assert.fail(`${file} has no documentation`) : ` * ${oneLine}`)
}

const indexOf = (source: string, { folders, without }: typeof packages[keyof typeof packages]): string =>
  folders.flatMap((folder) =>
    readdirSync(join(source, folder))
      .filter((file) => file.endsWith(".ts") && file !== "index.ts")
      .map((file) => ({ name: file.slice(0, -".ts".length), path: `./${folder}${file}` }))
  )
    .filter(({ name }) => !without.some((left) => left === name))
    .toSorted((one, other) => one.name < other.name ? -1 : 1)
    .map(({ name, path }) => `/**\n${firstParagraphOf(join(source, path))}\n */\nexport * as ${name} from "${path}"\n`)
    .join("\n")

describe("the index", () => {
  it.each(Object.entries(packages))(
    "of %s has every module with the first paragraph of its documentation",
    (name, each) => {
      const source = join(root, "packages", name, "src")
      const path = join(source, "index.ts")
      const text = readFileSync(path, "utf8")
      const fresh = `${text.slice(0, text.indexOf("*/") + 2)}\n\n${indexOf(source, each)}`
      if (process.env["GENERATED"] === "write") return writeFileSync(path, fresh)
      assert.strictEqual(text, fresh, `packages/${name}/src/index.ts is stale: npm run generate`)
    }
  )
})
