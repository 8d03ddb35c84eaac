import * as Accounts from "@app/auth/Accounts"
import * as SharedAccounts from "@app/auth/SharedAccounts"
import { SharedTokenStore } from "@app/auth/SharedTokenStore"
import * as TokenService from "@app/auth/TokenService"
import { assert, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { leftBehind, timers } from "./support/Heap.ts"
import { issued } from "./support/SharedTokenStoreContract.ts"

/** A table in which everybody has a token, and nothing happens. */
const table = () => {
  let looks = 0
  const layer = Layer.succeed(SharedTokenStore, {
    peek: ({ account }) =>
      Effect.map(issued(account.padStart(200, "B"), Duration.hours(1)), ({ facts, record }) => {
        looks += 1
        const row = { version: 1, areFactsCurrent: true, isLeased: false, isRejected: false, usedAt: undefined }
        return Option.some({ ...row, facts, record: Option.some(record) })
      }),
    lease: () => Effect.succeedNone,
    leaseDue: () => Effect.succeed([]),
    supersede: () => Effect.succeed(true),
    reject: () => Effect.void,
    use: () => Effect.void,
    news: () => Effect.succeed({ accounts: [], until: "" })
  })
  return { layer, looks: () => looks }
}

const getAll = Effect.fnUntraced(function*(from: number, to: number) {
  for (let account = from; account < to; account++) {
    yield* Effect.provide(TokenService.get, Accounts.get(`${account}`))
  }
})

const sharedAccounts = [
  { cost: "less than 4 kB each, and one look each in the life of a token", cache: undefined, limit: 4000 },
  // Their names, until the table has been told that they were used.
  { cost: "next to nothing beyond the number that is kept", cache: 100, limit: 400 }
]

it.live.each(sharedAccounts)(
  "shared accounts cost a process that reads them $cost, and no timer (F75)",
  ({ cache, limit }) => {
    const { layer, looks } = table()
    return Effect.gen(function*() {
      const timersBefore = timers()
      const bytes = yield* leftBehind(9000, getAll)
      assert.isBelow(bytes, limit)
      assert.isAtMost(timers() - timersBefore, 3)
      assert.strictEqual(looks(), 9000)
      yield* getAll(8950, 9000)
      assert.strictEqual(looks(), 9000)
    }).pipe(Effect.provide(
      SharedAccounts.layer({ client: { clientId: "client" }, cache }).pipe(
        Layer.provide([layer, FetchHttpClient.layer])
      )
    ))
  },
  60_000
)
