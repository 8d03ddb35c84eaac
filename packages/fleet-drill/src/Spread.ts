/**
 * How evenly refreshes are spread after a mass sign-in, in compressed time: tokens of 30 seconds stand for tokens of an
 * hour, and half a second for a minute.
 */
import * as Effect from "effect/Effect"
import * as Capacity from "./Capacity.ts"
import * as Database from "./Database.ts"
import { DrillFailed } from "./DrillFailed.ts"
import type * as Report from "./Report.ts"
import * as SignIns from "./SignIns.ts"
import * as Workers from "./Workers.ts"

/** The busiest slot, of the mean. */
export const unevenness = (counts: ReadonlyArray<number>): number =>
  Math.max(...counts) / (counts.reduce((sum, one) => sum + one, 0) / counts.length)

const accessTokenSeconds = 30

/** A sixtieth of a lifetime, as a minute is of an hour. */
const slotMillis = accessTokenSeconds * 1000 / 60

/** What is due within less than half of a lifetime has been decided: no refresh from now on adds to it. */
const halfSlots = 26
const halfMillis = halfSlots * slotMillis

/** Counts the accounts that are due in each of the next slots. */
const dueSoon = ({ sql }: Database.Database): Effect.Effect<ReadonlyArray<number>, DrillFailed> =>
  Effect.map(
    sql<{ readonly accounts: number }>`
      select (
        select count(*)::int from ${sql(Database.table)}
        where refresh_at >= n.at + make_interval(secs => i * ${slotMillis / 1000}::float8)
          and refresh_at < n.at + make_interval(secs => (i + 1) * ${slotMillis / 1000}::float8)
      ) as accounts
      from (select statement_timestamp() as at) n, generate_series(0, ${halfSlots - 1}::int) i order by i
    `,
    (rows) => rows.map(({ accounts }) => accounts)
  ).pipe(Effect.mapError(DrillFailed.because("The due times")))

export const spread: Capacity.Exercise = {
  name: "spread",
  run: Effect.fnUntraced(function*({ bundle, isQuick }: Capacity.Options) {
    const accounts = isQuick ? 600 : 3000
    const lives = isQuick ? 2 : 5
    const { database, provider, user } = yield* Capacity.stage(bundle, {
      accounts,
      accessTokenSeconds,
      graceSeconds: 10,
      leaseSeconds: 5,
      refreshRate: 200
    })
    yield* SignIns.make(provider, user)
    yield* Workers.make({ file: bundle("worker"), settings: user }, 3)
    const perHalf: Array<ReadonlyArray<number>> = []
    for (let half = 0; half < 2 * lives; half++) {
      perHalf.push(yield* dueSoon(database))
      yield* Effect.sleep(halfMillis)
    }
    const perLife = Array.from({ length: lives }, (_, life) => perHalf.slice(2 * life, 2 * life + 2).flat())
    const last = perLife.at(-1) ?? []
    const mean = last.reduce((sum, one) => sum + one, 0) / last.length * 1000 / slotMillis
    return {
      name: "spread",
      title: `${accounts} accounts that signed in within seconds, tokens of ${accessTokenSeconds} s, three processes`,
      checks: isQuick ? [] : [{
        name: "busiest sixtieth of the last lifetime, of its mean",
        expected: "at most 2 times",
        seen: `${unevenness(last).toFixed(2)} times`,
        isMet: unevenness(last) <= 2
      }],
      figures: [
        {
          name: "busiest sixtieth of each lifetime, of its mean",
          value: perLife.map((counts) => `${unevenness(counts).toFixed(2)} times`).join(", ")
        },
        {
          name: "refreshes that are due in the last lifetime",
          value: `${mean.toFixed(1)}/s, ${
            (mean * accessTokenSeconds / accounts).toFixed(2)
          } for each account and lifetime`
        }
      ]
    } satisfies Report.Report
  })
}
