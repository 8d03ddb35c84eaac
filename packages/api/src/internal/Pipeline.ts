/** What happens to a request between an operation and the network: authorization, the gate, repetition, classification. */
import type { AccessToken } from "@app/auth/AccessToken"
import { AuthError, InvalidConfiguration } from "@app/auth/AuthError"
import type { TokenService } from "@app/auth/TokenService"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Headers from "effect/http/Headers"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Pull from "effect/Pull"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type { Gate, Passage } from "../RateLimit.ts"
import type { ResponseCache } from "../ResponseCache.ts"
import * as RetryPolicy from "../RetryPolicy.ts"
import * as SpotifyError from "../SpotifyError.ts"
import * as Answer from "./Answer.ts"
import * as AuthorizationBinding from "./AuthorizationBinding.ts"
import * as Call from "./Call.ts"
import * as Deadlines from "./Deadlines.ts"
import * as Transport from "./Transport.ts"
import * as TwoClocks from "./TwoClocks.ts"
import type { WholeAnswer } from "./WholeAnswer.ts"

// =============================================================================
// Model
// =============================================================================

type Delivered = Effect.Effect<WholeAnswer, Failure>

type Failure = SpotifyError.SpotifyError | AuthError

// =============================================================================
// Constructor
// =============================================================================

