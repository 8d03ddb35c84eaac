/**
 * The one server of a run: Web API and Accounts service on loopback, in a process of its own, so that its cost is
 * not measured.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { join } from "node:path"
import type { MeasurementFailed } from "./MeasurementFailed.ts"
import * as Process from "./Process.ts"

export interface Server {
  /** Such as `http://127.0.0.1:41234`: the API is below `/v1`, and below `/far/v1` where every response takes 20 ms. */
  readonly origin: string
  /** How many requests there were since this was last asked. */
  readonly requests: Effect.Effect<Requests, MeasurementFailed>
}

export type Requests = typeof Requests.Type

const Requests = Schema.Struct({ api: Schema.Finite, token: Schema.Finite })

const Answer = Schema.Struct({ port: Schema.Finite, ...Requests.fields })

export const start: Effect.Effect<Server, MeasurementFailed, Scope.Scope> = Effect.gen(function*() {
  const server = yield* Process.start({
    name: "the server",
    file: join(import.meta.dirname, "serverProcess.ts"),
    args: [],
    answer: Answer
  })
  const { port } = yield* server.ask({})
  return { origin: `http://127.0.0.1:${port}`, requests: server.ask({}) }
})
