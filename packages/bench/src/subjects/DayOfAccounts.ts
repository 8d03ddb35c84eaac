/**
 * Hours of `run(n)` accounts in virtual time, an hour's token each. They begin spread evenly over the time from one refresh to
 * the next, or together; what is counted is so many hours after the first: `spread 24`, `together 24`.
 */
import * as Accounts from "@app/auth/Accounts"
import * as RefreshPolicy from "@app/auth/RefreshPolicy"
import * as TokenService from "@app/auth/TokenService"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { accountOptions, EndpointInMemory, nothingKept } from "../AccountsInMemory.ts"
import { virtualClock } from "../Clocks.ts"
import type { Counts, MakeSubject } from "../Subject.ts"

const minutes = 60
const hours = 60 * minutes

/** From one refresh to the next, in seconds, in the middle of what the policy draws. */
const period = Math.round(
  Duration.toSeconds(RefreshPolicy.standard.plan(Option.some(Duration.hours(1)), 0.5).refreshAt)
)

/** Lets running fibers get as far as they can without time passing. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
}

const live = (accounts: number, begin: string, counted: number) =>
  Effect.gen(function*() {
    const time = virtualClock()
    const requests = new Map<number, number>()
    const count = () => {
      const minute = Math.floor(time.seconds() / minutes)
      requests.set(minute, (requests.get(minute) ?? 0) + 1)
    }
    const layer = Accounts.layer({ ...accountOptions, idleTimeToLive: Infinity }).pipe(
      Layer.provide([nothingKept, EndpointInMemory(count)])
    )
    const passing = Effect.gen(function*() {
      const fork = Effect.runForkWith(yield* Effect.context<Accounts.Accounts>())
      const arrivals = new Map<number, Array<string>>()
      for (let i = 0; i < accounts; i++) {
        const second = begin === "together" ? 0 : yield* Random.nextIntBetween(0, period)
        const arriving = arrivals.get(second) ?? []
        arrivals.set(second, arriving)
        arriving.push(`account-${i}`)
      }
      for (let second = 0; second < (1 + counted) * hours; second++) {
        for (const account of arrivals.get(second) ?? []) {
          fork(Effect.provide(TokenService.get, Accounts.get(account)))
        }
        if (time.tick() || arrivals.has(second)) yield* Effect.promise(settled)
      }
    })
    yield* Effect.scoped(Effect.provide(passing, layer)).pipe(
      Effect.provideService(Clock.Clock, time.clock),
      Random.withSeed("a day of accounts")
    )
    const byMinute = Array.from({ length: counted * 60 }, (_, minute) => requests.get(60 + minute) ?? 0)
    return {
      requests: byMinute.reduce((sum, one) => sum + one, 0),
      busiestMinute: Math.max(...byMinute)
    } satisfies Counts
  })

export const dayOfAccounts: MakeSubject = ({ way = "" }) => {
  const [begin = "", counted] = way.split(" ")
  return Effect.succeed({ run: (accounts) => Effect.runPromise(live(accounts, begin, Number(counted))) })
}
