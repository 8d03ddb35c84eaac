/**
 * Whether claims and reads take as long in a table of a million accounts as in a small one.
 */
import { SharedTokenStore } from "@app/auth/SharedTokenStore"
import * as Effect from "effect/Effect"
import * as Capacity from "./Capacity.ts"
import * as Database from "./Database.ts"
import { DrillFailed } from "./DrillFailed.ts"
import * as Durations from "./Durations.ts"
import * as DrillAccounts from "./processes/DrillAccounts.ts"
import * as ProcessSettings from "./ProcessSettings.ts"
import type * as Report from "./Report.ts"
import * as Rows from "./Rows.ts"

/** Accounts in a claim. */
const limit = 16

const times = Effect.fnUntraced(
  function*({ database, provider, user }: Capacity.Stage, count: number, repeats: number) {
    yield* Rows.fill(database, provider, user, { count, refreshTokens: 0 })
    return yield* Effect.gen(function*() {
      const store = yield* SharedTokenStore
      const { issuer } = DrillAccounts.serverAt(user.accountsUrl, 0)
      const { clientId } = DrillAccounts
      const claim = store.leaseDue({ issuer, clientId, limit })
      const peek = (index: number) =>
        store.peek({ issuer, clientId, account: ProcessSettings.accountOf((index * 7919) % count) })
      const idle = yield* Durations.measure(repeats, () => claim)
      yield* Rows.makeDue(database, { count, refreshTokens: (repeats + 20) * limit })
      // The first ones prepare statements, and warm the cache of the database.
      yield* Durations.measure(20, () => claim)
      yield* Durations.measure(repeats, peek)
      return {
        idle,
        claim: yield* Durations.measure(repeats, () => claim),
        peek: yield* Durations.measure(repeats, (index) => peek(index + repeats))
      }
    }).pipe(Effect.provide(DrillAccounts.storeAt(database.url, user.leaseSeconds)))
  },
  Effect.mapError((error) => new DrillFailed({ issue: error.message }))
)

const sizes = ({ sql }: Database.Database) =>
  sql<{ readonly table: number; readonly indexes: number }>`
    select pg_table_size(${Database.table}::regclass)::float8 as table, pg_indexes_size(${Database.table}::regclass)::float8 as indexes
  `.pipe(
    Effect.map(([row]) => row ?? { table: 0, indexes: 0 }),
    Effect.mapError((error) => new DrillFailed({ issue: error.message }))
  )

const durations = ({ median, p99 }: Durations.Durations) => `${median.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`

export const million: Capacity.Exercise = {
  name: "million",
  run: Effect.fnUntraced(function*({ bundle, isQuick }: Capacity.Options) {
    const stage = yield* Capacity.stage(bundle)
    const [few, many] = isQuick ? [5000, 50_000] : [10_000, 1_000_000]
    const repeats = 200
    const small = yield* times(stage, few, repeats)
    const large = yield* times(stage, many, repeats)
    const { indexes, table } = yield* sizes(stage.database)
    const check = (name: string, of: (all: typeof small) => Durations.Durations) => {
      const growth = of(large).median / of(small).median
      return {
        name: `median time of ${name} with ${many} rows, of that with ${few}`,
        expected: "at most 2 times",
        seen: `${growth.toFixed(2)} times`,
        isMet: growth <= 2
      }
    }
    return {
      name: "million",
      title: `${many} rows`,
      checks: [
        check("a claim", ({ claim }) => claim),
        check("a look that finds nothing due", ({ idle }) => idle),
        check("a read", ({ peek }) => peek)
      ],
      figures: [
        { name: `a claim of ${limit} with ${few} rows`, value: durations(small.claim) },
        { name: `a claim of ${limit} with ${many} rows`, value: durations(large.claim) },
        { name: `a look that finds nothing due with ${few} rows`, value: durations(small.idle) },
        { name: `a look that finds nothing due with ${many} rows`, value: durations(large.idle) },
        { name: `a read with ${few} rows`, value: durations(small.peek) },
        { name: `a read with ${many} rows`, value: durations(large.peek) },
        {
          name: "a row on disk",
          value: `${Math.round(table / many)} bytes, and ${Math.round(indexes / many)} in indexes`
        }
      ]
    } satisfies Report.Report
  })
}
