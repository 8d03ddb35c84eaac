/** Rows of the database as records and leases, and back. */
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { AccountFacts } from "../../AccountDirectory.ts"
import * as AuthError from "../../AuthError.ts"
import type * as Clocks from "../../Clocks.ts"
import type { Lease, RecordFacts, SharedRecord, SharedTokenStore, Written } from "../../SharedTokenStore.ts"
import type { TokenKey, TokenRecord } from "../../TokenStore.ts"
import * as RecordFormat from "../storage/RecordFormat.ts"
import type { SealedRecords } from "../storage/SealedRecords.ts"
import * as SqlColumns from "../storage/SqlColumns.ts"
import * as StoredName from "../storage/StoredName.ts"
import * as StoreErrors from "../storage/StoreErrors.ts"
import * as LeaseRules from "./LeaseRules.ts"
import * as Rebased from "./Rebased.ts"
import * as RowNames from "./RowNames.ts"
import type * as SqlRows from "./SqlRows.ts"
import type { SqlSession } from "./SqlSession.ts"

// =============================================================================
// Facts
// =============================================================================

const timeIn = (seconds: number | null, now: DateTime.Utc): DateTime.Utc | undefined =>
  seconds === null ? undefined : DateTime.makeUnsafe(now.epochMilliseconds + seconds * 1000)

const decodeKind = Schema.decodeUnknownOption(AuthError.ReauthorizationRequired.fields.kind)

const factsOf = (row: SqlRows.FactsRow, now: DateTime.Utc): RecordFacts => ({
  expiresAt: timeIn(row.expires_in, now),
  refreshAt: timeIn(row.refresh_in, now),
  signInDueAt: timeIn(row.sign_in_due_in, now),
  // A kind that a later release has ends a sign-in, too.
  ended: row.ended === null ? undefined : Option.getOrElse(decodeKind(row.ended), () => "Revoked" as const),
  attempts: row.attempts
})

export const accountFactsOf = (
  row: SqlRows.FactsRow & { readonly phase: AccountFacts["phase"] },
  now: DateTime.Utc
): AccountFacts => ({
  ...factsOf(row, now),
  key: RowNames.keyOf(row),
  phase: row.phase,
  usedAt: timeIn(row.used_in, now),
  endedAt: timeIn(row.ended_in, now)
})

// =============================================================================
// Store
// =============================================================================

/** A row, and the text of its record. */
export interface Seen {
  readonly seen: SharedRecord
  readonly text: string | undefined
}

/** The place of an account, for messages. */
const placesIn = (tableName: string) => ({ account }: TokenKey): string =>
  `the row of account ${StoredName.sanitize(account)} in table ${tableName}`

const columnsOf = (key: TokenKey): Effect.Effect<RowNames.Columns> =>
  Effect.map(SqlColumns.columnsOf(key), (columns) => {
    const isSame = columns.account === key.account && columns.clientId === key.clientId
      && columns.issuer === key.issuer
    return { columns, names: isSame ? null : RowNames.namesOf(key) }
  })

/**
 * Reads the rows of a table. `now` is a time before the statement: a process that was stopped meanwhile must not take a
 * token for one that ends later.
 */
export const reading = (seals: SealedRecords, tableName: string) =>
  Effect.fnUntraced(function*(
    key: TokenKey,
    row: SqlRows.Row,
    now: DateTime.Utc
  ): Effect.fn.Return<Seen, AuthError.AuthError> {
    const place = placesIn(tableName)(key)
    if (row.is_too_large === true) return yield* StoreErrors.tooLarge("read", place)
    const text = row.record === null ? undefined : yield* seals.open(key, place, row.record)
    const record = text === undefined ? undefined : yield* RecordFormat.decode(key, place, text)
    const areFactsCurrent = row.record === null || row.are_facts_current === true
    const facts = factsOf(row, now)
    const seen: SharedRecord = {
      record: Option.fromUndefinedOr(
        record !== undefined && areFactsCurrent ? Rebased.onto(record, facts.expiresAt) : record
      ),
      facts,
      areFactsCurrent,
      version: Number(row.version),
      isLeased: row.is_leased === true,
      isRejected: row.is_rejected,
      usedAt: timeIn(row.used_in, now)
    }
    return { seen, text }
  })

/** The time for which a record that cannot be read is left alone. */
const unreadablePause = { minutes: 10 }

