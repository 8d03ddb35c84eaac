import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"

const root = join(import.meta.dirname, "../..")

/** What an example prints from its beginning to its end. */
const run = async (name: string) => {
  const { stderr, stdout } = await promisify(execFile)(join(root, "node_modules/.bin/tsx"), [`examples/${name}.ts`], {
    cwd: root,
    timeout: 110_000
  })
  assert.strictEqual(stderr, "")
  return stdout.trim().split("\n")
}

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

  it("observability: traces, logs and metrics reach the collector", async () => {
    const output = (await run("observability")).join("\n")
    for (const span of ["visit", "TokenService.wait", "TokenService.refresh", "TokenEndpoint.request"]) {
      assert.match(output, new RegExp(`^trace   ${span} +\\d+ ms$`, "m"))
    }
    assert.match(output, /^log {5}Warn: No token could be fetched: the authorization server answered 503\./m)
    assert.match(output, /^log {5}Info: Token 2 is here\. Attempts that failed before it: 1\.$/m)
    assert.include(output, "oauth_token_requests grant=AuthorizationCode outcome=success: 1")
    assert.include(output, "oauth_token_requests grant=RefreshToken outcome=TokenRequestFailed: 1")
    assert.match(output, /^metric {2}oauth_token_requests grant=RefreshToken outcome=success: [3-9]$/m)
    assert.match(output, /^metric {2}oauth_token_request_duration grant=RefreshToken: [4-9] times, \d+ ms in all$/m)
    for (const gauge of ["oauth_token_expires_at", "oauth_authorized_at", "oauth_waiting_callers"]) {
      assert.match(output, new RegExp(`${gauge}: \\d`))
    }
  })

  it("without-effect: every call is answered while tokens come and go", async () => {
    const lines = await run("without-effect")
    for (const line of lines) assert.match(line, /^token \d: the API answers 200$/)
    assert.include(lines[0], "token 1")
    assert.match(lines.at(-1) ?? "", /^token [4-9]/)
  })
})
