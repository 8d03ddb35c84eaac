/** Metrics, spans and log lines of token services, which `TokenMetrics` lists. */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import type * as AuthError from "../../AuthError.ts"
import * as TokenMetrics from "../../TokenMetrics.ts"
import type { TokenSet } from "../../TokenSet.ts"
import * as SignInTime from "../oauth/SignInTime.ts"

// =============================================================================
// Model
// =============================================================================

/** The name of an account; absent where there is only one. */
export type Account = string | undefined

/** The telemetry of all accounts of one client. */
export interface Telemetry {
  /** Returns a context without a parent span, in which spans and log lines name the account. */
  readonly contextOf: (account: Account) => Context.Context<never>
  /** Updates the metrics for tokens that have arrived. */
  readonly recordTokens: (account: Account, tokenSet: TokenSet) => Effect.Effect<void>
  /** Counts and traces a caller's wait for a token. */
  readonly watchWait: <A, E>(account: Account, wait: Effect.Effect<A, E>) => Effect.Effect<A, E>
}

/** The attributes of a client. */
export interface Options {
  readonly issuer: string
  readonly clientId: string | undefined
}

// =============================================================================
// Constructor
// =============================================================================

export const make = (
  { clientId, issuer }: Options,
  /** The context in which services do what they do by themselves. */
  context: Context.Context<never>
): Telemetry => {
  const whose = (account: Account): Readonly<Record<string, string>> => ({
    "oauth.issuer": issuer,
    ...(clientId !== undefined && { "oauth.client_id": clientId }),
    ...(account !== undefined && { "oauth.account": account })
  })
  const service = { issuer, client_id: clientId ?? "" }
  const expiresAtGauge = Metric.withAttributes(TokenMetrics.tokenExpiresAt, service)
  const authorizedAtGauge = Metric.withAttributes(TokenMetrics.authorizedAt, service)
  const waitingGauge = Metric.withAttributes(TokenMetrics.waitingCallers, { issuer })
  const oneMore = Metric.modify(waitingGauge, 1)
  const oneLess = Metric.modify(waitingGauge, -1)
  const untraced = Context.omit(Tracer.ParentSpan)(context)

  return {
    contextOf: (account) =>
      untraced.pipe(
        Context.add(References.CurrentLogAnnotations, {
          ...Context.get(context, References.CurrentLogAnnotations),
          ...whose(account)
        }),
        Context.add(References.TracerSpanAnnotations, {
          ...Context.get(context, References.TracerSpanAnnotations),
          ...whose(account)
        })
      ),
    recordTokens: Effect.fnUntraced(function*(account, { accessToken, authorizedAt }) {
      // One series for each account would have no limit.
      if (account !== undefined) return
      if (accessToken.expiresAt !== undefined) {
        yield* Metric.update(expiresAtGauge, accessToken.expiresAt.epochMilliseconds / 1000)
      }
      if (authorizedAt === undefined) return
      if (SignInTime.isPlausibleSignInTime(authorizedAt, yield* DateTime.now)) {
        yield* Metric.update(authorizedAtGauge, authorizedAt.epochMilliseconds / 1000)
      }
    }),
    watchWait: (account, wait) =>
      traced(
        Effect.acquireUseRelease(oneMore, () => wait, () => oneLess),
        "TokenService.wait",
        () => ({ attributes: whose(account) })
      )
  }
}

// =============================================================================
// Traces and log lines
// =============================================================================

/** A link to the trace of the caller who made the service act. */
export const linksOf = (caller: Fiber.Fiber<unknown, unknown>): ReadonlyArray<Tracer.SpanLink> =>
  Option.toArray(Context.getOption(caller.context, Tracer.ParentSpan)).map((span) => ({ span, attributes: {} }))

/**
 * Adds a span where a tracer records it. A span captures a stack trace, which costs too much for thousands of callers at
 * one instant when nobody reads it.
 */
export const traced = <A, E>(
  effect: Effect.Effect<A, E>,
  name: string,
  options: () => Tracer.SpanOptionsNoTrace
): Effect.Effect<A, E> =>
  Effect.withFiber((fiber) =>
    fiber.getRef(Tracer.Tracer) === Tracer.nativeTracer ? effect : Effect.withSpan(effect, name, options())
  )

/** Logs a failure: transient ones as warnings, expected ends of a sign-in as information, and all others as errors. */
export const logFailure = (error: AuthError.AuthError, isBeginning: boolean): Effect.Effect<void> => {
  if (error.isRetryable) return Effect.logWarning(error.message)
  const { reason } = error
  const isExpected = reason._tag === "ReauthorizationRequired"
    && (reason.kind === "SignedOut" || reason.kind === "NoRefreshToken")
  if (!isExpected) return Effect.logError(error.message)
  return isBeginning ? Effect.logDebug(error.message) : Effect.logInfo(error.message)
}
