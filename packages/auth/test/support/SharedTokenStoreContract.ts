/** What a store of shared accounts must do, wherever it keeps them. */
import { AccessToken } from "@app/auth/AccessToken"
import { AccountDirectory } from "@app/auth/AccountDirectory"
import type { AuthError } from "@app/auth/AuthError"
import { ReauthorizationRequired } from "@app/auth/AuthError"
import { type Lease, type RecordFacts, SharedTokenStore } from "@app/auth/SharedTokenStore"
import { TokenSet } from "@app/auth/TokenSet"
import { type TokenKey, TokenRecord } from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { anyName } from "./AnyRecord.ts"
import { key, secretOf } from "./TokenStorageContract.ts"

export const app = { issuer: key.issuer, clientId: key.clientId }

const hour = Duration.hours(1)

/** A record as just issued, and what follows from it. */
export const issued = Effect.fnUntraced(function*(secret: string, lifetime: Duration.Duration = hour) {
  const now = yield* DateTime.now
  const expiresAt = DateTime.addDuration(now, lifetime)
  const accessToken = new AccessToken({ value: Redacted.make(secret), scopes: [], issuedAt: now, expiresAt })
  const record = new TokenRecord({
    origin: Redacted.make(""),
    tokenSet: new TokenSet({ accessToken, refreshToken: Redacted.make(`refresh-${secret}`) })
  })
  const facts: RecordFacts = { expiresAt, refreshAt: now, signInDueAt: undefined, ended: undefined, attempts: 0 }
  return { record, facts }
})

const later = (facts: RecordFacts): RecordFacts => ({ ...facts, refreshAt: facts.expiresAt })

/** Signs an account in, so that its refresh is due. */
export const signIn = Effect.fnUntraced(function*(key: TokenKey, secret: string) {
  const { peek, supersede } = yield* SharedTokenStore
  const { facts, record } = yield* issued(secret)
  const version = Option.getOrUndefined(Option.map(yield* peek(key), (seen) => seen.version))
  assert.isTrue(yield* supersede(key, { record, facts, version }))
})

export const claim = (key: TokenKey): Effect.Effect<Lease, AuthError, SharedTokenStore> =>
  SharedTokenStore.use(({ lease }) =>
    Effect.flatMap(
      lease(key),
      (lease) => Option.isSome(lease) ? Effect.succeed(lease.value) : Effect.die("the account is held")
    )
  )

export const secretAt = (key: TokenKey) =>
  SharedTokenStore.use(({ peek }) =>
    Effect.map(peek(key), (seen) => secretOf(Option.flatMap(seen, ({ record }) => record)))
  )

