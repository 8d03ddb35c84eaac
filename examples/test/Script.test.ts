/** The scripts of package.json that take flags or arguments, called wrongly. */
import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { text } from "node:stream/consumers"

const root = join(import.meta.dirname, "../..")

const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8")
)

/** Runs the program of a script, without the package manager and the build before it. */
const run = async (script: string, args: ReadonlyArray<string>) => {
  const [, program = ""] = /\bnode (\S+\.ts)/.exec(scripts[script] ?? "") ?? []
  const child = spawn(process.execPath, [program, ...args], { cwd: root })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")])
  return { code, stdout, stderr }
}

describe("a script that is called wrongly", { concurrent: true }, () => {
  it.each([
    ["tour", ["--nope"], "Unrecognized flag: --nope in command tour"],
    ["bench", ["--onyl"], "Unrecognized flag: --onyl in command bench. Did you mean: --only"],
    ["drill:fleet", ["--nope"], "Unrecognized flag: --nope in command drill:fleet"],
    ["pack", [], "Missing required argument: folder"],
    ["corpus", [], "Missing required argument: dir"],
    ["corpus", ["/nope"], "Invalid value for argument <dir>: Path does not exist: /nope"],
    ["conformance", [], "Missing required argument: file"]
  ])("says in a sentence what is wrong, and how to see the help: %s %j", async (script, args, issue) => {
    assert.deepStrictEqual(await run(script, args), {
      code: 1,
      stdout: "",
      stderr: `${issue}\nRun 'npm run ${script} -- --help' for what it takes.\n`
    })
  })

  it.each([
    ["/nope", "There is no file /nope"],
    [join(root, "docs"), `${join(root, "docs")} is a folder`],
    [join(root, "dprint.json"), `${join(root, "dprint.json")} is no OpenAPI description (Missing key at ["paths"])`],
    [
      join(root, "README.md"),
      `${join(root, "README.md")} is neither YAML nor JSON (YAMLParseError: Unexpected scalar token`
    ]
  ])("says what to give for a file that is no description: %s", async (file, issue) => {
    const { code, stderr, stdout } = await run("conformance", [file])
    assert.deepStrictEqual([code, stdout], [1, ""])
    assert.isTrue(stderr.startsWith(issue), stderr)
    assert.isTrue(
      stderr.endsWith(
        ": give a file with an OpenAPI description of the Web API, in YAML or JSON, such as Spotify's own.\n"
      ),
      stderr
    )
    assert.strictEqual(stderr.match(/\n/g)?.length, 1)
  })

  it("shows the help where it is asked for", async () => {
    const { code, stderr, stdout } = await run("pack", ["--help"])
    assert.deepStrictEqual([code, stderr], [0, ""])
    assert.match(stdout, /^DESCRIPTION\n.*\n\nUSAGE\n {2}pack /)
  })
})
