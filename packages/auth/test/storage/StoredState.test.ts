/**
 * The rules for the tokens that the store holds, without a store: each state and event has a row, in milliseconds. The
 * tests of `TokenService` hold what the rules come to over HTTP and between processes.
 */
import { AccessToken } from "@app/auth/AccessToken"
import type * as AuthError from "@app/auth/AuthError"
import * as Grant from "@app/auth/Grant"
import { TokenSet } from "@app/auth/TokenSet"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as FailedWrite from "../../src/internal/storage/FailedWrite.ts"
import * as GrantRecord from "../../src/internal/storage/GrantRecord.ts"
import * as StoredState from "../../src/internal/storage/StoredState.ts"
import {
  accessTokenOnly,
  at,
  day,
  errorOf,
  hour,
  malformed,
  origin,
  record,
  revoked,
  serverError,
  signedOut,
  stored,
  storeError,
  timeout,
  tokens,
  unreachable,
  unsaved
} from "../support/StoredRecords.ts"

const refreshGrant = Grant.RefreshToken({ refreshToken: Redacted.make("AQ-configured") })

const asked = (rest: Partial<StoredState.Asked> = {}): StoredState.Asked => ({
  held: tokens(1),
  configured: { grant: refreshGrant, origin },
  now: at(1000),
  ...rest
})

const ofClient = { held: undefined, configured: { grant: Grant.ClientCredentials({}), origin } }
const ofNobody = { held: undefined, configured: { grant: undefined, origin: Redacted.make("") } }

const refused = { refreshToken: "AQ-1", ended: revoked }
const alone = { origin, refreshToken: Redacted.make("AQ-2") }
const single = record(1, { tokenSet: accessTokenOnly(1) })
const ofOther = record(2, { origin: Redacted.make("refresh_token AQ-other") })

type Case = readonly [state: StoredState.StoredState, asked?: Partial<StoredState.Asked>]

// -----------------------------------------------------------------------------
// Decisions in words
// -----------------------------------------------------------------------------

const grantOf = (grant: Grant.Grant) => grant._tag === "RefreshToken" ? Redacted.value(grant.refreshToken) : grant._tag

const kindOf = ({ reason }: AuthError.AuthError) =>
  reason._tag === "ReauthorizationRequired" ? reason.kind : reason._tag

const wordsOf = (decision: StoredState.AfterEnd | FailedWrite.AfterConflict): string => {
  switch (decision._tag) {
    case "Use":
      return `use ${Redacted.value(decision.tokenSet.accessToken.value)}`
    case "Fail":
      return `fail ${kindOf(decision.error)}`
    case "Request":
      return `request with ${grantOf(decision.grant)}`
    case "End":
      return `end ${decision.ended.kind}`
    case "RecordEnd":
      return `record the end, fail ${kindOf(decision.error)}`
    case "WriteAgain":
      return "write again"
  }
}

const secretOf = (own: GrantRecord.GrantRecord | undefined) =>
  own?.tokenSet === undefined ? undefined : Redacted.value(own.tokenSet.accessToken.value)

