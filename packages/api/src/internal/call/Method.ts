/** One operation of the contract as a function: from its arguments, over a request, to the decoded response. */
import * as Clocks from "@app/auth/Clocks"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Tracer from "effect/Tracer"
import type { BufferedResponse } from "../transport/BufferedResponse.ts"
import * as Call from "./Call.ts"
import * as CallError from "./CallError.ts"
import type * as Endpoint from "./Endpoint.ts"
import type { CallOptions, Failure } from "./Operations.ts"
import * as Span from "./Span.ts"
import * as Telemetry from "./Telemetry.ts"

// =============================================================================
// Model
// =============================================================================

/** Sends a call's request until it succeeds or fails for good. The call's fiber runs it. */
export type Deliver = (
  call: Call.Call,
  request: HttpClientRequest.HttpClientRequest,
  fiber: Fiber.Fiber<unknown, unknown>
) => Effect.Effect<BufferedResponse, Failure>

export type Method = (given?: Endpoint.Arguments) => Effect.Effect<unknown, Failure>

// =============================================================================
// Constructor
// =============================================================================

/** Creates the method of an endpoint, for calls with certain options. */
export const make = (endpoint: Endpoint.Endpoint, deliver: Deliver): (options?: CallOptions) => Method => {
  const { operation } = endpoint
  const telemetry = new Telemetry.Telemetry(operation.name)

  const run = (
    given: Endpoint.Arguments,
    { follow, idempotent = operation.idempotent }: CallOptions,
    span: Tracer.Span | undefined,
    fiber: Fiber.Fiber<unknown, unknown>
  ) => {
    const clock = fiber.getRef(Clock.Clock)
    const called = idempotent === operation.idempotent ? operation : { ...operation, idempotent }
    const call = Call.make(called, given, telemetry, Clocks.monotonicMillis(clock))
    const encoded = endpoint.encode(given)
    const outcome = Exit.isFailure(encoded)
      ? Exit.mapError(encoded, (issue) => CallError.invalidArgument(call, issue))
      : Effect.flatMap(
        deliver(call, follow === undefined ? encoded.value : endpoint.follow(follow), fiber),
        (response) => decode(endpoint, call, response)
      )
    return Effect.onExit(outcome, (exit) => {
      telemetry.ended(exit, Clocks.monotonicMillis(clock) - call.startedAt, fiber.context)
      if (span !== undefined) Span.describe(span, call)
      return Effect.void
    })
  }

  return (options = {}) => (given = {}) =>
    Effect.withFiber((fiber) =>
      Span.isTraced(fiber)
        ? Effect.useSpan(operation.name, { kind: "client" }, (span) =>
          Effect.provideService(
            Effect.withFiber((fiber) => run(given, options, span, fiber)),
            Tracer.ParentSpan,
            span
          ))
        : run(given, options, undefined, fiber)
    )
}

const decode = (endpoint: Endpoint.Endpoint, call: Call.Call, response: BufferedResponse) =>
  Exit.mapError(
    endpoint.decode(response.status, response.text()),
    (issue) => CallError.unexpectedResponse(call, issue)
  )
