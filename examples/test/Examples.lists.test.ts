/** The examples of many calls: under a rate limit, in batches, and page by page. */
import { assert, describe, it } from "@effect/vitest"
import { run } from "./support/Example.ts"

describe("examples", { concurrent: true, timeout: 120_000 }, () => {
  it("rate-limits: every call is answered, and one that must not wait learns when to come again", async () => {
    const lines = await run("rate-limits")
    assert.include(lines[0], "8 requests are allowed in any 2 seconds")
    const refusal = lines.filter((line) => line.includes("A call that must not wait"))
    assert.strictEqual(refusal.length, 1)
    assert.match(refusal[0] ?? "", /tracks\.get: Spotify's rate limit is reached\. Call again from \d{4}-\d\d-\d\dT/)
    const progress = lines.flatMap((line) =>
      /^ *([\d.]+) s {2}█*·* {2}(\d+) answered, 429s so far: (\d+)$/.exec(line) ?? []
    )
    assert.isAbove(progress.length, 0)
    const [, requests = ""] = /^Calls: 24, answered: 24, requests: (\d+)$/.exec(lines.at(-1) ?? "") ?? []
    // Each 429 that a call under way received makes one request more.
    assert.isAbove(Number(requests), 24)
    assert.isAtMost(Number(requests), 24 * 5)
  })

  it("saved-tracks: five tracks cost one page, and a second run goes on where the first stopped", async () => {
    const output = (await run("saved-tracks")).join("\n")
    const [, saved = ""] = /^(\d+) tracks are saved\.$/m.exec(output) ?? []
    const pages = Math.ceil(Number(saved) / 20)
    assert.isAbove(pages, 3)
    const [, latest = "", all = "", twoRuns = ""] = output.split("\n\n")
    assert.strictEqual(Array.from(latest.matchAll(/^ {2}\d{4}-\d\d-\d\d {2}\S.* · \S/gm)).length, 5)
    assert.match(latest, /pages requested: 1$/)
    assert.match(
      all,
      new RegExp(`^ {2}${saved} tracks, which play for \\d+ minutes\n {2}pages requested: ${pages}$`, "m")
    )
    const read = Array.from(twoRuns.matchAll(/a page of (\d+)/g), ([, items]) => Number(items))
    assert.strictEqual(read.reduce((sum, items) => sum + items, 0), Number(saved))
    assert.match(twoRuns, /continued from \/me\/tracks\?limit=20&offset=40/)
    assert.match(twoRuns, new RegExp(`pages requested: ${pages}$`))
  })

  it("thousand-tracks: fifty ids make one request, unless the mode has no such request", async () => {
    const lines = await run("thousand-tracks")
    const requests = lines.map((line) => Number(/ (\d+) requests/.exec(line)?.[1]))
    assert.deepStrictEqual(requests, [20, 20, 1000])
    const found = lines.map((line) => / (\d+) found, (\d+) unknown$/.exec(line)?.slice(1).map(Number) ?? [])
    assert.strictEqual(new Set(found.map(String)).size, 1)
    assert.strictEqual(found[0]?.reduce((sum, tracks) => sum + tracks, 0), 1000)
  })
})
