import { Catalogue, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { environment, root, run } from "./support/Example.ts"

describe("examples", { concurrent: true, timeout: 120_000 }, () => {
  it("many-accounts: a sign-out and a refusal are nobody else's trouble", async () => {
    const lines = await run("many-accounts")
    const told = (name: string) => lines.filter((line) => line.startsWith(`${name}: `))
    assert.deepStrictEqual(told("ann"), ["ann: hello, Sandy Box", "ann: hello, Sandy Box"])
    assert.deepStrictEqual(told("ben").map((line) => line.includes("hello")), [true, false])
    assert.include(told("ben")[1], "signed out")
    assert.isTrue(told("cleo").every((line) => line.includes("not registered")))
    assert.strictEqual(lines.at(-1), "token requests: 3")
  })

  it("without-effect: every call is answered while tokens come and go", async () => {
    const printed = await run("without-effect")
    const lines = printed.filter((line) => line.startsWith("token "))
    for (const line of lines) assert.match(line, /^token \d: the API answers 200$/)
    assert.include(lines[0], "token 1")
    assert.match(lines.at(-1) ?? "", /^token [4-9]/)
    const others = printed.filter((line) => !line.startsWith("token ")).map((line) =>
      line.replace(/\d{4}-\d\d-\d\d/, "DAY")
    )
    assert.deepStrictEqual(others, [
      "Sandy Box saves three tracks",
      "saved on DAY: Helvegen, 412 s",
      "saved on DAY: Typhoons, 237 s",
      "saved on DAY: Cut To The Feeling, 208 s",
      "as JSON: {\"name\":\"Helvegen\",\"durationMs\":412372}",
      "failed: NotFound",
      "given up: no time",
      "after the sign-out: The person has been signed out. Ask them to sign in."
    ])
  })
})

describe("npm start", { timeout: 120_000 }, () => {
  /** Runs `npm start` without the environment's own settings and returns its output and exit code. */
  const start = (args: ReadonlyArray<string>, settings: Readonly<Record<string, string>> = {}) =>
    Effect.promise(() => {
      const running = promisify(execFile)(join(root, "node_modules/.bin/node"), ["examples/quickstart.ts", ...args], {
        cwd: root,
        env: { ...environment, ...settings },
        timeout: 110_000
      })
      return running.then(
        ({ stderr, stdout }) => ({ code: 0, stderr, stdout }),
        ({ code, stderr, stdout }: { readonly code: number; readonly stderr: string; readonly stdout: string }) => ({
          code,
          stderr,
          stdout
        })
      )
    })

  const unknown = "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC"

  it.live("names the tracks there are for one that the sandbox does not know (F137)", () =>
    Effect.gen(function*() {
      const { code, stderr } = yield* start([unknown])
      assert.strictEqual(code, 1)
      assert.include(stderr, "This local stand-in for Spotify does not know that track")
      for (const { id, name } of Catalogue.tracks) assert.match(stderr, new RegExp(`${id} .*${name}`))
    }))

  it.live("says whom it talks to, which need not be Spotify (F140)", () =>
    Effect.gen(function*() {
      const { accountsUrl, apiUrl, client, clearLog, count } = yield* Sandbox.Sandbox
      const settings = {
        SPOTIFY_CLIENT_ID: client.clientId,
        SPOTIFY_CLIENT_SECRET: Redacted.value(client.clientSecret),
        SPOTIFY_ACCOUNTS_URL: accountsUrl,
        SPOTIFY_API_URL: apiUrl
      }
      const found = yield* start([], settings)
      assert.strictEqual(found.code, 0)
      assert.match(found.stdout, new RegExp(`^Talking to ${apiUrl} with tokens of ${accountsUrl}`))
      assert.include(found.stdout, "Cut To The Feeling")
      assert.strictEqual(yield* count("GET /v1/tracks/{id}", ({ status }) => status === 200), 1)
      yield* clearLog
      const missing = yield* start([unknown], settings)
      assert.strictEqual(missing.code, 1)
      assert.include(missing.stderr, `${apiUrl} does not know that track`)
      assert.strictEqual(yield* count("GET /v1/tracks/{id}", ({ status }) => status === 404), 1)
    }).pipe(Effect.provide(Sandbox.layer())))
})
