import * as RefreshPolicy from "@app/auth/RefreshPolicy"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Bench } from "../Bench.ts"
import { atMost, type Figure, type Row } from "../Figure.ts"
import { exactly } from "../Statistics.ts"
import * as Worker from "../Worker.ts"

const hour = Duration.hours(1)

/** The day's requests by account when each token is used to its end. */
const least = 24

/** How many times as many there are when each is refreshed as early as the policy's jitter has it. */
const earliest = 60 / Duration.toMinutes(RefreshPolicy.standard.plan(Option.some(hour), 0).refreshAt)

export const dayOfAccounts: Figure = {
  name: "day-of-accounts",
  title: "a day of accounts in virtual time, an hour's token each",
  about: "Ratios to the least that lifetimes allow, and to the mean minute.",
  measure: Effect.gen(function*() {
    const { effort } = yield* Bench
    const accounts = effort.accountsOfDay
    const day = (way: string) =>
      Effect.scoped(Effect.gen(function*() {
        const worker = yield* Worker.start({
          subject: "dayOfAccounts",
          way,
          nodeOptions: ["--max-old-space-size=12288"]
        })
        const { counts } = yield* worker.run(accounts)
        const requests = counts["requests"] ?? NaN
        return { requests, busiest: (counts["busiestMinute"] ?? NaN) * 24 * 60 / requests }
      }))
    const spread = yield* day("spread")
    const rows: Array<Row> = [
      {
        label: `token requests of ${accounts.toLocaleString("en")} accounts, of ${least} each`,
        value: exactly(spread.requests / accounts / least),
        unit: "×",
        target: atMost(earliest)
      },
      {
        label: "busiest minute, where they begin at different times",
        value: exactly(spread.busiest),
        unit: "×",
        target: atMost(2)
      }
    ]
    if (!effort.isQuick) {
      const together = yield* day("together")
      rows.push({
        label: "busiest minute, where all begin in one second",
        value: exactly(together.busiest),
        unit: "×"
      })
    }
    return { rows }
  })
}
