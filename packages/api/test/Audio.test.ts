/** What the operations on measurements send, and what they make of responses. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Audio from "../src/Audio.ts"
import { idsUpTo, sent } from "./support/Requests.ts"
import * as ScriptedTransport from "./support/ScriptedTransport.ts"
import { answer } from "./support/ScriptedTransport.ts"

describe("Audio", () => {
  it.effect("features come in order, with explicit absence, 100 at a time", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      wire.outcomes = [
        answer(200, { audio_features: idsUpTo(100).map(() => null) }),
        answer(200, { audio_features: [null] })
      ]
      const features = yield* Audio.manyFeatures(idsUpTo(101))
      assert.lengthOf(features, 101)
      assert.isTrue(features.every(Option.isNone))
      assert.lengthOf(yield* sent, 2)
    }).pipe(Effect.provide(ScriptedTransport.layer())))
})
