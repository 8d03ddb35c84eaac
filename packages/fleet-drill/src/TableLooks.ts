/**
 * Looks at the table of accounts while a drill runs.
 */
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as SqlError from "effect/sql/SqlError"
import * as Database from "./Database.ts"
import { DrillFailed } from "./DrillFailed.ts"
import type * as Observed from "./Observed.ts"

const failed = <A>(look: Effect.Effect<A, SqlError.SqlError>): Effect.Effect<A, DrillFailed> =>
  Effect.mapError(look, DrillFailed.because("The table of accounts"))

/** Looks at the table until the scope ends. */
export const make = Effect.fnUntraced(function*({ sql }: Database.Database) {
  const table = sql(Database.table)
  const looks: Array<Observed.Look & { readonly pending: number }> = []

  const look = Effect.gen(function*() {
    const at = yield* Clock.currentTimeMillis
    const [row] = yield* sql<{ readonly stale: number; readonly pending: number }>`
      select
        (count(*) filter (where ended is null and expires_at <= clock_timestamp()))::int as stale,
        (count(*) filter (where lease_until < clock_timestamp()))::int as pending
      from ${table}
    `
    if (row !== undefined) looks.push({ at, ...row })
  })

  const walPosition = sql<{ readonly at: number }>`select (pg_current_wal_lsn() - '0/0')::float8 as at`.pipe(
    Effect.map(([row]) => row?.at ?? 0)
  )
  const transactions = sql<{ readonly count: number }>`
    select (xact_commit + xact_rollback)::float8 as count from pg_stat_database where datname = current_database()
  `.pipe(Effect.map(([row]) => row?.count ?? 0))

  const before = { wal: yield* failed(walPosition), statements: yield* failed(transactions) }
  // The database may be away.
  yield* Effect.forkScoped(Effect.forever(Effect.delay(Effect.ignore(look), "200 millis")))

  const until = (isFound: (look: (typeof looks)[number]) => boolean, limit: Duration.Input) =>
    Effect.repeat(Effect.delay(Effect.void, "100 millis"), { until: () => looks.some(isFound) }).pipe(
      Effect.timeoutOption(limit),
      Effect.asVoid
    )

  return {
    looks,
    /** Waits until a look from then on finds every token fresh, or for a while. */
    fresh: (since: number) => until(({ at, stale }) => at >= since && stale === 0, "20 seconds"),
    /** Waits until a look from then on finds every token fresh, and no claim whose holder is dead, or for a while. */
    settled: (since: number) =>
      until(({ at, pending, stale }) => at >= since && stale === 0 && pending === 0, "60 seconds"),
    ended: failed(sql<{ readonly account: string; readonly kind: string }>`
      select account, ended as kind from ${table} where ended is not null order by account
    `),
    /** The statements of all processes, each of which is a transaction, and bytes of WAL. */
    effort: failed(Effect.gen(function*() {
      return {
        statements: (yield* transactions) - before.statements - looks.length,
        walBytes: (yield* walPosition) - before.wal
      }
    }))
  }
})
