import * as RefreshPolicy from "@app/auth/RefreshPolicy"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Bench } from "../Bench.ts"
import { atMost, type Figure, type Row } from "../Figure.ts"
import { exactly } from "../Statistics.ts"
import * as Worker from "../Worker.ts"

const hour = Duration.hours(1)

/** The ratio of requests when each token is refreshed as early as the policy's jitter allows. */
const earliest = 60 / Duration.toMinutes(RefreshPolicy.standard.plan(Option.some(hour), 0).refreshAt)

export const dayOfAccounts: Figure = {
  name: "day-of-accounts",
  title: "accounts in virtual time, an hour's token each",
  about:
    "Requests as a ratio to one an hour, the least that lifetimes allow; the busiest minute as one to the mean minute.",
  measure: Effect.gen(function*() {
    const { effort } = yield* Bench
    const { accounts, hours } = effort.lifeOfAccounts
    const live = (begin: string, accounts: number) =>
      Effect.scoped(Effect.gen(function*() {
        const worker = yield* Worker.start({
          subject: "dayOfAccounts",
          way: `${begin} ${hours}`,
          nodeOptions: ["--max-old-space-size=12288"]
        })
        const { counts } = yield* worker.run(accounts)
        const requests = counts["requests"] ?? NaN
        return {
          requests: requests / accounts / hours,
          busiest: (counts["busiestMinute"] ?? NaN) * hours * 60 / requests
        }
      }))
    const spread = yield* live("spread", accounts)
    const many = `${accounts.toLocaleString("en")} accounts, ${hours} hours`
    const rows: Array<Row> = [
      { label: `token requests of ${many}`, value: exactly(spread.requests), unit: "×", target: atMost(earliest) },
      {
        label: "busiest minute, where they begin at different times",
        value: exactly(spread.busiest),
        unit: "×",
        // Few accounts have minutes that are busy by chance.
        target: effort.isQuick ? undefined : atMost(2)
      }
    ]
    if (!effort.isQuick) {
      const together = yield* live("together", 10_000)
      rows.push({
        label: "busiest minute of 10,000 that all begin in one second",
        value: exactly(together.busiest),
        unit: "×"
      })
    }
    return { rows }
  })
}
