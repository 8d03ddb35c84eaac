/** Sends one request within its time limit, and classifies the response. */
import type { AccessToken } from "@app/auth/AccessToken"
import { AuthError, InvalidConfiguration } from "@app/auth/AuthError"
import * as Clocks from "@app/auth/Clocks"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Redacted from "effect/Redacted"
import * as SpotifyError from "../../SpotifyError.ts"
import type * as Deadlines from "../time/Deadlines.ts"
import type { BufferedResponse } from "../transport/BufferedResponse.ts"
import * as AuthorizationBinding from "./AuthorizationBinding.ts"
import * as CallError from "./CallError.ts"
import * as Classification from "./Classification.ts"
import * as Delivery from "./Delivery.ts"

// =============================================================================
// Sending
// =============================================================================

/**
 * Sends a request with a token, and reports the outcome to `done`.
 *
 * **Details**
 *
 * The time limit of the try begins here; the call's own limit counts as well. Returns an effect that gives the request up.
 */
export const send = (
  delivery: Delivery.Delivery,
  request: HttpClientRequest.HttpClientRequest,
  bearer: AccessToken,
  done: (sent: Delivery.Sent) => void
): Effect.Effect<void> | void => {
  const { binding, call, clock, deadline, deadlines, fiber, settings, timing } = delivery
  const authorization = settings.authorization(bearer)
  if (authorization === undefined) return done(malformedToken())
  if (!AuthorizationBinding.admits(binding, bearer)) return done(AuthorizationBinding.changed())
  const end = Math.min(deadline, Clocks.monotonicMillis(clock) + timing.attemptTimeout)
  let isOver = false
  let limit: Deadlines.Limit | undefined
  call.requests += 1
  const giveUp = settings.transport.send(request, { authorization, fiber }, (exit) => {
    isOver = true
    if (limit !== undefined) deadlines.clear(limit)
    done(classified(delivery, exit, request, bearer))
  })
  // A transport may report the outcome before it returns.
  if (isOver) return
  limit = deadlines.set(end, () => {
    giveUp()
    done(Exit.fail(timedOut(delivery)))
  })
  const set = limit
  return Effect.sync(() => {
    deadlines.clear(set)
    giveUp()
  })
}

/** Creates the error of a try, or a call, whose time is over. */
export const timedOut = (delivery: Delivery.Delivery): SpotifyError.SpotifyError => {
  const { clock, deadline, timing: { policy } } = delivery
  const [limit, after] = Clocks.monotonicMillis(clock) >= deadline
    ? ["call", policy.budget] as const
    : ["attempt", policy.attemptTimeout] as const
  return Delivery.error(delivery, new SpotifyError.Timeout({ limit, after: Duration.fromInputUnsafe(after) }))
}

// =============================================================================
// Responses
// =============================================================================

/** Remembers the last response, which errors quote. */
export const received = (
  { call }: Delivery.Delivery,
  response: BufferedResponse,
  bearer: AccessToken
): BufferedResponse => {
  call.response = response
  call.bearer = bearer
  return response
}

const classified = (
  delivery: Delivery.Delivery,
  exit: Exit.Exit<BufferedResponse, SpotifyError.SpotifyErrorReason>,
  request: HttpClientRequest.HttpClientRequest,
  bearer: AccessToken
): Delivery.Sent => {
  if (Exit.isFailure(exit)) return Exit.failCause(Cause.map(exit.cause, (reason) => Delivery.error(delivery, reason)))
  const response = received(delivery, exit.value, bearer)
  const { status } = response
  // A 304 answers only a request to which the cache has added its conditions.
  const isSuccess = (status >= 200 && status < 300) || (status === 304 && request !== delivery.request)
  return isSuccess ? Exit.succeed(response) : Exit.fail(refusal(delivery, response, bearer))
}

const refusal = (
  delivery: Delivery.Delivery,
  response: BufferedResponse,
  bearer: AccessToken
): SpotifyError.SpotifyError => {
  const { call, clock, fiber, settings: { apiUrl } } = delivery
  const { operation, telemetry } = call
  const reading = Classification.read(response.status, response.text(), bearer)
  const now = DateTime.makeUnsafe(clock.currentTimeMillisUnsafe())
  const headers = response.headers()
  const reason = Classification.classify({ ...reading, headers, operation, token: bearer, now, apiUrl })
  if (reason._tag === "RateLimited" || reason._tag === "QuotaExceeded") telemetry.limited(reason, fiber.context)
  return Delivery.error(delivery, CallError.withAskedIds(call, reason), reading.response)
}

// =============================================================================
// Tokens
// =============================================================================

/** Returns the `Authorization` header of a token; undefined when the token cannot stand in a header. */
export const authorizationOf = ({ value }: AccessToken): string | undefined => {
  const text = Redacted.value(value)
  return bearerText.test(text) ? `Bearer ${text}` : undefined
}

/** Printable characters without spaces, which is less strict than RFC 6750 §2.1. */
const bearerText = /^[\x21-\x7e]+$/

/** A transport would throw at such a token, quote it, or send something else. */
const malformedToken = (): Delivery.Sent =>
  Exit.fail(
    new AuthError({
      reason: new InvalidConfiguration({
        setting: "The access token",
        issue: "it is empty, or has spaces, line breaks or other characters that no token has. Nothing was sent."
      })
    })
  )
