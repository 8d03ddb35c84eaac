/** Calls that meet a gate, and how they end. */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as RateLimit from "../../src/RateLimit.ts"
import * as RetryPolicy from "../../src/RetryPolicy.ts"
import type * as SpotifyClient from "../../src/SpotifyClient.ts"
import { SpotifyError } from "../../src/SpotifyError.ts"
import * as RuleTransport from "./RuleTransport.ts"
import { call, latency, limited, ok } from "./RuleTransport.ts"

export interface Ending {
  readonly at: number
  /** `"Success"`, or the reason's tag. */
  readonly outcome: string
  readonly endsAt: number | undefined
  readonly wasSent: boolean
}

export const endingOf = <A, E>(exit: Exit.Exit<A, E>, at: number): Ending => {
  const error = Option.getOrUndefined(Exit.findErrorOption(exit))
  if (!(error instanceof SpotifyError)) {
    return { at, outcome: Exit.isSuccess(exit) ? "Success" : "Interrupted", endsAt: undefined, wasSent: true }
  }
  const endsAt = "endsAt" in error.reason ? error.reason.endsAt : undefined
  return {
    at,
    outcome: error.reason._tag,
    endsAt: endsAt === undefined ? undefined : DateTime.toEpochMillis(endsAt),
    wasSent: error.response !== undefined
  }
}

/** Starts a call and goes on; its fiber tells when and how it ends. */
export const start = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.exit(effect).pipe(
    Effect.flatMap((exit) => Effect.map(Clock.currentTimeMillis, (at) => endingOf(exit, at))),
    Effect.forkChild({ startImmediately: true })
  )

export const startMany = (count: number) => Effect.forEach(Array.from({ length: count }), () => start(call))

export const withPolicy = (policy: Partial<RetryPolicy.Service>) =>
  Effect.provideService(RetryPolicy.RetryPolicy, { ...RetryPolicy.standard, ...policy })

export const failing = withPolicy({ whileLimited: "fail" })

export const inFrontOf = (
  { layer }: { readonly layer: Layer.Layer<HttpClient.HttpClient> },
  clientId: string | undefined = "app"
): Layer.Layer<SpotifyClient.SpotifyClient> =>
  Layer.orDie(RuleTransport.clientOf(clientId)).pipe(Layer.provide([layer, RateLimit.layer]))

/** Limits those who come before `until`, and tells them how long in seconds. */
export const until = (time: number): RuleTransport.Rule => ({ at }) =>
  at < time ? limited(Math.ceil((time - at - latency) / 1000)) : ok
