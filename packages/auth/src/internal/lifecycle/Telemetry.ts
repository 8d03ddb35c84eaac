/** What token services tell of themselves, and whose tokens it is about. `TokenMetrics` has the whole list. */
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

/** The account that something is about; absent where there is one only. */
export type Account = string | undefined

/** One for all accounts of a client. */
export interface Telemetry {
  /** What a service does by itself is part of nobody's trace, and says whose tokens it is about. */
  readonly contextOf: (account: Account) => Context.Context<never>
  /** Tells of tokens that have just come. */
  readonly recordTokens: (account: Account, tokenSet: TokenSet) => Effect.Effect<void>
  /** Lets a wait for a token be seen. */
  readonly watchWait: <A, E>(account: Account, wait: Effect.Effect<A, E>) => Effect.Effect<A, E>
}

/** Whose tokens. */
export interface Options {
  readonly issuer: string
  readonly clientId: string | undefined
}

// =============================================================================
// Constructor
// =============================================================================

export const make = (
  { clientId, issuer }: Options,
  /** What services do by themselves is done in it. */
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
      // One series an account would grow without end.
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

/** The trace in which someone made the service act. */
export const linksOf = (caller: Fiber.Fiber<unknown, unknown>): ReadonlyArray<Tracer.SpanLink> =>
  Option.toArray(Context.getOption(caller.context, Tracer.ParentSpan)).map((span) => ({ span, attributes: {} }))

/**
 * A span where a tracer takes it. It takes the stack of whoever asks for it, which thousands of callers at one instant would
 * pay for nobody to read.
 */
export const traced = <A, E>(
  effect: Effect.Effect<A, E>,
  name: string,
  options: () => Tracer.SpanOptionsNoTrace
): Effect.Effect<A, E> =>
  Effect.withFiber((fiber) =>
    fiber.getRef(Tracer.Tracer) === Tracer.nativeTracer ? effect : Effect.withSpan(effect, name, options())
  )

/** What passes by itself is worth a look, a person who has not signed in is not, and all else waits for somebody. */
export const logFailure = (error: AuthError.AuthError, isBeginning: boolean): Effect.Effect<void> => {
  if (error.isRetryable) return Effect.logWarning(error.message)
  const { reason } = error
  const isExpected = reason._tag === "ReauthorizationRequired"
    && (reason.kind === "SignedOut" || reason.kind === "NoRefreshToken")
  if (!isExpected) return Effect.logError(error.message)
  return isBeginning ? Effect.logDebug(error.message) : Effect.logInfo(error.message)
}
