/** What happens to a request between an operation and the network: authorization, repetition, classification. */
import type { AccessToken } from "@app/auth/AccessToken"
import type { AuthError } from "@app/auth/AuthError"
import type { TokenService } from "@app/auth/TokenService"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Schedule from "effect/Schedule"
import * as RetryPolicy from "../RetryPolicy.ts"
import * as SpotifyError from "../SpotifyError.ts"
import * as Answer from "./Answer.ts"
import type { Call } from "./Call.ts"
import * as Exchange from "./Exchange.ts"
import type { Operation } from "./Operation.ts"

// =============================================================================
// Model
// =============================================================================

/** Sends a request whose URL is relative to the API's base, until it succeeds or fails for good. */
export type Pipeline = (
  operation: Operation,
  relative: HttpClientRequest.HttpClientRequest,
  call: Call
) => Effect.Effect<HttpClientResponse.HttpClientResponse, SpotifyError.SpotifyError | AuthError>

// =============================================================================
// Constructor
// =============================================================================

export const make = (options: {
  readonly apiUrl: string
  readonly httpClient: HttpClient.HttpClient
  readonly maxBodySize: number
  readonly tokens: TokenService["Service"]
}): Pipeline => {
  const { apiUrl, httpClient, maxBodySize, tokens } = options

  const exchange = (request: HttpClientRequest.HttpClientRequest, token: AccessToken) =>
    request.pipe(
      HttpClientRequest.bearerToken(token.value),
      httpClient.execute,
      Effect.mapError(Exchange.reasonOf),
      Effect.flatMap((response) => Exchange.withBody(response, maxBodySize)),
      Effect.provideContext(onTheWire)
    )

  return Effect.fnUntraced(function*(operation, relative, call) {
    const policy = yield* RetryPolicy.RetryPolicy
    const startedAt = yield* Clock.currentTimeMillis
    const attemptTimeout = Duration.fromInputUnsafe(policy.attemptTimeout)
    const budget = Duration.fromInputUnsafe(policy.budget)
    const request = HttpClientRequest.prependUrl(relative, apiUrl)
    const failed = (reason: SpotifyError.SpotifyErrorReason) =>
      Effect.fail(new SpotifyError.SpotifyError({ reason, operation: operation.name }))
    let replayed = false

    const attempt: ReturnType<Pipeline> = Effect.gen(function*() {
      const token = yield* tokens.get
      const { response, text } = yield* exchange(request, token).pipe(
        Effect.catch(failed),
        Effect.timeoutOrElse({
          duration: attemptTimeout,
          orElse: () => failed(new SpotifyError.Timeout({ limit: "attempt", after: attemptTimeout }))
        })
      )
      const { headers, status } = response
      call.answer = () => Answer.describe(status, text(), token)
      if (status >= 200 && status < 300) return response
      if (status === 401 && !replayed) {
        replayed = true
        if (yield* tokens.invalidate(token)) return yield* attempt
      }
      const now = yield* DateTime.now
      const answer = call.answer()
      const reason = Answer.classify({ answer, headers, operation, token, now })
      return yield* new SpotifyError.SpotifyError({ reason, operation: operation.name, answer })
    })

    return yield* attempt.pipe(
      Effect.retry(repetition({ budget, operation, policy, startedAt })),
      // Around everything, so that no token service, transport or pause can outlast it.
      Effect.timeoutOrElse({
        duration: budget,
        orElse: () => failed(new SpotifyError.Timeout({ limit: "call", after: budget }))
      })
    )
  })
}

/** A redirect would take the token along; trace headers tell a stranger about this program, and break CORS. */
const onTheWire = Context.make(FetchHttpClient.RequestInit, { redirect: "manual" }).pipe(
  Context.add(HttpClient.TracerPropagationEnabled, false)
)

const repetition = (options: {
  readonly policy: RetryPolicy.Service
  readonly operation: Operation
  readonly startedAt: number
  readonly budget: Duration.Duration
}) => {
  const budget = Duration.toMillis(options.budget)
  const cap = Duration.fromInputUnsafe(options.policy.retryAfterCap)
  return options.policy.pauses.pipe(
    Schedule.setInputType<SpotifyError.SpotifyError | AuthError>(),
    Schedule.modifyDelay(({ duration, input }) =>
      Effect.succeed(input.retryAfter === undefined ? duration : Duration.max(duration, input.retryAfter))
    ),
    Schedule.while(({ duration, input, now }) =>
      input._tag === "SpotifyError"
      && RetryPolicy.isRepeatable(input.reason, options.operation.idempotent)
      && (input.retryAfter === undefined || Duration.isLessThanOrEqualTo(input.retryAfter, cap))
      && now - options.startedAt + Duration.toMillis(duration) < budget
    )
  )
}
