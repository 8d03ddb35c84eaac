/** The API reference, generated into a folder of its own. */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"

const packages = join(import.meta.dirname, "../..")

/** The public modules of the packages, by the names that programs import them by. */
const modules = ["auth", "api", "sandbox"].flatMap((name) =>
  readdirSync(join(packages, name, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !/(?:^|\/)(?:internal\/|index\.ts|main\.ts)/.test(file))
    .map((file) => `@app/${name}/${file.slice(0, -".ts".length)}`)
)

/** The anchors of a page: those that it sets, and its headings as GitHub makes anchors of them. */
const anchorsOf = (page: string): ReadonlySet<string> => {
  const seen = new Map<string, number>()
  const headings = Array.from(page.replace(/^```.*?^```/gms, "").matchAll(/^#+ (.*)$/gm), ([, heading = ""]) => {
    const slug = heading.toLowerCase().replace(/[^\w -]/g, "").replaceAll(" ", "-")
    const times = seen.get(slug) ?? 0
    seen.set(slug, times + 1)
    return times === 0 ? slug : `${slug}-${times}`
  })
  return new Set([...headings, ...Array.from(page.matchAll(/<a id="([^"]+)">/g), ([, id = ""]) => id)])
}

describe("the API reference", { timeout: 120_000 }, () => {
  const out = mkdtempSync(join(tmpdir(), "reference-"))
  let report = ""

  const read = (path: string) => readFileSync(join(out, path), "utf8")

  beforeAll(async () => {
    const { stderr, stdout } = await promisify(execFile)(
      process.execPath,
      [join(packages, "docs/node_modules/typedoc/bin/typedoc"), "--out", out],
      { cwd: join(packages, "docs") }
    ).catch((error: { readonly stdout: string; readonly stderr: string }) => error)
    report = `${stdout}${stderr}`
    return () => rmSync(out, { recursive: true })
  }, 120_000)

  it("is generated without a warning", () => {
    assert.notMatch(report, /\[(?:warning|error)\]/)
    assert.match(report, /markdown generated/)
  })

  it("has a page for each public module, which begins with its doc comment", () => {
    const pages = readdirSync(join(out, "@app"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".md"))
      .map((file) => `@app/${file.slice(0, -".md".length)}`)
    assert.deepStrictEqual(pages.toSorted(), modules.toSorted())
    const index = read("README.md")
    for (const module of modules) {
      assert.match(read(`${module}.md`), /^# @app\/[\w/]+\n\n[A-Z`]/)
      assert.include(index, `| [${module}](${module}.md) | `)
    }
  })

  it("lists operations as functions, services by their members, and errors by their fields", () => {
    assert.match(read("@app/api/Tracks.md"), /^### saveAt\(\)\n\n```ts\nfunction saveAt\(tracks\): /m)
    assert.match(read("@app/auth/TokenService.md"), /^### make\(\)\n\n```ts\nfunction make\(options\): /m)
    assert.match(read("@app/auth/FileTokenStorage.md"), /function make\(options\): Effect<TokenStorage, /)
    assert.match(read("@app/auth/TokenStore.md"), /^\| <a id="property-modify"><\/a> `modify` \|/m)
    assert.match(read("@app/api/SpotifyError.md"), /^\| .*`retryAfter\?` \| `readonly` \| `Duration` \| Pause that/m)
    for (const module of modules) {
      const page = read(`${module}.md`)
      assert.notMatch(page, /^const \w+: .*=>|__namedParameters|^function .*\(\.\.\.args\)/m, module)
      assert.notInclude(page, "Inherited from `Schema.", module)
      // A union that has a name is written by it: the countries of `Market` are in its own declaration alone.
      if (module !== "@app/api/model/Market") assert.notInclude(page, "\"AD\"", module)
    }
  })

  it("has no link that leads nowhere", () => {
    const dead = ["README.md", ...modules.map((module) => `${module}.md`)].flatMap((from) =>
      Array.from(read(from).matchAll(/\]\(((?!https?:)[^)#\s]*)(?:#([^)\s]+))?\)/g), ([, path = "", anchor]) => {
        const to = path === "" ? from : join(dirname(from), path)
        return existsSync(join(out, to)) && (anchor === undefined || anchorsOf(read(to)).has(anchor))
          ? []
          : [`${from}: ${path}#${anchor}`]
      }).flat()
    )
    assert.deepStrictEqual(dead, [])
  })
})