describe("a refresh", () => {
  // What the store holds, and what is asked differently from `asked`: the decision, and that of a retry where it differs.
  it.each<readonly [string, () => Case, readonly [string, string?]]>([
    ["of nothing, from a grant", () => [stored(undefined), { held: undefined }], ["request with AQ-configured"]],
    ["of nothing, from the client's grant", () => [stored(undefined), ofClient], ["request with ClientCredentials"]],
    ["of nothing, without a grant", () => [stored(undefined), ofNobody], ["fail NoRefreshToken"]],
    ["where the store has lost the token at hand", () => [stored(undefined)], ["request with AQ-1"]],
    ["of the token that the store holds", () => [stored(record(1))], ["request with AQ-1"]],
    ["where somebody was faster", () => [stored(record(2))], ["use BQ-2"]],
    ["in a new process", () => [stored(record(1)), { held: undefined }], ["use BQ-1"]],
    ["where somebody was faster, long ago", () => [stored(record(2)), { now: at(hour) }], ["request with AQ-2"]],
    ["where somebody was faster, nearly as long ago", () => [stored(record(2)), { now: at(hour - 1) }], ["use BQ-2"]],
    ["where somebody's clock is a second ahead", () => [stored(record(2)), { now: at(-1000) }], ["use BQ-2"]],
    ["where the token comes from the future", () => [stored(record(2)), { now: at(-1001) }], ["request with AQ-2"]],
    ["without a configured grant", () => [stored(record(2)), ofNobody], ["use BQ-2"]],
    ["from another grant than the stored", () => [stored(ofOther), { held: undefined }], [
      "request with AQ-configured"
    ]],
    ["without a refresh token", () => [stored(single), { held: accessTokenOnly(1) }], ["fail NoRefreshToken"]],
    [
      "of the client's token",
      () => [stored(single), { ...ofClient, held: tokens(1) }],
      ["request with ClientCredentials"]
    ],
    ["of a refresh token that came alone", () => [stored(alone), { held: undefined }], ["request with AQ-2"]],
    ["after the end", () => [stored(record(1, { ended: revoked }))], ["fail Revoked", "request with AQ-1"]],
    [
      "after the end of others' tokens",
      () => [stored(record(2, { ended: revoked }))],
      ["fail Revoked", "request with AQ-2"]
    ],
    ["after a sign-out", () => [stored({ origin, ended: signedOut })], ["fail SignedOut"]],
    ["of unsaved tokens", () => [stored(record(1), unsaved(record(2)))], ["request with AQ-2"]],
    [
      "of unsaved tokens, over a stored end",
      () => [stored(record(1, { ended: revoked }), unsaved(record(2)))],
      ["request with AQ-2"]
    ],
    ["of a refused refresh token", () => [stored(record(1), { refused })], ["end Revoked", "request with AQ-1"]],
    ["of another than the refused", () => [stored(record(2), { refused }), { now: at(hour) }], ["request with AQ-2"]]
  ])("%s", (_name, given, [decided, retried = decided]) => {
    const [state, rest] = given()
    const [after, decision] = StoredState.onRefresh(state, asked(rest))
    const [afterRetry, retry] = StoredState.onRetryEndedSignIn(state, asked(rest))
    assert.deepStrictEqual([wordsOf(decision), wordsOf(retry)], [decided, retried])
    // What a refresh has seen is no news any more.
    assert.isFalse(StoredState.hasNews(after, asked(rest).configured))
    assert.isFalse(StoredState.hasNews(afterRetry, asked(rest).configured))
  })

  it("asks nothing twice that the server has refused, unless it is to be asked", () => {
    const state = stored(record(1), { refused })
    assert.isDefined(StoredState.onRefresh(state, asked())[0].refused)
    assert.isUndefined(StoredState.onRetryEndedSignIn(state, asked())[0].refused)
  })

  it("goes on from a record without its end, and with its mark", () => {
    const state = stored(record(1, { ended: revoked, pendingSince: at(0) }))
    const [, decision] = StoredState.onRetryEndedSignIn(state, asked())
    const before = decision._tag === "Request" ? decision.before : undefined
    assert.deepStrictEqual([before?.ended, before?.pendingSince], [undefined, at(0)])
  })

  it("tells the age of a sign-in that only the grant knows", () => {
    const grant = Grant.RefreshToken({ refreshToken: Redacted.make("AQ-configured"), authorizedAt: at(-day) })
    const state = stored({ origin, refreshToken: Redacted.make("AQ-2") })
    const [, decision] = StoredState.onRefresh(state, asked({ held: undefined, configured: { grant, origin } }))
    assert.deepInclude(decision._tag === "Request" ? decision.grant : {}, { authorizedAt: at(-day) })
  })
})

describe("the store is read", () => {
  it.each<
    readonly [string, () => StoredState.StoredState, () => GrantRecord.GrantRecord | undefined, string | undefined]
  >([
    ["for the first time", () => StoredState.initial, () => record(1), undefined],
    ["and is as it was left", () => stored(record(1), unsaved(record(2))), () => record(1), "BQ-2"],
    ["and is as empty as it was left", () => stored(undefined, unsaved(record(2))), () => undefined, "BQ-2"],
    ["and has a mark", () => stored(record(1), unsaved(record(2))), () => record(1, { pendingSince: at(0) }), "BQ-2"],
    ["and somebody has refreshed", () => stored(record(1), unsaved(record(2))), () => record(3), undefined],
    ["and it has been emptied", () => stored(record(1), unsaved(record(2))), () => undefined, undefined],
    [
      "and somebody has signed out",
      () => stored(undefined, unsaved(record(2))),
      () => ({ origin, ended: signedOut }),
      undefined
    ],
    [
      "and another grant has grown",
      () => stored(undefined, unsaved(record(2))),
      () => record(3, { origin: Redacted.make("other") }),
      "BQ-2"
    ]
  ])("%s", (_name, state, theirs, kept) => {
    const own = theirs()
    const whole = own && GrantRecord.replace(undefined, own)
    const after = StoredState.onRead(state(), whole)
    assert.strictEqual(after.record, whole)
    assert.strictEqual(secretOf(after.unsaved?.record), kept)
  })

  it.each<readonly [string, () => StoredState.StoredState, boolean]>([
    ["nothing", () => StoredState.initial, false],
    ["tokens, and none were known", () => stored(record(1)), true],
    ["the tokens that were known", () => stored(record(1), { known: tokens(1) }), false],
    ["others than were known", () => stored(record(2), { known: tokens(1) }), true],
    [
      "others than were known, whose sign-in has ended",
      () => stored(record(2, { ended: revoked }), { known: tokens(1) }),
      true
    ],
    ["those of another grant", () => stored(record(2, { origin: Redacted.make("other") }), { known: tokens(1) }), false]
  ])("for news, and holds %s", (_name, state, hasNews) => {
    assert.strictEqual(StoredState.hasNews(state(), asked().configured), hasNews)
  })

  it("and a record from before authorizations had ids gets one", () => {
    const { authorizationId: _, ...accessToken } = tokens(1).accessToken
    const old = record(1, { tokenSet: new TokenSet({ accessToken: new AccessToken(accessToken) }) })
    const own = StoredState.ownRecord(stored(old), asked().configured)
    assert.strictEqual(own?.tokenSet?.accessToken.authorizationId, "configured")
  })
})

