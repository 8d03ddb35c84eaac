/** Record of a call that is under way. */
import type { AccessToken } from "@app/auth/AccessToken"
import type { BufferedResponse } from "../transport/BufferedResponse.ts"
import type * as Endpoint from "./Endpoint.ts"
import type { Operation } from "./Operation.ts"
import type * as Telemetry from "./Telemetry.ts"

export interface Call {
  readonly operation: Operation
  readonly given: Endpoint.Arguments
  readonly telemetry: Telemetry.Telemetry
  /** The beginning of the call, in milliseconds of the monotonic clock. */
  readonly startedAt: number
  /** The last response and the token it was given to. Errors that need them put them into words. */
  response: BufferedResponse | undefined
  bearer: AccessToken | undefined
  /** The number of requests that were sent. */
  requests: number
  /** The reasons for which requests were repeated. */
  retryReasons: ReadonlyArray<string> | undefined
  /** The milliseconds that requests waited at the gate. */
  waited: number
}

/** Creates the record of a call that begins at `startedAt`. */
export const make = (
  operation: Operation,
  given: Endpoint.Arguments,
  telemetry: Telemetry.Telemetry,
  startedAt: number
): Call => ({
  operation,
  given,
  telemetry,
  startedAt,
  response: undefined,
  bearer: undefined,
  requests: 0,
  retryReasons: undefined,
  waited: 0
})
