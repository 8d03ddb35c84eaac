/** A process that refreshes accounts that are due, until it is ended or killed. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Line from "../Line.ts"
import * as ProcessSettings from "../ProcessSettings.ts"
import * as DrillAccounts from "./DrillAccounts.ts"
import * as Usage from "./Usage.ts"

const program = Effect.gen(function*() {
  const accounts = DrillAccounts.layer(yield* ProcessSettings.read(ProcessSettings.User))
  // The database may be away.
  yield* Effect.retry(Layer.build(accounts), Schedule.spaced("200 millis"))
  Usage.tellWhenAsked()
  Line.write({ _tag: "Ready" })
})

Layer.effectDiscard(program).pipe(Layer.launch, NodeRuntime.runMain)
