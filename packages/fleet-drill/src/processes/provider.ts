/** A provider in a process of its own, which can be stopped and continued as a whole. */
import { Fault, People, Sandbox } from "@app/sandbox"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Line from "../Line.ts"
import * as ProcessSettings from "../ProcessSettings.ts"

const program = Effect.gen(function*() {
  const { accessTokenSeconds, accounts, graceSeconds, latencyMillis } = yield* ProcessSettings.read(
    ProcessSettings.Provider
  )
  const ready = Effect.gen(function*() {
    const { accountsUrl, apiUrl, inject } = yield* Sandbox.Sandbox
    if (latencyMillis > 0) {
      yield* inject(
        "POST /api/token",
        Fault.LateResponse({ duration: Duration.millis(latencyMillis), times: "always" })
      )
    }
    Line.write({ _tag: "Ready", accountsUrl, apiUrl })
    return yield* Effect.never
  })
  return yield* Effect.provide(
    ready,
    Sandbox.layer({
      accessTokenLifetime: Duration.seconds(accessTokenSeconds),
      rotateRefreshTokens: true,
      refreshTokenGrace: graceSeconds > 0 ? { duration: Duration.seconds(graceSeconds) } : "none",
      people: Array.from({ length: Math.max(accounts, 1) }, (_, number) => ({
        ...People.sandy,
        id: ProcessSettings.accountOf(number)
      })),
      tokenCapacity: 2_000_000
    })
  )
})

Layer.effectDiscard(program).pipe(Layer.launch, NodeRuntime.runMain)
