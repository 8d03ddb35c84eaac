/** What happens to a request between an operation and the network: authorization, the gate, repetition, classification. */
import type { AccessToken } from "@app/auth/AccessToken"
import { AuthError, InvalidConfiguration } from "@app/auth/AuthError"
import type { TokenService } from "@app/auth/TokenService"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
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
import type { Operation } from "./Operation.ts"
import * as Transport from "./Transport.ts"
import * as TwoClocks from "./TwoClocks.ts"

// =============================================================================
// Model
// =============================================================================

/** Sends a request whose URL is relative to the API's base, until it succeeds or fails for good. */
export type Pipeline = (
  operation: Operation,
  relative: HttpClientRequest.HttpClientRequest,
  call: Call.Call
) => Delivered

type Delivered = Effect.Effect<HttpClientResponse.HttpClientResponse, Failure>

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
}): Pipeline => {
  const { apiUrl, cache, gate, tokens } = options
  const exchangeWith = Transport.exchange(Transport.make(options))

  let lastWellFormed: AccessToken | undefined
  const isWellFormed = (token: AccessToken): boolean => {
    if (token !== lastWellFormed && !bearerText.test(Redacted.value(token.value))) return false
    lastWellFormed = token
    return true
  }

  return (operation, relative, call) =>
    Effect.withFiber((fiber) => {
      const clock = fiber.getRef(Clock.Clock)
      const policy = fiber.getRef(RetryPolicy.RetryPolicy)
      const unconditional = HttpClientRequest.prependUrl(relative, apiUrl)
      const attemptTimeout = Duration.toMillis(policy.attemptTimeout)
      const deadline = TwoClocks.monotonic(clock) + Duration.toMillis(policy.budget)
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
          Effect.flatMap((whole) => {
            const { status, text } = whole
            const response = whole.response()
            const readAnswer = () => Answer.read(status, text(), bearer)
            call.answer = readAnswer
            if (status >= 200 && status < 300) return Effect.succeed(response)
            if (status === 304 && request !== unconditional) return Effect.succeed(response)
            const reading = readAnswer()
            const { answer } = reading
            const now = DateTime.makeUnsafe(clock.currentTimeMillisUnsafe())
            const { headers } = response
            const reason = Answer.classify({ ...reading, headers, operation, token: bearer, now, apiUrl })
            const error = Effect.fail(new SpotifyError.SpotifyError({ reason, operation: operation.name, answer }))
            return reason._tag === "RateLimited" || reason._tag === "QuotaExceeded"
              ? Effect.andThen(Call.limited(call, reason), error)
              : error
          })
        )
      }

      const pass = (request: HttpClientRequest.HttpClientRequest, bearer: AccessToken): Delivered => {
        cameAt = TwoClocks.monotonic(clock)
        return gate.through(passage, (held) => {
          cameAt = undefined
          if (Duration.isZero(held)) return exchange(request, bearer)
          // The token may have been replaced while the call was held back, and what is kept is for the old one.
          const send = authorized((latest) => exchange(isSame(latest, bearer) ? request : unconditional, latest))
          return Effect.andThen(Call.held(call, held), send)
        })
      }

      const send = (bearer: AccessToken): Delivered =>
        cache === undefined
          ? pass(unconditional, bearer)
          : Effect.tap(
            cache.through(unconditional, bearer, (request) => pass(request, bearer)),
            (response) =>
              Effect.map(Effect.orDie(response.text), (text) => {
                call.answer = () => Answer.read(response.status, text, bearer)
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
          return Effect.andThen(
            Call.held(call, Duration.millis(now - cameAt)),
            failed(new SpotifyError.RateLimited({}))
          )
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

      const repeat = (error: SpotifyError.SpotifyError, pause: number): Delivered =>
        Effect.andThen(Call.repeated(call, error, pause), pause === 0 ? attempts : Effect.delay(attempts, pause))

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

const isSame = (a: AccessToken, b: AccessToken): boolean => Redacted.value(a.value) === Redacted.value(b.value)

type NextPause = Effect.Success<ReturnType<typeof Schedule.toStep<unknown, unknown, never, never>>>
