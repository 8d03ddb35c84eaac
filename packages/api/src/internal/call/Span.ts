/** Spans of operations that are called too often to make one that nobody sees. */
import type * as Fiber from "effect/Fiber"
import * as Tracer from "effect/Tracer"

/** Effect's own tracer keeps spans to itself. A span costs some 6 µs, most of it two stack traces. */
export const isTraced = (fiber: Fiber.Fiber<unknown, unknown>): boolean =>
  fiber.getRef(Tracer.Tracer) !== Tracer.nativeTracer
