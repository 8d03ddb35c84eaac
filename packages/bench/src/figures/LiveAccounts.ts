import * as Effect from "effect/Effect"
import { Bench } from "../Bench.ts"
import { atMost, type Figure, type Row } from "../Figure.ts"
import { exactly } from "../Statistics.ts"
import * as Worker from "../Worker.ts"

/** Measures one of so many accounts, after everything that is made only once has been made. */
export const each = Effect.fnUntraced(function*(way: "live" | "idle" | "objects", accounts: number) {
  const worker = yield* Worker.start({
    subject: "liveAccounts",
    way,
    nodeOptions: ["--expose-gc", "--max-old-space-size=12288"]
  })
  yield* worker.run(500)
  const { counts } = yield* worker.run(accounts)
  const of = (name: string) => (counts[name] ?? NaN) / accounts
  return { bytes: of("bytes"), timers: of("timers"), cpu: of("cpu") }
}, Effect.scoped)

export const liveAccounts: Figure = {
  name: "live-accounts",
  title: "an account that lives: a token, a scheduled refresh",
  about:
    "Through Accounts, over a store that keeps nothing; heap after collection. Ratio to an object of the same strings.",
  measure: Effect.gen(function*() {
    const { effort } = yield* Bench
    const rows: Array<Row> = []
    for (const accounts of effort.accounts) {
      const objects = yield* each("objects", accounts)
      const live = yield* each("live", accounts)
      const many = accounts.toLocaleString("en")
      rows.push(
        { label: `an object, of ${many}`, value: exactly(objects.bytes), unit: "bytes" },
        { label: `an account, of ${many}`, value: exactly(live.bytes), unit: "bytes", target: atMost(4_000) },
        { label: "the same", value: exactly(live.bytes / objects.bytes), unit: "×" },
        { label: "timers by account", value: exactly(live.timers), unit: "", target: atMost(0.001) },
        { label: "CPU time to begin with one", value: exactly(live.cpu), unit: "µs" }
      )
    }
    if (!effort.isQuick) {
      const idle = yield* each("idle", 10_000)
      rows.push(
        { label: "with nobody at it, let go of in 5 minutes", value: exactly(idle.bytes), unit: "bytes" },
        { label: "timers by such an account", value: exactly(idle.timers), unit: "" }
      )
    }
    return { rows }
  })
}
