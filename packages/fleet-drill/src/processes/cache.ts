/** A process that asks once for the token of every account, tells what it holds then, and asks again. */
import { Accounts } from "@app/auth/Accounts"
import * as TokenService from "@app/auth/TokenService"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Line from "../Line.ts"
import * as ProcessSettings from "../ProcessSettings.ts"
import * as DrillAccounts from "./DrillAccounts.ts"
import * as Usage from "./Usage.ts"

const program = Effect.gen(function*() {
  const settings = yield* ProcessSettings.read(ProcessSettings.User)
  const accounts = yield* Accounts
  const all = Array.from({ length: settings.accounts }, (_, number) => ProcessSettings.accountOf(number))
  const readAll = Effect.gen(function*() {
    const before = yield* Clock.currentTimeMillis
    yield* Effect.forEach(all, (account) => Effect.provide(TokenService.get, accounts.get(account)), {
      concurrency: 32,
      discard: true
    })
    return (yield* Clock.currentTimeMillis) - before
  })
  Line.write(Usage.now())
  const first = yield* readAll
  Line.write({ _tag: "Cached", millis: first })
  Line.write(Usage.now())
  const second = yield* readAll
  Line.write({ _tag: "Cached", millis: second })
  Line.write({ _tag: "Ready" })
})

Layer.effectDiscard(program).pipe(
  Layer.provide(Layer.unwrap(Effect.map(ProcessSettings.read(ProcessSettings.User), DrillAccounts.layer))),
  Layer.launch,
  NodeRuntime.runMain
)
