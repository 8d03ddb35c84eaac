import * as Catalogue from "@app/sandbox/Catalogue"
import { assert, describe, it } from "@effect/vitest"
import { execFileSync, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { text } from "node:stream/consumers"
import { entry, run, start } from "./support/Program.ts"

const { cutToTheFeeling, unknown } = Catalogue.ids

describe.concurrent("the program", () => {
  it("lists what the sandbox's person listens to, without an account", async () => {
    const { code, stderr, stdout } = await run(["--sandbox", "top", "tracks", "-n", "2", "--json"])
    assert.deepStrictEqual([code, stderr], [0, ""])
    const ranks = stdout.trimEnd().split("\n").map((line): { readonly rank: number } => JSON.parse(line))
    assert.deepStrictEqual(ranks.map(({ rank }) => rank), [1, 2])
  })

  it("reads ids from a pipe, prints what is there, and says what is not", async () => {
    const { code, stderr, stdout } = await run(["--sandbox", "track", "-"], {
      input: `${cutToTheFeeling}\n${unknown}\n`
    })
    assert.strictEqual(stdout, `${cutToTheFeeling}\tCut To The Feeling\tCarly Rae Jepsen\tCut To The Feeling\t3:28\n`)
    assert.strictEqual(stderr, `spotify: Spotify has no track under ${unknown}.\n`)
    assert.strictEqual(code, 3)
  })

  it("says in two lines what is wrong with a call, and nothing on standard output", async () => {
    const { code, stderr, stdout } = await run(["trakc"])
    assert.deepStrictEqual([code, stdout], [2, ""])
    assert.strictEqual(
      stderr,
      "spotify: Unknown subcommand \"trakc\" for \"spotify\". Did you mean: track\n"
        + "Run 'spotify --help' for what it takes.\n"
    )
  })

  it("says how to sign in where nobody has", async () => {
    assert.deepStrictEqual(await run(["me"]), {
      code: 4,
      stdout: "",
      stderr: "spotify: You are not signed in. Run `spotify login`.\n"
    })
  })

  it("says what to set where no folder is the person's", async () => {
    for (const args of [["me"], ["accounts"], ["login", "--client-id", "id"]]) {
      assert.deepStrictEqual(await run(args, { env: { HOME: "", SPOTIFY_CLIENT_ID: "id" } }), {
        code: 8,
        stdout: "",
        stderr: "spotify: There is no folder for your settings and sign-ins: HOME is not set. "
          + "Set it, or XDG_CONFIG_HOME to an absolute path.\n"
      })
    }
  })

  it.skipIf(process.platform !== "linux")("says at once that nothing can be made in a home", async () => {
    for (const args of [["me"], ["login", "--no-browser", "--client-id", "id"]]) {
      const { code, stderr, stdout } = await run(args, { env: { HOME: "/proc/nobody", SPOTIFY_CLIENT_ID: "id" } })
      assert.deepStrictEqual([code, stdout], [8, ""])
      assert.strictEqual(
        stderr.trimEnd().split("\n").at(-1),
        "spotify: The token store could not lock /proc/nobody/.config/spotify-cli/tokens: "
          + "the system lets nothing be made in /proc (ENOENT)."
      )
    }
  })

  it.each([["kid", "kid"], ["the kids", "'the kids'"]])(
    "names the account that nobody has signed in as: %s",
    async (account, word) => {
      assert.deepStrictEqual(await run(["me", "--account", account]), {
        code: 4,
        stdout: "",
        stderr: `spotify: Nobody is signed in as "${account}". `
          + `Run \`spotify login --account ${word}\`, or \`spotify accounts\` for the names.\n`
      })
    }
  )

  it("asks nobody for the app's id where nobody could answer", async () => {
    assert.deepStrictEqual(await run(["login"]), {
      code: 2,
      stdout: "",
      stderr:
        "spotify: Which app? Make one at https://developer.spotify.com/dashboard and pass its id with --client-id.\n"
    })
  })

  it.each([
    [
      ["login", "--client-id", "a b"],
      "flag --client-id: \"a b\". Expected: the client ID that the dashboard shows, without spaces"
    ],
    [
      ["login", "--redirect-uri", "https://example.com/"],
      "flag --redirect-uri: \"https://example.com/\". Expected: an address of this machine, such as http://127.0.0.1:8900/callback"
    ],
    [["search", " "], "argument <words>: \" \". Expected: a word to look for"],
    [["top", "albums"], "argument <kind>: \"albums\". Expected: \"artists\" | \"tracks\""],
    [["track", "a", "--market", "SWE"], "flag --market: \"SWE\". Expected: the two letters of a country, such as SE"]
  ])("says in a sentence what is wrong with %j", async (args, issue) => {
    const { code, stderr, stdout } = await run(args)
    assert.deepStrictEqual([code, stdout], [2, ""])
    assert.strictEqual(
      stderr,
      `spotify: Invalid value for ${issue}\nRun 'spotify ${args[0]} --help' for what it takes.\n`
    )
  })

  it.each([
    [[], /^20\S+Z\tValid\t20\S+Z\n$/],
    [["--json"], /^\{"account":"default",.*"phase":"Valid",.*\}\n$/]
  ])("tells a pipe each change of the sign-in on a line until it is interrupted: %s", async (flags, expected) => {
    const program = start(["--sandbox", "status", "--watch", ...flags])
    const [line] = await once(program.stdout, "data")
    program.kill("SIGINT")
    assert.deepStrictEqual(await once(program, "exit"), [130, null])
    assert.match(String(line), expected)
  })

  it("completes its commands and flags in bash", async () => {
    const { code, stdout } = await run(["completion", "bash"])
    assert.strictEqual(code, 0)
    assert.include(stdout, "spotify completion bash >> ~/.bashrc")
    const completed = (word: string) => {
      const typed = `COMP_WORDS=(spotify ${word}) COMP_CWORD=1 COMP_LINE="spotify ${word}" COMP_POINT=99`
      const script = `${stdout}\n${typed}; _spotify spotify ${word} spotify; echo "\${COMPREPLY[@]}"`
      return execFileSync("bash", ["--norc", "-c", script], { encoding: "utf8" }).trim().split(" ")
    }
    assert.deepStrictEqual(completed("st"), ["status"])
    assert.includeMembers(completed("--"), ["--account", "--sandbox", "--json"])
  })

  it.runIf(existsSync("/dev/full"))("says when its output cannot be written", () => {
    const { status, stderr } = spawnSync(
      "sh",
      ["-c", "exec \"$0\" \"$@\" > /dev/full", process.execPath, entry, "--sandbox", "top"],
      { encoding: "utf8" }
    )
    assert.strictEqual(status, 8)
    assert.match(stderr, /^spotify: The output could not be written: ENOSPC: .+\. Write it elsewhere\.\n$/)
  })

  it("ends quietly when its reader has seen enough", async () => {
    const program = start(["--sandbox", "saved", "-n", "0", "--json"])
    program.stdout.destroy()
    const [stderr, [code]] = await Promise.all([text(program.stderr), once(program, "exit")])
    assert.deepStrictEqual([code, stderr], [0, ""])
  })
})
