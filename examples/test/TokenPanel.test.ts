/** The words of the token panel in `examples/browser`, for each phase of a token's life. */
import { AccessToken } from "@app/auth/AccessToken"
import type { TokenStatus } from "@app/auth/TokenStatus"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import * as TokenPanel from "../browser/src/TokenPanel.ts"

const at = (seconds: number) => DateTime.makeUnsafe(seconds * 1000)

const token = new AccessToken({ value: Redacted.make("BQ"), scopes: [], issuedAt: at(0), expiresAt: at(3600) })

const valid: TokenStatus = {
  phase: "Valid",
  generation: 1,
  expiresAt: at(3600),
  refreshAt: at(3150),
  error: undefined,
  retryAt: undefined,
  unsaved: undefined,
  signInDueAt: undefined,
  isSignInDueSoon: false
}

const describeAt = (seconds: number, status: TokenStatus = valid, held: AccessToken | undefined = token) =>
  TokenPanel.describe({ status, token: held, isShared: true, now: seconds * 1000 })

describe("the token panel", () => {
  it("lets the hour run down to its end and no further", () => {
    const shown = [0, 900.4, 3599.5, 3600, 4000].map((now) => describeAt(now))
    assert.deepStrictEqual(shown.map(({ remaining }) => remaining), ["60:00", "45:00", "0:01", "0:00", "0:00"])
    assert.deepStrictEqual(shown.map(({ spoken }) => spoken), [
      "60 minutes left",
      "45 minutes left",
      "at most one minute left",
      "over",
      "over"
    ])
    assert.deepStrictEqual(shown.map(({ share }) => Math.round(share * 100)), [100, 75, 0, 0, 0])
  })

  it("says what happens next", () => {
    assert.strictEqual(describeAt(3000).next, "It is refreshed in 2:30, before it ends.")
    assert.include(describeAt(3200, { ...valid, phase: "Refreshing" }).next, "on its way")
    assert.include(describeAt(3200, { ...valid, phase: "Retrying", retryAt: at(3222) }).next, "asked again in 0:22")
  })

  it("shows that there is no token", () => {
    const { remaining, share } = describeAt(0, { ...valid, phase: "Empty", expiresAt: undefined }, undefined)
    assert.deepStrictEqual([remaining, share], ["No token", 0])
  })

  it("has a line for what changes, and none for what stays", () => {
    assert.strictEqual(TokenPanel.event(undefined, valid), "There is a good token.")
    assert.strictEqual(TokenPanel.event(valid, { ...valid, phase: "Refreshing" }), "Spotify is asked for a new token.")
    assert.strictEqual(
      TokenPanel.event({ ...valid, phase: "Refreshing" }, { ...valid, generation: 2 }),
      "A new token is here."
    )
    assert.isUndefined(TokenPanel.event(valid, { ...valid, isSignInDueSoon: true }))
  })
})
