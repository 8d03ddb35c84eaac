/** A call from its arguments to its result: what is known of it while it runs, and what it tells of itself. */
import type { AccessToken } from "@app/auth/AccessToken"
import type { AuthError } from "@app/auth/AuthError"
import * as Clocks from "@app/auth/Clocks"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Predicate from "effect/Predicate"
import * as Tracer from "effect/Tracer"
import * as SpotifyError from "../../SpotifyError.ts"
import type { BufferedResponse } from "../transport/BufferedResponse.ts"
import * as Classification from "./Classification.ts"
import type * as Endpoint from "./Endpoint.ts"
import type * as Issue from "./Issue.ts"
import type { Operation } from "./Operation.ts"
import * as Span from "./Span.ts"
import * as Telemetry from "./Telemetry.ts"

// =============================================================================
// Model
// =============================================================================

export interface Call {
  readonly operation: Operation
  readonly given: Endpoint.Arguments
  readonly telemetry: Telemetry.Telemetry
  /** In milliseconds of the monotonic clock. */
  readonly startedAt: number
  /** The last answer, and the token it was given to; it is only put into words when an error needs it. */
  answer: BufferedResponse | undefined
  bearer: AccessToken | undefined
  /** How many requests were sent. */
  requests: number
  /** Why there was more than one. */
  reasons: ReadonlyArray<string> | undefined
  /** How long they were held back at the gate, in milliseconds. */
  held: number
}

/** Sends a call's request until it succeeds or fails for good. It is run by the call's fiber. */
export type Deliver = (
  call: Call,
  request: HttpClientRequest.HttpClientRequest,
  fiber: Fiber.Fiber<unknown, unknown>
) => Effect.Effect<BufferedResponse, SpotifyError.SpotifyError | AuthError>

/** One operation of the contract: from its arguments to its answer. */
export type Method = (given?: Endpoint.Arguments) => Effect.Effect<unknown, SpotifyError.SpotifyError | AuthError>

// =============================================================================
// Running
// =============================================================================

/** How a call differs from others of its endpoint. */
export interface Options {
  /** Another path and query than the arguments lead to. */
  readonly follow?: string | undefined
  readonly idempotent?: boolean | undefined
}

/** The method of an endpoint, for calls with these options. */
export const method = (endpoint: Endpoint.Endpoint, deliver: Deliver): (options?: Options) => Method => {
  const { operation } = endpoint
  const telemetry = new Telemetry.Telemetry(operation.name)

  const run = (
    given: Endpoint.Arguments,
    { follow, idempotent = operation.idempotent }: Options,
    span: Tracer.Span | undefined,
    fiber: Fiber.Fiber<unknown, unknown>
  ) => {
    const clock = fiber.getRef(Clock.Clock)
    const startedAt = Clocks.monotonicMillis(clock)
    const call: Call = {
      operation: idempotent === operation.idempotent ? operation : { ...operation, idempotent },
      given,
      telemetry,
      startedAt,
      answer: undefined,
      bearer: undefined,
      requests: 0,
      reasons: undefined,
      held: 0
    }
    const written = endpoint.encode(given)
    const answered = Exit.isFailure(written)
      ? Exit.mapError(written, (issue) => invalid(call, issue))
      : Effect.flatMap(
        deliver(call, follow === undefined ? written.value : endpoint.follow(follow), fiber),
        (answer) => read(endpoint, call, answer)
      )
    return Effect.onExit(answered, (exit) => {
      telemetry.ended(exit, Clocks.monotonicMillis(clock) - startedAt, fiber.context)
      if (span !== undefined) tell(span, call)
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

const read = (endpoint: Endpoint.Endpoint, call: Call, answer: BufferedResponse) =>
  Exit.mapError(endpoint.decode(answer.status, answer.text()), (issue) => unexpected(call, issue))

// =============================================================================
// Telling
// =============================================================================

const tell = (span: Tracer.Span, { given, held, operation, reasons, requests }: Call): void => {
  span.attribute("spotify.operation", operation.name)
  const market = Predicate.hasProperty(given.query, "market") ? given.query.market : undefined
  if (typeof market === "string") span.attribute("spotify.market", market)
  span.attribute("spotify.requests", requests)
  if (reasons !== undefined) span.attribute("spotify.retry_reasons", reasons)
  if (held > 0) span.attribute("spotify.rate_limit_wait_ms", Math.round(held))
}

// =============================================================================
// Failure
// =============================================================================

const invalid = ({ operation }: Call, { detail, path }: Issue.FirstIssue): SpotifyError.SpotifyError =>
  new SpotifyError.SpotifyError({
    reason: new SpotifyError.InvalidArgument({ argument: path, issue: detail }),
    operation: operation.name
  })

const unexpected = (call: Call, { detail, path }: Issue.FirstIssue): SpotifyError.SpotifyError => {
  const { answer, bearer } = call
  const reading = answer === undefined || bearer === undefined
    ? undefined
    : Classification.read(answer.status, answer.text(), bearer)
  return new SpotifyError.SpotifyError({
    reason: new SpotifyError.UnexpectedResponse({ path, detail, ...(reading?.form === "page" && { isPage: true }) }),
    operation: call.operation.name,
    ...(reading !== undefined && { response: reading.answer })
  })
}

/** What a 404 is about: the ids that the path, the query or the body names. */
export const naming = ({ given }: Call, reason: SpotifyError.SpotifyErrorReason): SpotifyError.SpotifyErrorReason => {
  if (reason._tag !== "NotFound") return reason
  const asked = [
    ...(Predicate.isObject(given.params) ? Object.values(given.params) : []),
    ...listIn(given.query, "ids"),
    ...listIn(given.query, "uris"),
    ...listIn(given.payload, "timestampedIds").map((row) => Predicate.hasProperty(row, "id") ? row.id : undefined)
  ].filter(Predicate.isString)
  if (asked.length === 0) return reason
  return new SpotifyError.NotFound({ ...reason, asked: asked.slice(0, 100).map((id) => id.slice(0, 100)) })
}

const listIn = (value: unknown, name: string): ReadonlyArray<unknown> => {
  const list = Predicate.isObject(value) ? Reflect.get(value, name) : undefined
  return Array.isArray(list) ? list : []
}
