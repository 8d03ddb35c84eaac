/** Spans of calls, which are made only when a tracer takes them. */
import type * as Fiber from "effect/Fiber"
import * as Predicate from "effect/Predicate"
import * as Tracer from "effect/Tracer"
import type { Call } from "./Call.ts"

/**
 * Returns whether a tracer takes the spans of a fiber.
 *
 * **Details**
 *
 * Effect's own tracer keeps spans to itself, and a span costs some 6 µs, most of it two stack traces.
 */
export const isTraced = (fiber: Fiber.Fiber<unknown, unknown>): boolean =>
  fiber.getRef(Tracer.Tracer) !== Tracer.nativeTracer

/** Sets the attributes of a call's span. */
export const describe = (span: Tracer.Span, { given, operation, requests, retryReasons, waited }: Call): void => {
  span.attribute("spotify.operation", operation.name)
  const market = Predicate.hasProperty(given.query, "market") ? given.query.market : undefined
  if (typeof market === "string") span.attribute("spotify.market", market)
  span.attribute("spotify.requests", requests)
  if (retryReasons !== undefined) span.attribute("spotify.retry_reasons", retryReasons)
  if (waited > 0) span.attribute("spotify.rate_limit_wait_ms", Math.round(waited))
}
