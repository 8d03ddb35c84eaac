import * as AuthError from "@app/auth/AuthError"
import type { TokenStatus } from "@app/auth/TokenStatus"
import { assert, describe, it } from "@effect/vitest"
import { displayWidth } from "effect/cli/CliOutput"
import * as DateTime from "effect/DateTime"
import * as StatusView from "../src/StatusView.ts"
import * as Style from "../src/Style.ts"

const now = DateTime.makeUnsafe("2026-11-26T06:00:00Z")
const after = (seconds: number) => DateTime.add(now, { seconds })

const good: TokenStatus = {
  phase: "Valid",
  generation: 1,
  expiresAt: after(3598),
  refreshAt: after(3211),
  error: undefined,
  retryAt: undefined,
  unsaved: undefined,
  signInDueAt: DateTime.makeUnsafe("2027-05-24T06:00:00Z"),
  isSignInDueSoon: false
}

const subject: StatusView.Subject = {
  account: "default",
  title: "Sandy Box",
  id: "sandy.box",
  displayName: "Sandy Box",
  scopes: ["user-read-private", "user-library-read", "user-top-read"]
}

const lines = (status: TokenStatus, columns: number, before?: StatusView.View) =>
  StatusView.lines(subject, StatusView.look(before, { status, now }), columns, Style.make(false))

describe("StatusView", () => {
  it("shows the time that is left in 80 columns", () => {
    assert.deepStrictEqual(lines(good, 80), [
      "● Sandy Box (default)",
      "  token        good",
      `  ends in      59m 58s  ${"█".repeat(40)}`,
      "  refresh in   53m 31s",
      "  sign-in due  2027-05-24",
      "  scopes       user-read-private user-library-read user-top-read",
      "  Ctrl-C ends this"
    ])
  })

  it("has no line that is too wide for a narrow terminal", () => {
    for (let columns = 38; columns < 90; columns++) {
      for (const line of lines(good, columns)) assert.isAtMost(displayWidth(line), columns)
    }
  })

  const failed = new AuthError.AuthError({
    reason: new AuthError.TokenRequestFailed({ kind: "Timeout", detail: "nobody answered" })
  })

  it.each<readonly [TokenStatus, string]>([
    [{ ...good, phase: "Refreshing" }, "good, and being refreshed"],
    [{ ...good, phase: "Refreshing", expiresAt: undefined }, "being refreshed"],
    [
      { ...good, phase: "Retrying", error: failed, retryAt: after(3) },
      "good, but Spotify does not give a new one, next try in 3s"
    ],
    [
      { ...good, phase: "Retrying", expiresAt: after(-1), error: failed, retryAt: after(0) },
      "Spotify does not give a new one, next try now"
    ],
    [{ ...good, phase: "SignInRequired" }, "good, and the last one: the sign-in has ended"],
    [{ ...good, phase: "SignInRequired", expiresAt: undefined }, "over, since the sign-in has ended"],
    [{ ...good, phase: "Misconfigured", expiresAt: undefined }, "none, since the app's settings are wrong"],
    [{ ...good, phase: "Empty", expiresAt: undefined }, "none"]
  ])("says how the token is doing: %#", (status, expected) => {
    assert.deepInclude(StatusView.fields(subject, { status, now }), ["token", expected])
  })

  it("fills the bar with the life of a token that has just come, and with an hour for the first one", () => {
    const barOf = (status: TokenStatus, before?: StatusView.View) => lines(status, 80, before)[2]?.slice(24).length
    const short = { ...good, expiresAt: after(900) }
    assert.strictEqual(barOf(short), 10)
    const first = StatusView.look(undefined, { status: good, now })
    assert.strictEqual(barOf(short, first), 40)
    assert.strictEqual(barOf(good, first), 40)
  })

  it("gives programs every time as ISO 8601, and null for what is absent", () => {
    assert.deepStrictEqual(
      StatusView.json({ ...subject, id: undefined }, { status: { ...good, error: failed }, now }),
      {
        account: "default",
        id: null,
        displayName: "Sandy Box",
        phase: "Valid",
        expiresAt: "2026-11-26T06:59:58.000Z",
        signInDueAt: "2027-05-24T06:00:00.000Z",
        scopes: ["user-read-private", "user-library-read", "user-top-read"],
        at: "2026-11-26T06:00:00.000Z",
        refreshAt: "2026-11-26T06:53:31.000Z",
        retryAt: null,
        reason: "TokenRequestFailed"
      }
    )
  })
})