export const make = (options: {
  readonly rows: SqlRows.SqlRows
  readonly session: SqlSession
  readonly seals: SealedRecords
  readonly tableName: string
  readonly lease: Duration.Duration
  readonly leaseMillis: number
  readonly owner: string
}): SharedTokenStore["Service"] => {
  const { leaseMillis, owner, rows, seals, session, tableName } = options

  const placeOf = placesIn(tableName)
  const seen = reading(seals, tableName)

  const look = (key: TokenKey): Effect.Effect<Option.Option<Seen>, AuthError.AuthError> =>
    Effect.gen(function*() {
      const now = yield* DateTime.now
      const row = yield* rows.peek(yield* columnsOf(key), placeOf(key))
      return row === undefined ? Option.none() : Option.some(yield* seen(key, row, now))
    })

  const peek = (key: TokenKey) => Effect.map(look(key), Option.map(({ seen }) => seen))

  const sealed = (key: TokenKey, record: TokenRecord, replaced: string | undefined) =>
    seals.seal(key, placeOf(key), RecordFormat.encode(key, record, Option.fromUndefinedOr(replaced))).pipe(
      Effect.filterOrFail(
        (text) => StoredName.byteLength(text) <= StoreErrors.sizeLimit,
        () => StoreErrors.tooLarge("write", placeOf(key))
      )
    )

  const leaseOf = Effect.fnUntraced(function*(
    key: TokenKey,
    row: SqlRows.ClaimedRow,
    claimedAt: Clocks.Instant
  ): Effect.fn.Return<Lease, AuthError.AuthError> {
    const now = DateTime.makeUnsafe(claimedAt.wall)
    const { seen: record, text } = yield* seen(key, row, now)
    let claim: LeaseRules.Claim = {
      owner,
      seq: Number(row.seq),
      version: Number(row.version),
      period: { since: claimedAt, lasts: leaseMillis }
    }
    const held = heldOf(row)
    const written = (was: Effect.Effect<boolean, AuthError.AuthError>) =>
      Effect.flatMap(was, (isWritten): Effect.Effect<Written, AuthError.AuthError> =>
        isWritten
          ? Effect.succeed({ _tag: "Committed" } as const)
          : Effect.map(peek(key), (theirs) => ({ _tag: "Overtaken", theirs } as const)))
    // Sealed once, so that a statement that arrives twice is the same.
    const write = (statement: typeof rows.commit) => (record: TokenRecord, facts: RecordFacts) =>
      Effect.flatMap(sealed(key, record, text), (sealed) => written(statement(held, sealed, facts)))
    return {
      ...record,
      key,
      lasts: options.lease,
      pendingSince: timeIn(row.pending_in, now),
      maySend: Effect.sync(() => LeaseRules.maySend(claim, session.now)),
      prolong: Effect.suspend(() => {
        const since = session.now
        return Effect.map(rows.prolong(held), (isHeld) => {
          if (isHeld) claim = { ...claim, period: { ...claim.period, since } }
        })
      }),
      commit: write(rows.commit),
      end: write(rows.end),
      giveBack: (facts, { mayBeLost }) => Effect.asVoid(rows.giveBack(held, facts, mayBeLost))
    }
  })

  const heldOf = (row: SqlRows.ClaimedRow): SqlRows.Held => ({
    columns: { issuer: row.issuer, clientId: row.client_id, account: row.account },
    place: placeOf(RowNames.keyOf(row)),
    owner,
    seq: row.seq,
    version: row.version,
    digest: row.digest
  })

  /** Puts a record off that cannot be read here: the next process may have the key for it. */
  const putOff = (row: SqlRows.ClaimedRow, error: AuthError.AuthError) =>
    Effect.gen(function*() {
      const now = yield* DateTime.now
      const facts = { ...factsOf(row, now), refreshAt: DateTime.add(now, unreadablePause) }
      yield* Effect.logError(error.message)
      yield* Effect.ignore(rows.giveBack(heldOf(row), facts, row.pending_in !== null))
    })

  return {
    peek,
    lease: (key) =>
      Effect.gen(function*() {
        const claimedAt = session.now
        const row = yield* rows.claim(yield* columnsOf(key), placeOf(key))
        if (row === undefined) return Option.none()
        return Option.some(
          yield* Effect.tapError(leaseOf(key, row, claimedAt), () =>
            Effect.ignore(
              Effect.flatMap(DateTime.now, (now) =>
                rows.giveBack(heldOf(row), factsOf(row, now), row.pending_in !== null))
            ))
        )
      }),
    leaseDue: ({ limit, ...app }) =>
      Effect.gen(function*() {
        const claimedAt = session.now
        const claimed = yield* rows.claimDue(app, limit)
        const leases: Array<Lease> = []
        for (const row of claimed) {
          const lease = yield* Effect.matchEffect(leaseOf(RowNames.keyOf(row), row, claimedAt), {
            onFailure: (error) => Effect.as(putOff(row, error), undefined),
            onSuccess: Effect.succeed
          })
          if (lease !== undefined) leases.push(lease)
        }
        return leases
      }),
    supersede: (key, { facts, record, version }) =>
      Effect.gen(function*() {
        const before = yield* look(key)
        const text = yield* sealed(key, record, Option.getOrUndefined(before)?.text)
        return yield* rows.supersede(yield* columnsOf(key), placeOf(key), text, facts, version)
      }),
    reject: (key, version) =>
      Effect.flatMap(columnsOf(key), (columns) => Effect.asVoid(rows.reject(columns, placeOf(key), version))),
    use: (uses) =>
      Effect.gen(function*() {
        const list = yield* Effect.forEach(uses, ({ key, refreshAt }) =>
          Effect.map(columnsOf(key), ({ columns }) => ({ columns, refreshAt })))
        if (list.length > 0) {
          yield* rows.use(list)
        }
      }),
    news: rows.news
  }
}
