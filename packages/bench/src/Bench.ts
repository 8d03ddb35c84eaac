import * as Context from "effect/Context"
import type { Effort } from "./Effort.ts"
import type { Server } from "./Server.ts"

/** Service of a run: its one server, and how much is to be measured. */
export class Bench extends Context.Service<Bench, {
  readonly effort: Effort
  readonly server: Server
}>()("@app/bench/Bench") {}
