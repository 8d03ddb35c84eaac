/** Errors of what a transport throws. */
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as Tracks from "../src/Tracks.ts"
import * as Answers from "./support/Answers.ts"

const secret = "BQ-the-secret-of-this-test"

const inFrontOf = (client: HttpClient.HttpClient) =>
  SpotifyClient.layer().pipe(
    Layer.provide([
      Layer.succeed(HttpClient.HttpClient, client),
      TokenService.layerStatic({ value: Redacted.make(secret) })
    ])
  )

describe("what a transport throws", () => {
  const thrown: Readonly<Record<string, readonly [unknown, string]>> = {
    "an error with a code": [
      Object.assign(new TypeError(`Invalid character in header: ${secret}`), { code: "ERR_INVALID_CHAR" }),
      "ERR_INVALID_CHAR"
    ],
    "an error without one": [new TypeError(`Headers.append: "Bearer ${secret}"`), "TypeError"]
  }
  for (const [name, [defect, code]] of Object.entries(thrown)) {
    it.effect(`is a typed error that is not repeated, and quotes nothing: ${name} (F93)`, () => {
      let requests = 0
      const client = HttpClient.make(() => {
        requests += 1
        throw defect
      })
      return Effect.gen(function*() {
        const exit = yield* Effect.exit(Tracks.get(Answers.trackId))
        assert.strictEqual(exit._tag, "Failure")
        if (exit._tag !== "Failure") return
        const [reason] = exit.cause.reasons
        assert.isTrue(reason?._tag === "Fail" && reason.error._tag === "SpotifyError")
        if (reason?._tag !== "Fail") return
        const failure = reason.error.reason
        assert.deepStrictEqual(
          failure._tag === "Transport" ? [failure.phase, failure.code] : failure._tag,
          ["request", code]
        )
        assert.strictEqual(requests, 1)
        for (const shown of [Cause.pretty(exit.cause), inspect(exit, { depth: 20 })]) assert.notInclude(shown, secret)
      }).pipe(Effect.provide(inFrontOf(client)))
    })
  }
})
