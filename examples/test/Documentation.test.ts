import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { blocks, blocksOf, root, sources } from "./support/DocBlock.ts"

const generated = join(import.meta.dirname, "documentation")

describe("documentation", () => {
  it("every example in a README or a doc comment type-checks", { timeout: 60_000 }, () => {
    assert.isAbove(blocks.length, 5)
    rmSync(generated, { recursive: true, force: true })
    mkdirSync(generated)
    for (const { name, text } of blocks) writeFileSync(join(generated, name), `${text}\nexport {}\n`)
    writeFileSync(
      join(generated, "tsconfig.json"),
      JSON.stringify({
        extends: relative(generated, join(root, "tsconfig.json")),
        compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
        include: ["*.ts"],
        exclude: []
      })
    )
    let complaints = ""
    try {
      execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", join(generated, "tsconfig.json")], { encoding: "utf8" })
    } catch (error) {
      complaints = error instanceof Error && "stdout" in error ? String(error.stdout) : String(error)
    }
    assert.strictEqual(complaints, "")
    rmSync(generated, { recursive: true, force: true })
  })

  it("the program of the README has at most 25 lines", () => {
    const program = blocksOf("README.md")[0]?.text ?? ""
    assert.isAtMost(program.trim().split("\n").length, 25)
    assert.include(program, "NodeRuntime.runMain")
  })

  const guides = ["CONTRIBUTING.md", "SECURITY.md", "AGENTS.md"].concat(
    ["auth", "api", "sandbox", "cli", "fleet", "bench", "docs", "fleet-drill", "package-check"].map((name) =>
      `packages/${name}/AGENTS.md`
    )
  )

  const pages = ["README.md", ...guides, ...sources].map((file) => ({
    file,
    text: readFileSync(join(root, file), "utf8")
  }))

  it("every path that a page names is there", () => {
    const missing = pages.filter(({ file }) => file.endsWith(".md")).flatMap(({ file, text }) => {
      const folder = /^packages\/[\w-]+\//.exec(file)?.[0]
      // The guide of a package names what is in the package, and in its `src`.
      const isGuide = folder !== undefined && file.endsWith("AGENTS.md")
      const bases = isGuide ? [folder, `${folder}src`, "."] : ["."]
      const paths = isGuide ? /`([\w./-]+(?:\/|\.ts|\.md))`/g : /`((?:packages|examples)\/[\w./-]+)`/g
      return Array.from(text.matchAll(paths), ([, path = ""]) => path)
        .filter((path) => !bases.some((base) => existsSync(join(root, base, path))))
        .map((path) => `${file}: ${path}`)
    })
    assert.deepStrictEqual(missing, [])
  })

  it("every test that a guide says to run is there", () => {
    const tests = [
      "examples/test",
      ...["auth", "api", "sandbox", "fleet", "bench", "docs", "package-check"].map((name) => `packages/${name}/test`)
    ]
      .flatMap(
        (folder) =>
          readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`)
      ).filter((file) => file.endsWith(".test.ts"))
    const missing = pages.filter(({ file }) => guides.includes(file)).flatMap(({ file, text }) => {
      const folder = /^packages\/[\w-]+\//.exec(file)?.[0] ?? ""
      return Array.from(
        text.matchAll(/`npm (?:test|run vitest) -- ([^`]+)`/g),
        ([, filters = ""]) => filters.split(" ")
      )
        .flat()
        // Capitals stand for a name of the reader's.
        .filter((filter) => !/^[A-Z]+$/.test(filter))
        .filter((filter) => !tests.some((test) => test.startsWith(folder) && test.includes(filter)))
        .map((filter) => `${file}: ${filter}`)
    })
    assert.deepStrictEqual(missing, [])
  })

  const packageJson = (
    folder: string
  ): { readonly engines?: unknown; readonly scripts?: Readonly<Record<string, string>> } =>
    JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"))

  it("every command it names is one that installs what it takes (F148)", () => {
    const { scripts = {} } = packageJson(".")
    const examples = readdirSync(join(root, "examples")).filter((file) => file.endsWith(".ts"))
    const commands = [
      ...pages,
      ...examples.map((file) => ({ file, text: readFileSync(join(root, "examples", file), "utf8") }))
    ]
      .flatMap(({ text }) =>
        Array.from(
          text.matchAll(/`npm (?:run )?([a-z][a-z:-]*)(?: ([a-z-]+))?/g),
          ([, script = "", name]) => ({ script, name })
        )
      )
    assert.isAbove(commands.length, 10)
    for (const { name, script } of commands) {
      assert.match(scripts[script] ?? "", /^npx --yes pnpm@/)
      if (script === "example") assert.include(examples, `${name}.ts`)
    }
    for (const { text } of pages) assert.notInclude(text, "npx tsx")
  })

  it("the README and the packages name the same Node (F144)", () => {
    for (const folder of ["packages/auth", "packages/api", "packages/sandbox", "packages/cli", "packages/fleet"]) {
      assert.deepStrictEqual(packageJson(folder).engines, { node: ">=22.19" })
    }
    assert.include(pages[0]?.text, "Node 22.19 or later")
  })
})
