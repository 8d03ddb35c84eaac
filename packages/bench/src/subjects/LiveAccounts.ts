/**
 * Accounts that live, each with a token and a scheduled refresh, over a store that keeps nothing; or plain objects of the
 * same strings. `run(n)` begins with `n` more and counts what they have come to: bytes of heap, timers.
 */
import * as Accounts from "@app/auth/Accounts"
import * as TokenService from "@app/auth/TokenService"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { accountOptions, accountStrings, EndpointInMemory, nothingKept } from "../AccountsInMemory.ts"
import { alive } from "../Heap.ts"
import type { MakeSubject } from "../Subject.ts"

const timers = (): number => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length

const cpuTime = (): number => {
  const { system, user } = process.cpuUsage()
  return system + user
}

export const liveAccounts: MakeSubject = ({ way = "" }) =>
  Effect.gen(function*() {
    const layer = Accounts.layer({ ...accountOptions, idleTimeToLive: way === "idle" ? "5 minutes" : Infinity }).pipe(
      Layer.provide([nothingKept, EndpointInMemory(() => undefined)])
    )
    const context = yield* Layer.build(layer)
    const runPromise = Effect.runPromiseWith(context)
    const objects: Array<unknown> = []
    let begun = 0
    const begin = async () => {
      const account = `account-${begun++}`
      if (way === "objects") objects.push(accountStrings(account))
      else await runPromise(Effect.provide(TokenService.get, Accounts.get(account)))
    }
    return {
      run: async (times) => {
        const bytes = await alive()
        const ticking = timers()
        const cpu = cpuTime()
        for (let i = 0; i < times; i++) await begin()
        const took = cpuTime() - cpu
        return { bytes: await alive() - bytes, timers: timers() - ticking, cpu: took }
      }
    }
  })