export const make = (options: {
  readonly apiUrl: string
  readonly cache: ResponseCache | undefined
  readonly gate: Gate
  readonly httpClient: HttpClient.HttpClient
  readonly maxBodySize: number
  readonly tokens: TokenService["Service"]
}): Call.Deliver => {
  const { apiUrl, cache, gate, tokens } = options
  const exchangeWith = Transport.exchange(Transport.make(options))

  let lastWellFormed: AccessToken | undefined
  const isWellFormed = (token: AccessToken): boolean => {
    if (token !== lastWellFormed && !bearerText.test(Redacted.value(token.value))) return false
    lastWellFormed = token
    return true
  }

  return (call, unconditional) =>
    Effect.withFiber((fiber) => {
      const { operation } = call
      const clock = fiber.getRef(Clock.Clock)
      const policy = fiber.getRef(RetryPolicy.RetryPolicy)
      const attemptTimeout = Duration.toMillis(policy.attemptTimeout)
      const deadline = call.startedAt + Duration.toMillis(policy.budget)
      const binding = fiber.getRef(AuthorizationBinding.Current) ?? AuthorizationBinding.make()
      const passage: Passage = { operation: operation.name, bucket: operation.bucket, deadline, policy }

      /** Since when the try under way is held back at the gate, or since when it is sent. */
      let cameAt: number | undefined
      let sentAt: number | undefined
      let token: AccessToken | undefined
      let isReplayed = false
      let nextPause: NextPause | undefined

      const failed = (reason: SpotifyError.SpotifyErrorReason) =>
        Effect.fail(new SpotifyError.SpotifyError({ reason, operation: operation.name }))

      const wasHeld = (millis: number): void => {
        call.held += millis
        call.telemetry.held(millis, fiber.context)
      }

      /** The token to show now, unless that would be another person's than the call was begun for. */
      const authorized = (send: (bearer: AccessToken) => Delivered): Delivered =>
        Effect.flatMap(tokens.get, (bearer) => {
          if (!isWellFormed(bearer)) return malformed
          return AuthorizationBinding.admits(binding, bearer) ? send(bearer) : AuthorizationBinding.changed
        })

      // -----------------------------------------------------------------------
      // A try
      // -----------------------------------------------------------------------

      const exchange = (request: HttpClientRequest.HttpClientRequest, bearer: AccessToken): Delivered => {
        token = bearer
        sentAt = TwoClocks.monotonic(clock)
        call.requests += 1
        return exchangeWith(request, `Bearer ${Redacted.value(bearer.value)}`).pipe(
          Effect.catch(failed),
          Effect.flatMap((answer) => {
            const { status } = answer
            const readAnswer = () => Answer.read(status, answer.text(), bearer)
            call.answer = readAnswer
            if (status >= 200 && status < 300) return Effect.succeed(answer)
            if (status === 304 && request !== unconditional) return Effect.succeed(answer)
            return refused(answer.headers(), readAnswer(), bearer)
          })
        )
      }

      const refused = (headers: Headers.Headers, reading: Answer.Reading, bearer: AccessToken) => {
        const now = DateTime.makeUnsafe(clock.currentTimeMillisUnsafe())
        const reason = Answer.classify({ ...reading, headers, operation, token: bearer, now, apiUrl })
        if (reason._tag === "RateLimited" || reason._tag === "QuotaExceeded") {
          call.telemetry.limited(reason, fiber.context)
        }
        const { answer } = reading
        return Effect.fail(
          new SpotifyError.SpotifyError({ reason: aboutWhat(call, reason), operation: operation.name, answer })
        )
      }

      const pass = (request: HttpClientRequest.HttpClientRequest, bearer: AccessToken): Delivered => {
        cameAt = TwoClocks.monotonic(clock)
        return gate.through(passage, (held) => {
          cameAt = undefined
          if (Duration.isZero(held)) return exchange(request, bearer)
          // The token may have been replaced while the call was held back, and what is kept is for the old one.
          const send = authorized((latest) => exchange(isSame(latest, bearer) ? request : unconditional, latest))
          wasHeld(Duration.toMillis(held))
          return send
        })
      }

      const send = (bearer: AccessToken): Delivered =>
        cache === undefined
          ? pass(unconditional, bearer)
          : Effect.flatMap(
            cache.through(
              unconditional,
              bearer,
              (request) => Effect.map(pass(request, bearer), (answer) => answer.response())
            ),
            (response) =>
              // The body is here already.
              Effect.map(Effect.orDie(response.text), (text) => {
                call.answer = () => Answer.read(response.status, text, bearer)
                return {
                  status: response.status,
                  headers: () => response.headers,
                  text: () => text,
                  response: () => response
                }
              })
          )

      const attempt: Delivered = Effect.suspend(() => {
        cameAt = undefined
        sentAt = undefined
        // The token comes first: a call that gets none must not take a turn at the gate.
        return Deadlines.within(authorized(send), end, expired)
      })

      // -----------------------------------------------------------------------
      // Time
      // -----------------------------------------------------------------------

      /** A try's own time begins when it is let through. One that is sent later than now ends no sooner than this. */
      const end = () => Math.min(deadline, (sentAt ?? TwoClocks.monotonic(clock)) + attemptTimeout)

      const expired = () => {
        const now = TwoClocks.monotonic(clock)
        if (cameAt !== undefined) {
          wasHeld(now - cameAt)
          return failed(new SpotifyError.RateLimited({}))
        }
        const [limit, after] = now >= deadline
          ? ["call", policy.budget] as const
          : ["attempt", policy.attemptTimeout] as const
        return failed(new SpotifyError.Timeout({ limit, after: Duration.fromInputUnsafe(after) }))
      }

      // -----------------------------------------------------------------------
      // Repetition
      // -----------------------------------------------------------------------

      const attempts: Delivered = Effect.catch(attempt, (error) => again(error))

      const again = (error: Failure): Delivered => {
        if (error._tag === "AuthError") return Effect.fail(error)
        if (error.reason._tag === "Unauthorized" && token !== undefined && !isReplayed) {
          isReplayed = true
          return Effect.flatMap(
            tokens.invalidate(token),
            (makesSense) => makesSense ? repeat(error, 0) : Effect.fail(error)
          )
        }
        if (!RetryPolicy.isRepeatable(error.reason, operation.idempotent)) return Effect.fail(error)
        const asked = error.retryAfter === undefined ? 0 : Duration.toMillis(error.retryAfter)
        const isLimited = error.reason._tag === "RateLimited"
        if (isLimited && policy.whileLimited === "fail") return Effect.fail(error)
        if (asked > Duration.toMillis(policy.retryAfterCap)) return Effect.fail(error)
        return Effect.flatMap(pauseAfter(error), (drawn) => {
          if (drawn === undefined) return Effect.fail(error)
          // Timers count whole milliseconds.
          const pause = Math.ceil(Math.max(isLimited ? 0 : drawn, asked))
          if (TwoClocks.monotonic(clock) + pause >= deadline) return Effect.fail(error)
          // A 429 has closed the gate, where it waits with all others.
          return repeat(error, isLimited ? 0 : pause)
        })
      }

      const repeat = (error: SpotifyError.SpotifyError, pause: number): Delivered => {
        const { _tag } = error.reason
        if (call.reasons === undefined) call.reasons = [_tag]
        else call.reasons.push(_tag)
        return Effect.andThen(
          call.telemetry.repeated(error, pause),
          pause === 0 ? attempts : Effect.delay(attempts, pause)
        )
      }

      /** The policy's next pause in milliseconds; undefined when it has no more. */
      const pauseAfter = (error: SpotifyError.SpotifyError): Effect.Effect<number | undefined> => {
        const known = nextPause
        if (known === undefined) {
          return Effect.flatMap(Schedule.toStep(policy.pauses), (step) => {
            nextPause = step
            return pauseAfter(error)
          })
        }
        return known(clock.currentTimeMillisUnsafe(), error).pipe(
          Effect.map(([, pause]) => Duration.toMillis(pause)),
          Pull.catchDone(() => Effect.undefined)
        )
      }

      if (binding.isBound) return attempts
      return Effect.flatMap(AuthorizationBinding.atHand(tokens), (id) => {
        if (id !== undefined) AuthorizationBinding.bind(binding, id)
        return attempts
      })
    })
}

/** What can stand in a header: printable, without spaces (RFC 6750 §2.1, less strictly). */
const bearerText = /^[\x21-\x7e]+$/

/** A transport would throw, or quote it, or send something else. */
const malformed = Effect.suspend(() =>
  Effect.fail(
    new AuthError({
      reason: new InvalidConfiguration({
        setting: "The access token",
        issue: "it is empty, or has spaces, line breaks or other characters that no token has. Nothing was sent."
      })
    })
  )
)

/** A 404 names what was asked for. */
const aboutWhat = (call: Call.Call, reason: SpotifyError.SpotifyErrorReason): SpotifyError.SpotifyErrorReason => {
  if (reason._tag !== "NotFound") return reason
  const asked = Call.asked(call)
  return asked.length === 0 ? reason : new SpotifyError.NotFound({ ...reason, asked })
}

const isSame = (a: AccessToken, b: AccessToken): boolean => Redacted.value(a.value) === Redacted.value(b.value)

type NextPause = Effect.Success<ReturnType<typeof Schedule.toStep<unknown, unknown, never, never>>>