describe("the store is not written", () => {
  // What to do, and whether the record is kept as unsaved: after a failure; after interference, on each attempt.
  it.each<readonly [StoredState.Purpose, string, ReadonlyArray<string>]>([
    ["MarkPending", "Continue", ["Fail"]],
    ["ClearPending", "Continue", ["Continue"]],
    ["PersistTokens", "Continue, keep", ["ReadAgain", "Continue, keep"]],
    ["PersistSignIn", "Continue, keep", ["ReadAgain", "ReadAgain", "Fail"]],
    ["RecordEnd", "Continue", ["ReadAgain", "ReadAgain", "Continue"]],
    ["Save", "Fail, keep", ["Fail, keep"]]
  ])("%s", (purpose, failed, interfered) => {
    const told = (kind: "Conflict" | "Unavailable", attempt: number) => {
      const error = storeError(kind)
      const [{ unsaved }, decision] = FailedWrite.onNotWritten(StoredState.initial, {
        record: record(2),
        error,
        purpose,
        attempt
      })
      if (unsaved !== undefined) {
        assert.strictEqual(unsaved.error, error)
        assert.strictEqual(secretOf(unsaved.record), "BQ-2")
      }
      return decision + (unsaved === undefined ? "" : ", keep")
    }
    assert.strictEqual(told("Unavailable", 1), failed)
    assert.deepStrictEqual(interfered.map((_, index) => told("Conflict", index + 1)), interfered)
  })

  it("and then it is", () => {
    const whole = GrantRecord.replace(undefined, record(2))
    const { record: after, unsaved: left } = StoredState.onWritten(stored(record(1), unsaved(record(2))), whole)
    assert.strictEqual(after, whole)
    assert.isUndefined(left)
  })

  it.each<readonly [string, () => StoredState.StoredState, boolean]>([
    ["nothing", () => stored(record(1)), false],
    ["tokens with the refresh token it has", () => stored(record(1), unsaved(record(1))), false],
    [
      "tokens without a refresh token",
      () => stored(record(1), unsaved(record(2, { tokenSet: accessTokenOnly(2) }))),
      false
    ],
    ["a refresh token in place of the one it has", () => stored(record(1), unsaved(record(2))), true],
    ["its first refresh token", () => stored(undefined, unsaved(record(2))), true]
  ])("and lacks %s", (_name, state, mustKeep) => {
    assert.strictEqual(StoredState.mustKeepLock(state()), mustKeep)
  })
})

describe("somebody wrote in between", () => {
  it.each<readonly [string, () => GrantRecord.GrantRecord | undefined, string, string]>([
    // The record before was of BQ-1: what becomes of tokens, and of a refusal.
    ["nothing that can be read", () => undefined, "write again", "record the end, fail Revoked"],
    ["the same", () => record(1), "write again", "record the end, fail Revoked"],
    ["a mark", () => record(1, { pendingSince: at(0) }), "write again", "record the end, fail Revoked"],
    ["other tokens", () => record(3), "use BQ-3", "use BQ-3"],
    [
      "other tokens, that have ended",
      () => record(3, { ended: revoked }),
      "write again",
      "record the end, fail Revoked"
    ],
    [
      "another refresh token",
      () => ({ origin, refreshToken: Redacted.make("AQ-3") }),
      "write again",
      "request with AQ-3"
    ],
    ["an end", () => record(1, { ended: revoked }), "write again", "record the end, fail Revoked"],
    ["a sign-out", () => ({ origin, ended: signedOut }), "fail SignedOut", "fail SignedOut"]
  ])("%s", (_name, theirs, conflict, end) => {
    const before = record(1)
    const [, onConflict] = FailedWrite.onConflict(stored(theirs()), { before, theirs: theirs() })
    const [, onEnd] = StoredState.onEnd(
      stored(theirs()),
      { known: before, theirs: theirs(), ended: revoked },
      asked()
    )
    assert.deepStrictEqual([wordsOf(onConflict), wordsOf(onEnd)], [conflict, end])
  })
})

