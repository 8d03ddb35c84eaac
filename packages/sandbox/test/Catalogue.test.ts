import { Catalogue, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFileSync, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { call, inSandbox, programToken, send } from "./support/Requests.ts"

describe("the tracks it knows", () => {
  it.live("are listed by the control surface, by the program and in the README, by id and name (F137)", () =>
    Effect.gen(function*() {
      const { accountsUrl } = yield* Sandbox.Sandbox
      assert.deepStrictEqual((yield* send(`${accountsUrl}/sandbox/tracks`)).json, Catalogue.tracks)
      const program = execFileSync(process.execPath, [join(import.meta.dirname, "../src/main.ts"), "tracks"], {
        encoding: "utf8"
      })
      const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8")
      const token = yield* programToken
      for (const { artist, id, name } of Catalogue.tracks) {
        assert.include(program, `${id}  ${artist}, ${name}\n`)
        assert.match(readme, new RegExp(`^\\| \`${id}\` \\| ${name} +\\| ${artist} +\\|$`, "m"))
        assert.strictEqual((yield* call(`/tracks/${id}`, token)).status, 200)
      }
    }).pipe(inSandbox()))
})

describe("the program", () => {
  it.each([
    [[], "Invalid value for flag --port: PORT is not a number", ""],
    [["nonsense"], "Unknown subcommand \"nonsense\" for \"spotify-sandbox\"", ""],
    [["--rotte"], "Unrecognized flag: --rotte in command spotify-sandbox. Did you mean: --rotate", ""],
    [["tracks", "x"], "Unexpected positional argument: \"x\"", " tracks"]
  ])("says in a sentence what is wrong with %j, and where to read on", (args, sentence, command) => {
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, "../src/main.ts"), ...args],
      { encoding: "utf8", env: { PORT: "none" } }
    )
    assert.deepStrictEqual([status, stdout], [1, ""])
    assert.strictEqual(stderr, `${sentence}\nRun 'spotify-sandbox${command} --help' for what it takes.\n`)
  })
})
