import { assert, describe, it } from "@effect/vitest"
import { displayWidth } from "effect/cli/CliOutput"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { pictured, screens } from "../tour/Screens.ts"
import * as SvgTimeline from "../tour/SvgTimeline.ts"
import * as TextTimeline from "../tour/TextTimeline.ts"
import type { Timeline } from "../tour/Timeline.ts"
import * as Tour from "../tour/Tour.ts"

const root = join(import.meta.dirname, "../..")

/** A run of four seconds: a revocation, a 503, a call that waits, and one that fails. */
const timeline: Timeline = {
  duration: 4000,
  tokens: [{ number: 1, from: 0, to: 2000 }, { number: 2, from: 2200, to: 4000 }],
  tokenRequests: [
    { at: 0, status: 200, isGood: true },
    { at: 2000, status: 503, isGood: false },
    { at: 2150, status: 200, isGood: true }
  ],
  refusals: [{ at: 2000, status: 401, isGood: false }],
  calls: [{ from: 0, to: 10 }, { from: 1000, to: 1010 }, { from: 2000, to: 2300 }, {
    from: 3500,
    to: 3510,
    reason: "Timeout"
  }],
  events: [{ at: 2000, label: "the server revokes <the token>" }]
}

describe("a timeline", () => {
  it("is drawn in characters", () => {
    assert.deepStrictEqual(
      TextTimeline.draw(timeline, 56),
      [
        "                          the server revokes <the token>",
        "                                    ▾",
        "token 1         ━━━━━━━━━━━━━━━━━━━━",
        "token 2                               ━━━━━━━━━━━━━━━━━━",
        "token requests  ●                   ✗●",
        "                                    503",
        "refused by API                      ✗",
        "                                    401",
        "calls           ·         ·         ╌╌╌·           ✗",
        "                0 s       1 s       2 s       3 s    4 s"
      ]
    )
  })

  it("has no line wider than the terminal", () => {
    for (let width = 40; width < 110; width++) {
      for (const line of TextTimeline.draw(timeline, width)) assert.isAtMost(displayWidth(line), width)
    }
  })

  it("is told in numbers", () => {
    assert.deepStrictEqual(
      Tour.tell({ title: "A title", text: "A sentence.", decidedIn: ["a/file.ts"] }, timeline, 80).slice(-4),
      [
        "4 calls, failed: 1 × Timeout; 3 token requests, of which 1 × 503; refused by the",
        "API: 1 × 401.",
        "A sentence.",
        "Decided in a/file.ts"
      ]
    )
  })

  it("is a picture for light pages and dark ones, with words for those who do not see it", () => {
    const svg = SvgTimeline.draw("Tokens & calls", timeline)
    assert.include(svg, "<title id=\"title\">Tokens &amp; calls</title>")
    assert.include(svg, "2 tokens; 4 calls, failed: 1 × Timeout; 3 token requests, of which 1 × 503;")
    assert.include(svg, "the server revokes &lt;the token&gt;")
    assert.include(svg, "prefers-color-scheme: dark")
    assert.notInclude(svg, "NaN")
    assert.lengthOf(svg.match(/class="token"/g) ?? [], 2)
    assert.lengthOf(svg.match(/<circle/g) ?? [], 4)
  })
})

describe("the tour", { concurrent: true }, () => {
  it("names files that are there, and each screen once", () => {
    assert.strictEqual(new Set(screens.map(({ name }) => name)).size, screens.length)
    for (const { decidedIn } of screens) for (const file of decidedIn) assert.isTrue(existsSync(join(root, file)), file)
  })

  it("has the picture of the README", () => {
    const [, title = "", file = ""] = /!\[([^\]]*)\]\((examples\/tour\/\S+\.svg)\)/.exec(
      readFileSync(join(root, "README.md"), "utf8")
    ) ?? []
    assert.include(readFileSync(join(root, file), "utf8"), `<title id="title">${title}</title>`)
    assert.strictEqual(screens.find(({ name }) => name === pictured)?.title, title)
  })

  it("prints a screen into a pipe without escape sequences", async () => {
    const { stderr, stdout } = await promisify(execFile)(
      join(root, "node_modules/.bin/node"),
      ["examples/tour.ts", "--only", "revoked"],
      { cwd: root, timeout: 60_000 }
    )
    assert.strictEqual(stderr, "")
    assert.match(stdout, /^The API refuses a token that should be good\n\n/)
    assert.match(stdout, /\d+ calls, none failed; 2 token requests; refused by the API: \d+ × 401\./)
    assert.notInclude(stdout, "\u001b")
    for (const line of stdout.split("\n")) assert.isAtMost(displayWidth(line), 80)
  })

  const runOf = (name: string) =>
    Effect.flatMap(Effect.fromNullishOr(screens.find((screen) => screen.name === name)), Tour.run)

  it.live("shows that calls which meet a revoked token share one request, and that none fails", () =>
    Effect.gen(function*() {
      const { calls, refusals, tokenRequests, tokens } = yield* runOf("crowd")
      assert.isAbove(calls.length, 100)
      assert.deepStrictEqual(calls.filter(({ reason }) => reason !== undefined), [])
      assert.isAbove(refusals.length, 0)
      assert.lengthOf(tokenRequests, 2)
      assert.lengthOf(tokens, 2)
    }))

  it.live("shows what calls fail with after the end of a sign-in, and that they go on after another", () =>
    Effect.gen(function*() {
      const { calls, tokenRequests } = yield* runOf("ended")
      assert.deepStrictEqual(
        new Set(calls.map(({ reason }) => reason)),
        new Set([undefined, "ReauthorizationRequired"])
      )
      assert.isUndefined(calls.toSorted((one, other) => one.to - other.to).at(-1)?.reason)
      assert.deepStrictEqual(tokenRequests.map(({ isGood }) => isGood), [true, false, true])
    }))
})