describe("a request fails", () => {
  const grant = Grant.RefreshToken({ refreshToken: Redacted.make("AQ-1"), authorizedAt: at(0) })
  const refusal = errorOf(revoked)
  type Row = readonly [string, () => Partial<StoredState.FailedRequest>, string | undefined, string]
  it.each<Row>([
    ["in passing", () => ({}), "ClearPending", "fail TokenRequestFailed"],
    ["without a response", () => ({ error: timeout }), undefined, "fail TokenRequestFailed"],
    ["without a connection", () => ({ error: unreachable }), undefined, "fail TokenRequestFailed"],
    ["with a response that is none", () => ({ error: malformed }), undefined, "fail MalformedTokenResponse"],
    [
      "in passing, after one without a response",
      () => ({ before: record(1, { pendingSince: at(0) }) }),
      undefined,
      "fail TokenRequestFailed"
    ],
    [
      "with a refresh token",
      () => ({ error: malformed, received: Redacted.make("AQ-2") }),
      "PersistTokens AQ-2",
      "fail MalformedTokenResponse"
    ],
    ["with a refusal", () => ({ error: refusal }), "ClearPending", "end Revoked"],
    [
      "with a refusal, after one without a response",
      () => ({ error: refusal, before: record(1, { pendingSince: at(0) }) }),
      undefined,
      "end AnswerLost"
    ],
    [
      "with a refusal, a moment before the end",
      () => ({ error: refusal, now: at(180 * day - 1) }),
      "ClearPending",
      "end Revoked"
    ],
    ["with a refusal, at the end", () => ({ error: refusal, now: at(180 * day) }), "ClearPending", "end Expired"],
    [
      "with a refusal, where refresh tokens have no end",
      () => ({ error: refusal, now: at(180 * day), refreshTokenLifetime: undefined }),
      "ClearPending",
      "end Revoked"
    ],
    ["of another grant", () => ({ grant: Grant.ClientCredentials({}) }), undefined, "fail TokenRequestFailed"],
    [
      "of another grant, with a refusal",
      () => ({ grant: Grant.ClientCredentials({}), error: refusal }),
      undefined,
      "end Revoked"
    ]
  ])("%s", (_name, options, written, next) => {
    const failed: StoredState.FailedRequest = {
      grant,
      before: record(1),
      error: serverError,
      received: undefined,
      now: at(1000),
      refreshTokenLifetime: Duration.days(180),
      ...options()
    }
    const [{ refused }, after] = StoredState.onRequestFailed(StoredState.initial, failed)
    const { write } = after
    const refreshToken = GrantRecord.refreshTokenOf(write?.record)
    const purpose = write?.purpose === "PersistTokens"
      ? `PersistTokens ${refreshToken && Redacted.value(refreshToken)}`
      : write?.purpose
    assert.deepStrictEqual([purpose, wordsOf(after.next)], [written, next])
    const isRemembered = after.next._tag === "End" && failed.grant._tag === "RefreshToken"
    assert.strictEqual(refused?.refreshToken, isRemembered ? "AQ-1" : undefined)
  })
})

describe("a sign-out", () => {
  it.each<readonly [string, () => StoredState.StoredState, ReadonlyArray<string>]>([
    ["of nobody", () => StoredState.initial, []],
    ["of one", () => stored(record(1)), ["AQ-1"]],
    ["of unsaved tokens", () => stored(record(1), unsaved(record(2))), ["AQ-2", "AQ-1"]],
    ["of unsaved tokens with the same refresh token", () => stored(record(1), unsaved(record(1))), ["AQ-1"]],
    ["of tokens without a refresh token", () => stored(record(1, { tokenSet: accessTokenOnly(1) })), []]
  ])("%s", (_name, state, revokes) => {
    const { record: whole, refreshTokens } = StoredState.onSignOut(state(), origin)
    assert.deepStrictEqual(refreshTokens.map(Redacted.value), revokes)
    assert.deepStrictEqual(GrantRecord.all(whole).map(({ ended, tokenSet }) => [ended?.kind, tokenSet]), [
      ["SignedOut", undefined]
    ])
  })
})
