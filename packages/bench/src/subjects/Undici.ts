/** `undici.request` and `JSON.parse`, and nothing else: what all CPU figures are ratios to. */
import * as Effect from "effect/Effect"
import { Agent, request } from "undici"
import { calls } from "../Calls.ts"
import type { MakeSubject } from "../Subject.ts"
import { accessToken } from "../Token.ts"

export const undici: MakeSubject = ({ concurrency, origin }) =>
  Effect.gen(function*() {
    const dispatcher = yield* Effect.acquireRelease(
      Effect.sync(() => new Agent()),
      (agent) => Effect.promise(() => agent.destroy())
    )
    const headers = { authorization: `Bearer ${accessToken}` }
    return yield* calls(concurrency, async (id) => {
      const { body } = await request(`${origin}/v1/tracks/${id}`, { dispatcher, headers })
      return JSON.parse(await body.text())
    })
  })
