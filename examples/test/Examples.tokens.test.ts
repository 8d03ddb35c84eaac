import { assert, describe, it } from "vitest"
import { run } from "./support/Example.ts"

describe("examples", { concurrent: true, timeout: 120_000 }, () => {
  it("shared-store: three processes refresh as one", async () => {
    const lines = await run("shared-store")
    for (const number of [1, 2, 3]) {
      const line = lines.find((each) => each.startsWith(`process ${number}: `))
      assert.match(line ?? "", /\d+ calls answered, 0 failed, [3-9] tokens$/)
    }
    assert.match(lines.at(-1) ?? "", /has seen [2-9] refreshes for all three: 0 of them overlapped, 0 were refused\.$/)
  })

  it("encryption-at-rest: a person stays signed in while the key is replaced", async () => {
    const lines = await run("encryption-at-rest")
    const told = (start: string) => lines.map((line) => line.trim()).filter((line) => line.startsWith(start))
    assert.deepStrictEqual(told("keys").map((line) => line.includes(": signed in")), [true, true, true, true, false])
    assert.deepStrictEqual(
      told("on the disk").map((line) => /v1\.(\d+)\./.exec(line)?.[1]),
      ["2025", "2025", "2026", "2026", "2026"]
    )
    assert.include(told("keys").at(-1), "it needs the key \"2026\"")
  })

  it("other-provider: what is known of a provider is its address, and of a personal access token its text", async () => {
    const lines = await run("other-provider")
    assert.include(lines, "signed in: {\"sub\":\"ada\"}")
    assert.include(lines, "refreshed: {\"sub\":\"ada\"}")
    assert.include(lines, "personal access token: 200 {\"login\":\"ada\"}")
    assert.include(lines.at(-1), "this request was not sent there")
  })

  it("common-access-token: an edge delivers every segment, and nothing to an old token", async () => {
    const lines = await run("common-access-token")
    assert.match(lines[2] ?? "", /^\d+ segments in 6 s: 0 refused, [3-9] tokens$/)
    assert.match(lines[3] ?? "", /^another address: 401, URI .* not allowed$/)
    assert.strictEqual(lines[4], "the first token again: 401, Token has expired")
  })
})
