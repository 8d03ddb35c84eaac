/**
 * The accounts of `SharedAccounts` in the memory of one process, for tests.
 *
 * **Details**
 *
 * It runs the rules that `SqlSharedTokenStore` has in its statements. Provide one built layer to several `SharedAccounts`
 * to have them share it as processes share a database.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { AccountDirectory, type AccountFacts, type Filter, phaseOf } from "./AccountDirectory.ts"
import * as Clocks from "./Clocks.ts"
import * as LeaseRules from "./internal/lease/LeaseRules.ts"
import * as Phases from "./internal/lease/Phases.ts"
import * as Removal from "./internal/lease/Removal.ts"
import * as StoredName from "./internal/storage/StoredName.ts"
import { type App, type Lease, type RecordFacts, type SharedRecord, SharedTokenStore } from "./SharedTokenStore.ts"
import type { TokenKey, TokenRecord } from "./TokenStore.ts"

// =============================================================================
// Model
// =============================================================================

interface Row {
  readonly key: TokenKey
  readonly record: Option.Option<TokenRecord>
  readonly facts: RecordFacts
  readonly leased: LeaseRules.Leased
  readonly isRejected: boolean
  readonly usedAt: DateTime.Utc | undefined
  readonly endedAt: DateTime.Utc | undefined
  /** The place of its news in the order of all. */
  readonly newsAt: number
}

const noFacts: RecordFacts = {
  expiresAt: undefined,
  refreshAt: undefined,
  signInDueAt: undefined,
  ended: undefined,
  attempts: 0
}

const emptyRow = (key: TokenKey): Row => ({
  key,
  record: Option.none(),
  facts: noFacts,
  leased: LeaseRules.unleased,
  isRejected: false,
  usedAt: undefined,
  endedAt: undefined,
  newsAt: 0
})

const isOf = (key: TokenKey, { clientId, issuer }: Partial<App>): boolean =>
  (issuer === undefined || key.issuer === issuer) && (clientId === undefined || key.clientId === clientId)

const refreshAtOf = ({ facts: { refreshAt } }: Row): number => refreshAt?.epochMilliseconds ?? Infinity

const isBefore = (a: TokenKey, b: TokenKey): boolean =>
  a.issuer !== b.issuer
    ? a.issuer < b.issuer
    : a.clientId !== b.clientId
    ? a.clientId < b.clientId
    : a.account < b.account

// =============================================================================
// Constructor
// =============================================================================

class Rows {
  readonly #clock: Clock.Clock
  readonly #leaseMillis: number
  readonly #rows = new Map<string, Row>()
  #news = 0

  constructor(clock: Clock.Clock, lease: Duration.Duration) {
    this.#clock = clock
    this.#leaseMillis = Duration.toMillis(lease)
  }

  get(key: TokenKey): Row | undefined {
    return this.#rows.get(StoredName.textOf(key))
  }

  set(row: Row): void {
    this.#rows.set(StoredName.textOf(row.key), row)
  }

  change(key: TokenKey, change: (row: Row) => Row): void {
    const row = this.get(key)
    if (row !== undefined) this.set(change(row))
  }

  get now(): number {
    return this.#clock.currentTimeMillisUnsafe()
  }