export const contract = <E>(
  name: string,
  store: Layer.Layer<AccountDirectory | SharedTokenStore, E>,
  options: { readonly runs: number }
) =>
  describe(name, () => {
    const withStore = Effect.provide(Layer.fresh(store))

    it.live("gives back what was written, and one claim at a time", () =>
      Effect.gen(function*() {
        const { lease, peek } = yield* SharedTokenStore
        assert.isTrue(Option.isNone(yield* peek(key)))
        yield* signIn(key, "first")
        assert.strictEqual(yield* secretAt(key), "first")
        const held = yield* claim(key)
        assert.isTrue(yield* held.maySend)
        assert.isTrue(Option.isNone(yield* lease(key)))
        assert.isTrue(Option.exists(yield* peek(key), ({ isLeased }) => isLeased))
        yield* held.prolong
        const { facts, record } = yield* issued("second")
        assert.strictEqual((yield* held.commit(record, later(facts)))._tag, "Committed")
        assert.strictEqual(yield* secretAt(key), "second")
        assert.isTrue(Option.isSome(yield* lease(key)))
      }).pipe(withStore))

    it.live("claims what is due, the oldest first, of one app, and not what is held, ended or never due", () =>
      Effect.gen(function*() {
        const { leaseDue } = yield* SharedTokenStore
        for (const account of ["a", "b", "c", "d", "e"]) yield* signIn({ ...key, account }, account)
        yield* signIn({ ...key, clientId: "another" }, "another")
        const d = yield* claim({ ...key, account: "d" })
        const e = yield* claim({ ...key, account: "e" })
        yield* e.giveBack({ ...e.facts, refreshAt: undefined }, { mayBeLost: false })
        const first = yield* leaseDue({ ...app, limit: 2 })
        assert.deepStrictEqual(first.map(({ key }) => key.account).toSorted(), ["a", "b"])
        const rest = yield* leaseDue({ ...app, limit: 10 })
        assert.deepStrictEqual(rest.map(({ key }) => key.account), ["c"])
        yield* d.giveBack(d.facts, { mayBeLost: false })
        assert.deepStrictEqual((yield* leaseDue({ ...app, limit: 10 })).map(({ key }) => key.account), ["d"])
      }).pipe(withStore))

    it.live("says of a claim whether an earlier request may have left, until it is known that none has", () =>
      Effect.gen(function*() {
        yield* signIn(key, "token")
        const first = yield* claim(key)
        assert.isUndefined(first.pendingSince)
        yield* first.giveBack(first.facts, { mayBeLost: true })
        const second = yield* claim(key)
        assert.isDefined(second.pendingSince)
        yield* second.giveBack(second.facts, { mayBeLost: false })
        assert.isUndefined((yield* claim(key)).pendingSince)
      }).pipe(withStore))

    it.live("a sign-in and a sign-out wait for no lease, and nothing under way undoes them (F42)", () =>
      Effect.gen(function*() {
        yield* signIn(key, "before")
        const held = yield* claim(key)
        yield* signIn(key, "sign-in")
        const late = yield* issued("late")
        const written = yield* held.commit(late.record, late.facts)
        assert.strictEqual(written._tag, "Overtaken")
        const theirs = written._tag === "Overtaken"
          ? Option.flatMap(written.theirs, ({ record }) => record)
          : Option.none()
        assert.strictEqual(secretOf(theirs), "sign-in")
        assert.strictEqual((yield* held.end(late.record, late.facts))._tag, "Overtaken")
        yield* held.giveBack(late.facts, { mayBeLost: true })
        assert.strictEqual(yield* secretAt(key), "sign-in")
        assert.isTrue(yield* Effect.map((yield* claim(key)).maySend, (may) => may))
      }).pipe(withStore))

    it.live("a sign-in over a record that has changed since is not written", () =>
      Effect.gen(function*() {
        const { supersede } = yield* SharedTokenStore
        yield* signIn(key, "before")
        const { facts, record } = yield* issued("after")
        assert.isFalse(yield* supersede(key, { record, facts, version: undefined }))
        assert.isFalse(yield* supersede(key, { record, facts, version: 7 }))
        assert.strictEqual(yield* secretAt(key), "before")
      }).pipe(withStore))

    it.live("the end of a sign-in is written once, and lifted by tokens that an earlier request has brought", () =>
      Effect.gen(function*() {
        const { lease, peek } = yield* SharedTokenStore
        yield* signIn(key, "before")
        const slow = yield* claim(key)
        yield* slow.giveBack(slow.facts, { mayBeLost: true })
        const next = yield* claim(key)
        const ended = new ReauthorizationRequired({ kind: "Revoked" })
        const end = new TokenRecord({ ...Option.getOrThrow(next.record), ended })
        const facts = { ...next.facts, ended: "Revoked", refreshAt: undefined } as const
        assert.strictEqual((yield* next.end(end, facts))._tag, "Committed")
        assert.isTrue(Option.exists(yield* peek(key), ({ facts }) => facts.ended === "Revoked"))
        const tokens = yield* issued("after")
        assert.strictEqual((yield* slow.commit(tokens.record, tokens.facts))._tag, "Committed")
        assert.isTrue(Option.exists(yield* peek(key), ({ facts }) => facts.ended === undefined))
        assert.isTrue(Option.isSome(yield* lease(key)))
      }).pipe(withStore))

    it.live("a rejected token makes its account due, and its use one that never was", () =>
      Effect.gen(function*() {
        const { leaseDue, peek, reject, use } = yield* SharedTokenStore
        yield* signIn(key, "token")
        const held = yield* claim(key)
        yield* held.giveBack({ ...held.facts, refreshAt: undefined }, { mayBeLost: false })
        yield* use([{ key, refreshAt: held.facts.expiresAt }])
        const used = Option.getOrThrow(yield* peek(key))
        assert.isDefined(used.usedAt)
        assert.approximately(
          Number(used.facts.refreshAt?.epochMilliseconds),
          Number(held.facts.expiresAt?.epochMilliseconds),
          1000
        )
        assert.deepStrictEqual(yield* leaseDue({ ...app, limit: 1 }), [])
        yield* reject(key, used.version + 1)
        assert.deepStrictEqual(yield* leaseDue({ ...app, limit: 1 }), [])
        yield* reject(key, used.version)
        const [due] = yield* leaseDue({ ...app, limit: 1 })
        assert.isTrue(due?.isRejected)
      }).pipe(withStore))

    it.live("news are of sign-ins, sign-outs and rejected tokens, once each, and of no refresh", () =>
      Effect.gen(function*() {
        const { news, reject } = yield* SharedTokenStore
        const { remove } = yield* AccountDirectory
        for (const account of ["a", "b", "c"]) yield* signIn({ ...key, account }, account)
        let since = (yield* news(app, undefined)).until
        const next = Effect.map(news(app, since), ({ accounts, until }) => {
          since = until
          return accounts.toSorted()
        })
        const look = Effect.suspend(() =>
          Effect.map(news(app, since), ({ accounts, until }) => {
            since = until
            return accounts.toSorted()
          })
        )
        // What was written right before the first look may come up once.
        yield* next
        yield* signIn({ ...key, account: "a" }, "again")
        yield* remove({ ...key, account: "b" })
        assert.deepStrictEqual(yield* look, ["a", "b"])
        assert.deepStrictEqual(yield* look, [])
        yield* reject({ ...key, account: "c" }, 1)
        const held = yield* claim({ ...key, account: "a" })
        const { facts, record } = yield* issued("refreshed")
        yield* held.commit(record, facts)
        assert.deepStrictEqual(yield* look, ["c"])
      }).pipe(withStore))

    it.live.prop("keeps any name apart, due and listed (F91, F125)", { account: anyName }, ({ account }) =>
      Effect.gen(function*() {
        const { leaseDue, news } = yield* SharedTokenStore
        const odd = { ...key, account }
        const { until } = yield* news(app, undefined)
        yield* signIn(odd, "token")
        assert.strictEqual(yield* secretAt(odd), "token")
        assert.deepStrictEqual((yield* news(app, until)).accounts, [account])
        assert.deepStrictEqual(
          (yield* leaseDue({ ...app, limit: 2 })).map(({ key }) =>
            key
          ),
          [odd]
        )
        const { list } = yield* AccountDirectory
        assert.deepStrictEqual(yield* Stream.runCollect(Stream.map(list(), ({ key }) => key)), [odd])
      }).pipe(withStore), { arbitrary: { runs: options.runs }, timeout: 60_000 })

    it.live("lists accounts by phase, name and due sign-in, counts them, and tells what is due", () =>
      Effect.gen(function*() {
        const { backlog, counts, list } = yield* AccountDirectory
        for (const account of ["due", "held", "signed out", "valid"]) {
          yield* signIn({ ...key, account }, account)
        }
        const valid = yield* claim({ ...key, account: "valid" })
        const { facts, record } = yield* issued("valid")
        const signInDueAt = DateTime.add(yield* DateTime.now, { days: 1 })
        yield* valid.commit(record, { ...later(facts), signInDueAt })
        yield* claim({ ...key, account: "held" })
        yield* (yield* AccountDirectory).remove({ ...key, account: "signed out" })
        const named = (filter: Parameters<typeof list>[0]) =>
          Stream.runCollect(Stream.map(list(filter), ({ key, phase }) =>
            `${key.account}: ${phase}`))
        const all = ["due: Due", "held: Refreshing", "signed out: SignedOut", "valid: Valid"]
        assert.deepStrictEqual(yield* named(undefined), all)
        assert.deepStrictEqual(yield* named({ after: { ...key, account: "held" } }), all.slice(2))
        assert.deepStrictEqual(yield* named({ phase: "Due" }), ["due: Due"])
        assert.deepStrictEqual(yield* named({ prefix: "si" }), ["signed out: SignedOut"])
        assert.deepStrictEqual(yield* named({ clientId: "another" }), [])
        assert.deepStrictEqual(yield* named({ signInDueBefore: DateTime.add(signInDueAt, { hours: 1 }) }), [
          "valid: Valid"
        ])
        assert.deepStrictEqual(yield* counts, {
          Valid: 1,
          Due: 1,
          Refreshing: 1,
          Retrying: 0,
          SignInRequired: 0,
          SignedOut: 1
        })
        assert.strictEqual((yield* backlog).due, 1)
      }).pipe(withStore))

    it.live("lists accounts by the beginning of their names, whatever they are called (F91, F125)", () =>
      Effect.gen(function*() {
        const { list } = yield* AccountDirectory
        const long = "ann".repeat(1000)
        const accounts = ["ann\0ie", "ann\ud800", "ann\"", long, "ann", "ben"]
        yield* Effect.forEach(accounts, (account) =>
          signIn({ ...key, account }, "token"))
        const found = (prefix: string) =>
          Effect.map(Stream.runCollect(list({ prefix })), (all) => all.map(({ key }) => key.account).toSorted())
        assert.deepStrictEqual(yield* found(""), accounts.toSorted())
        assert.deepStrictEqual(yield* found("ann"), accounts.filter((account) => account !== "ben").toSorted())
        assert.deepStrictEqual(yield* found("ann\0"), ["ann\0ie"])
        assert.deepStrictEqual(yield* found("ann\ud800"), ["ann\ud800"])
        assert.deepStrictEqual(yield* found("ann\""), ["ann\""])
        assert.deepStrictEqual(yield* found("anna"), [long])
        assert.deepStrictEqual(yield* found("sha256:"), [])
      }).pipe(withStore))

    it.live("forgets the tokens of an account at once, and the account when it is swept", () =>
      Effect.gen(function*() {
        const { list, remove, sweep } = yield* AccountDirectory
        const { peek } = yield* SharedTokenStore
        assert.isFalse(yield* remove(key))
        yield* signIn(key, "token")
        yield* signIn({ ...key, account: "another" }, "another")
        assert.isTrue(yield* remove(key))
        const removed = Option.getOrThrow(yield* peek(key))
        assert.isTrue(Option.exists(removed.record, ({ ended, tokenSet }) =>
          tokenSet === undefined && ended?.kind === "SignedOut"))
        assert.strictEqual(removed.facts.ended, "SignedOut")
        assert.strictEqual(yield* sweep({ endedFor: "1 hour" }), 0)
        assert.strictEqual(yield* sweep({ endedFor: 0 }), 1)
        const left = yield* Stream.runCollect(Stream.map(list(), ({ key }) =>
          key.account))
        assert.deepStrictEqual(left, ["another"])
      }).pipe(withStore))
  })
