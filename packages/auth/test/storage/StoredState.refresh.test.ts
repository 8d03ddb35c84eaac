/** What a refresh keeps of the state of a store, and the grant that it goes on with. */
import * as Grant from "@app/auth/Grant"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as StoredState from "../../src/internal/storage/StoredState.ts"
import {
  accessTokenOnly,
  at,
  origin,
  record,
  revoked,
  signedOut,
  stored,
  tokens,
  unsaved
} from "../support/StoredRecords.ts"

const refreshGrant = Grant.RefreshToken({ refreshToken: Redacted.make("AQ-configured") })

const asked = (
  grant: Grant.Grant | undefined = refreshGrant,
  held: StoredState.Asked["held"] = tokens(1)
): StoredState.Asked => ({ held, configured: { grant, origin }, now: at(1000) })

const ofNobody: StoredState.Asked = { held: undefined, configured: { grant: undefined, origin }, now: at(1000) }

describe("the end of a sign-in", () => {
  it.each([
    ["refresh", StoredState.onRefresh, stored(record(1, { ended: revoked }))],
    ["retry after a sign-out", StoredState.onRetryEndedSignIn, stored(record(1, { ended: signedOut }))]
  ])("that a %s finds leaves the record as it was", (_name, rule, state) => {
    const [after, decision] = rule(state, asked())
    assert.strictEqual(decision._tag, "Fail")
    assert.deepStrictEqual(after, { ...state, known: tokens(1) })
  })
})

describe("a refresh token whose response may have been lost", () => {
  const grace = Duration.seconds(30)
  const goneOn = record(2, { pendingSince: at(1000) })

  it.each([
    ["is sent again at once while the server accepts it", grace, at(30_999), "Request"],
    ["is left alone afterwards, while there is a good access token", grace, at(31_000), "Use"],
    ["is left alone where the server is not known to accept it", undefined, at(1001), "Use"]
  ])("%s", (_title, refreshTokenGrace, now, decision) => {
    const one = { ...asked(), now, refreshTokenGrace }
    assert.strictEqual(StoredState.onRefresh(stored(goneOn), one)[1]._tag, decision)
    const [after, peeked] = StoredState.onPeek(stored(record(1)), stored(goneOn).record, one)
    assert.deepStrictEqual(peeked, decision === "Use" ? tokens(2) : undefined)
    assert.deepStrictEqual(after, decision === "Use" ? stored(goneOn, { known: tokens(2) }) : stored(record(1)))
  })

  it("costs nobody the good tokens when it cannot be sent", () => {
    const [, decision] = StoredState.onRefresh(stored(goneOn), { ...asked(), refreshTokenGrace: grace })
    assert.deepStrictEqual(decision._tag === "Request" ? decision.orUse : undefined, tokens(2))
  })

  it("is not looked for while the store lacks what replaced it", () => {
    const state = stored(record(1), unsaved(record(3)))
    assert.deepStrictEqual(StoredState.onPeek(state, stored(record(2)).record, asked()), [state, undefined])
  })
})

describe("the record that a refresh goes on from", () => {
  const beforeOf = ([, decision]: StoredState.Step<StoredState.Decision>) =>
    decision._tag === "Request" ? decision.before : undefined

  it("holds the tokens at hand where the store has lost them", () => {
    assert.deepStrictEqual(beforeOf(StoredState.onRefresh(stored(undefined), asked())), { origin, tokenSet: tokens(1) })
  })

  it("is empty without any", () => {
    const first = { ...asked(), held: undefined }
    assert.deepStrictEqual(beforeOf(StoredState.onRefresh(stored(undefined), first)), { origin })
  })

  it("is what the store has not accepted, whatever it holds itself", () => {
    const state = stored(record(3), unsaved(record(2)))
    assert.deepStrictEqual(beforeOf(StoredState.onRefresh(state, asked())), record(2))
  })
})

describe("the grant that a refresh goes on with", () => {
  const grantOf = ([, decision]: StoredState.Step<StoredState.Decision>) =>
    decision._tag === "Request" ? decision.grant : decision._tag

  it("is the client's own, also where a refresh token has been refused", () => {
    const grant = Grant.ClientCredentials({})
    const state = stored(undefined, { refused: { refreshToken: "AQ-1", ended: revoked } })
    assert.deepStrictEqual(grantOf(StoredState.onRefresh(state, { ...asked(grant), held: undefined })), grant)
  })

  it("is a stored refresh token without an age, where no grant is configured that knows one", () => {
    const state = stored({ origin, refreshToken: Redacted.make("AQ-2") })
    assert.deepStrictEqual(
      grantOf(StoredState.onRefresh(state, ofNobody)),
      Grant.RefreshToken({ refreshToken: Redacted.make("AQ-2"), authorizedAt: undefined })
    )
  })

  it("is none where neither the store nor the program has one", () => {
    const state = stored(record(1, { tokenSet: accessTokenOnly(1) }))
    assert.strictEqual(grantOf(StoredState.onRefresh(state, { ...ofNobody, held: accessTokenOnly(1) })), "Fail")
  })
})