  withNews(row: Row): Row {
    this.#news += 1
    return { ...row, newsAt: this.#news }
  }

  seen({ facts, leased, record, isRejected, usedAt }: Row): SharedRecord {
    const isLeased = LeaseRules.isHeld(leased, this.now)
    return { record, facts, areFactsCurrent: true, version: leased.version, isLeased, isRejected, usedAt }
  }

  claim(row: Row): Lease | undefined {
    if (!LeaseRules.canClaim(row.leased, this.now, true)) return undefined
    const owner = `${row.leased.seq}`
    const leased = LeaseRules.claim(row.leased, { owner, now: this.now, lease: this.#leaseMillis })
    this.set({ ...row, leased })
    return this.#leaseOf(row, {
      owner,
      seq: leased.seq,
      version: leased.version,
      period: { since: Clocks.now(this.#clock), lasts: this.#leaseMillis }
    })
  }

  #leaseOf(before: Row, first: LeaseRules.Claim): Lease {
    const { key, leased: { pendingSince } } = before
    let claim = first
    const overtaken = () =>
      ({ _tag: "Overtaken", theirs: Option.map(this.#find(key), (row) => this.seen(row)) }) as const
    const write = (
      mayWrite: (leased: LeaseRules.Leased, claim: LeaseRules.Claim) => boolean,
      step: (leased: LeaseRules.Leased, claim: LeaseRules.Claim) => LeaseRules.Leased
    ) =>
    (record: TokenRecord, facts: RecordFacts) =>
      Effect.sync(() => {
        const row = this.get(key)
        if (row === undefined || !mayWrite(row.leased, claim)) return overtaken()
        this.set(this.#written(row, record, facts, step(row.leased, claim)))
        return { _tag: "Committed" } as const
      })
    return {
      ...this.seen(before),
      key,
      lasts: Duration.millis(this.#leaseMillis),
      pendingSince: pendingSince === undefined ? undefined : DateTime.makeUnsafe(pendingSince),
      maySend: Effect.sync(() => LeaseRules.maySend(claim, Clocks.now(this.#clock))),
      prolong: Effect.sync(() =>
        this.change(key, (row) => {
          if (!LeaseRules.isHolder(row.leased, claim)) return row
          claim = { ...claim, period: { ...claim.period, since: Clocks.now(this.#clock) } }
          return { ...row, leased: { ...row.leased, until: this.now + this.#leaseMillis } }
        })
      ),
      commit: write(LeaseRules.canCommit, LeaseRules.commit),
      end: write(LeaseRules.refusalCounts, LeaseRules.end),
      giveBack: (facts, { mayBeLost }) =>
        Effect.sync(() =>
          this.change(key, (row) =>
            LeaseRules.isHolder(row.leased, claim)
              ? { ...row, facts, leased: LeaseRules.giveBack(row.leased, claim, mayBeLost) }
              : row)
        )
    }
  }

  #find(key: TokenKey): Option.Option<Row> {
    return Option.fromUndefinedOr(this.get(key))
  }

  #written(row: Row, record: TokenRecord, facts: RecordFacts, leased: LeaseRules.Leased): Row {
    return {
      ...row,
      record: Option.some(record),
      facts,
      leased,
      isRejected: false,
      endedAt: facts.ended === undefined ? undefined : row.endedAt ?? DateTime.makeUnsafe(this.now)
    }
  }

  supersede(row: Row, record: Option.Option<TokenRecord>, facts: RecordFacts): void {
    const leased = LeaseRules.supersede(row.leased)
    this.set(this.withNews({
      ...row,
      record,
      facts,
      leased,
      isRejected: false,
      endedAt: facts.ended === undefined ? undefined : DateTime.makeUnsafe(this.now)
    }))
  }

  due(app: App, limit: number): ReadonlyArray<Row> {
    return this.of(app)
      .filter((row) => refreshAtOf(row) <= this.now && LeaseRules.canClaim(row.leased, this.now, true))
      .toSorted((a, b) => refreshAtOf(a) - refreshAtOf(b))
      .slice(0, limit)
  }

  of(app: Partial<App>): Array<Row> {
    return Array.from(this.#rows.values()).filter(({ key }) => isOf(key, app))
  }

  newsSince(app: App, since: number): ReadonlyArray<Row> {
    return this.of(app).filter(({ newsAt }) => newsAt > since)
  }

  get latestNews(): number {
    return this.#news
  }

  factsOf(row: Row): AccountFacts {
    const { endedAt, facts, key, usedAt } = row
    const phase = phaseOf(facts, {
      isLeased: LeaseRules.isHeld(row.leased, this.now),
      now: DateTime.makeUnsafe(this.now)
    })
    return { ...facts, key, phase, usedAt, endedAt }
  }

  list({ after, clientId, issuer, phase, prefix, signInDueBefore }: Filter): ReadonlyArray<AccountFacts> {
    return this.of({ ...(issuer !== undefined && { issuer }), ...(clientId !== undefined && { clientId }) })
      .map((row) => this.factsOf(row))
      .filter((facts) =>
        (phase === undefined || facts.phase === phase)
        && (prefix === undefined || facts.key.account.startsWith(prefix))
        && (after === undefined || isBefore(after, facts.key))
        && (signInDueBefore === undefined
          || (facts.signInDueAt !== undefined && DateTime.isLessThan(facts.signInDueAt, signInDueBefore)))
      )
      .toSorted((a, b) => isBefore(a.key, b.key) ? -1 : 1)
  }

  sweep(endedFor: Duration.Duration): number {
    const limit = this.now - Duration.toMillis(endedFor)
    const swept = Array.from(this.#rows.values())
      .filter(({ endedAt }) => endedAt !== undefined && endedAt.epochMilliseconds <= limit)
    for (const { key } of swept) this.#rows.delete(StoredName.textOf(key))
    return swept.length
  }
}

/**
 * Options for `layer`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The time after which the lease of a dead holder ends. Default: 10 seconds. */
  readonly lease?: Duration.Input | undefined
}

const storeOf = (rows: Rows): SharedTokenStore["Service"] => ({
  peek: (key) => Effect.sync(() => Option.map(Option.fromUndefinedOr(rows.get(key)), (row) => rows.seen(row))),
  lease: (key) => Effect.sync(() => Option.fromUndefinedOr(rows.claim(rows.get(key) ?? emptyRow(key)))),
  leaseDue: ({ limit, ...app }) => Effect.sync(() => rows.due(app, limit).flatMap((row) => rows.claim(row) ?? [])),
  supersede: (key, { facts, record, version }) =>
    Effect.sync(() => {
      const row = rows.get(key)
      const isSame = version === undefined
        ? row === undefined || Option.isNone(row.record) && row.leased.version === 0
        : row?.leased.version === version
      if (!isSame) return false
      rows.supersede(row ?? emptyRow(key), Option.some(record), facts)
      return true
    }),
  reject: (key, version) =>
    Effect.sync(() =>
      rows.change(key, (row) => {
        const now = DateTime.makeUnsafe(rows.now)
        const refreshAt = row.facts.refreshAt === undefined ? now : DateTime.min(row.facts.refreshAt, now)
        return row.facts.ended === undefined && row.leased.version === version && Option.isSome(row.record)
          ? rows.withNews({ ...row, isRejected: true, facts: { ...row.facts, refreshAt } })
          : row
      })
    ),
  use: (uses) =>
    Effect.sync(() => {
      for (const { key, refreshAt } of uses) {
        rows.change(key, (row) => {
          const facts = row.facts.ended === undefined
            ? { ...row.facts, refreshAt: row.facts.refreshAt ?? refreshAt }
            : row.facts
          return { ...row, facts, usedAt: DateTime.makeUnsafe(rows.now) }
        })
      }
    }),
  news: (app, since) =>
    Effect.sync(() => ({
      accounts: since === undefined ? [] : rows.newsSince(app, Number(since)).map(({ key }) => key.account),
      until: `${rows.latestNews}`
    }))
})

const directoryOf = (rows: Rows): AccountDirectory["Service"] => ({
  list: (filter = {}) => Stream.fromIterableEffect(Effect.sync(() => rows.list(filter))),
  counts: Effect.sync(() => {
    const all = rows.list({})
    return Phases.countsOf((phase) => all.filter((facts) => facts.phase === phase).length)
  }),
  backlog: Effect.sync(() => {
    const due = rows.list({ phase: "Due" }).map(({ refreshAt }) => refreshAt?.epochMilliseconds ?? rows.now)
    const first = due.length === 0 ? rows.now : Math.min(...due)
    return { lag: Duration.millis(rows.now - first), due: due.length }
  }),
  remove: Removal.make(storeOf(rows), (key) =>
    Effect.sync(() => {
      const row = rows.get(key)
      if (row !== undefined) rows.supersede(row, Option.none(), { ...noFacts, ended: "SignedOut" })
      return row !== undefined
    })),
  sweep: ({ endedFor }) => Effect.sync(() => rows.sweep(Duration.fromInputUnsafe(endedFor)))
})

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that keeps accounts in memory, for as long as the layer lives.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options = {}): Layer.Layer<AccountDirectory | SharedTokenStore> =>
  Layer.effectContext(
    Effect.map(Clock.clockWith(Effect.succeed), (clock) => {
      const rows = new Rows(clock, Duration.fromInputUnsafe(options.lease ?? "10 seconds"))
      return Context.make(SharedTokenStore, storeOf(rows)).pipe(Context.add(AccountDirectory, directoryOf(rows)))
    })
  )
