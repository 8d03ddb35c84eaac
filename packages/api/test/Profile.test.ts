/** What the operations on people send. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Ids from "../src/Ids.ts"
import * as Profile from "../src/Profile.ts"
import * as Answers from "./support/Answers.ts"
import { sent } from "./support/Requests.ts"
import * as ScriptedTransport from "./support/ScriptedTransport.ts"
import { answer } from "./support/ScriptedTransport.ts"

describe("people", () => {
  it.effect.prop(
    "any person's id arrives at the server as it is",
    { id: Ids.UserId },
    ({ id }) =>
      Effect.gen(function*() {
        const wire = yield* ScriptedTransport.ScriptedTransport
        yield* Profile.user(Ids.User.uri(id))
        const path = new URL(wire.sent[0]?.url ?? "").pathname
        assert.strictEqual(decodeURIComponent(path.slice("/v1/users/".length)), id)
      }).pipe(Effect.provide(ScriptedTransport.layer(answer(200, Answers.developmentUser)))),
    { arbitrary: { runs: 200 } }
  )

  it.effect("the profile is asked for once at a time", () =>
    Effect.gen(function*() {
      yield* Effect.replicateEffect(Profile.me, 10, { concurrency: "unbounded" })
      assert.deepStrictEqual(yield* sent, ["GET /me"])
    }).pipe(Effect.provide(ScriptedTransport.layer(answer(200, Answers.developmentUser)))))
})
