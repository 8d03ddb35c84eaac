/** Metrics and a span for a request for a token, from a token endpoint or any other source. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import type { AuthError } from "../../AuthError.ts"
import * as TokenMetrics from "../../TokenMetrics.ts"

/** Counts and times a request by issuer, grant and outcome, and runs it in a client span. */
export const withTelemetry =
  (span: string, about: { readonly issuer: string; readonly grant: string }) =>
  <A, R>(request: Effect.Effect<A, AuthError, R>): Effect.Effect<A, AuthError, R> =>
    Effect.flatMap(
      Clock.monotonicTimeNanos,
      (startedAt) =>
        Effect.onExit(request, (exit) =>
          Effect.flatMap(Clock.monotonicTimeNanos, (now) =>
            Effect.andThen(
              Metric.update(
                Metric.withAttributes(TokenMetrics.tokenRequests, { ...about, outcome: outcomeOf(exit) }),
                1
              ),
              Metric.update(
                Metric.withAttributes(TokenMetrics.tokenRequestDuration, about),
                Duration.nanos(now - startedAt)
              )
            )))
    ).pipe(
      Effect.withSpan(span, {
        kind: "client",
        attributes: { "oauth.grant": about.grant, "oauth.issuer": about.issuer }
      })
    )

const outcomeOf = (exit: Exit.Exit<unknown, AuthError>): string =>
  Exit.match(exit, {
    onFailure: (cause) =>
      Option.match(Cause.findErrorOption(cause), {
        onNone: () => Cause.hasInterruptsOnly(cause) ? "interrupted" : "defect",
        onSome: (error) => error.reason._tag
      }),
    onSuccess: () => "success"
  })
