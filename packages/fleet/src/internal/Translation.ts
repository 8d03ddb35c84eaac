/** Failures of `@app/auth` as responses of the API. */
import type { AuthError } from "@app/auth/AuthError"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as FleetError from "../FleetError.ts"

/** Seconds that a client waits where nobody says how long. */
const pause = Duration.seconds(1)

type Translated =
  | FleetError.InvalidRequest
  | FleetError.Misconfigured
  | FleetError.SignInRejected
  | FleetError.SignInRequired
  | FleetError.TryLater

const translate = ({ isRetryable, message, reason, retryAfter }: AuthError, now: DateTime.Utc): Translated => {
  switch (reason._tag) {
    case "ReauthorizationRequired":
      return new FleetError.SignInRequired({ kind: reason.kind, message })
    case "TokenRequestFailed":
    case "MalformedTokenResponse":
      return tryLater(message, reason.retryAt ?? DateTime.addDuration(now, retryAfter ?? pause))
    case "TokenRequestRejected":
    case "AuthorizationDenied":
      return new FleetError.SignInRejected({ error: reason.error, message })
    case "StateMismatch":
      return new FleetError.SignInRejected({ error: "state_mismatch", message })
    case "AuthorizationChanged":
      return tryLater(message, DateTime.addDuration(now, pause))
    case "InvalidConfiguration":
      return new FleetError.InvalidRequest({ message })
    default:
      return isRetryable
        ? tryLater(message, DateTime.addDuration(now, pause))
        : new FleetError.Misconfigured({ message })
  }
}

const tryLater = (message: string, at: DateTime.Utc) => new FleetError.TryLater({ message, retry_at: at })

/** Sends `Retry-After` with a response, in whole seconds. */
const withRetryAfter = (error: FleetError.TryLater, now: DateTime.Utc) => {
  const seconds = Math.max(1, Math.ceil((error.retry_at.epochMilliseconds - now.epochMilliseconds) / 1000))
  return HttpEffect.appendPreResponseHandler((_request, response) =>
    Effect.succeed(HttpServerResponse.setHeader(response, "retry-after", String(seconds)))
  )
}

/** Fails with what `respond` makes of a translated failure. */
const translating = <E>(respond: (found: Translated) => E) => <A, R>(effect: Effect.Effect<A, AuthError, R>) =>
  Effect.catch(
    effect,
    Effect.fnUntraced(function*(error) {
      const now = yield* DateTime.now
      const found = translate(error, now)
      if (found._tag === "TryLater") yield* withRetryAfter(found, now)
      return yield* Effect.fail(respond(found))
    })
  )

const misconfigured = ({ message }: Translated) => new FleetError.Misconfigured({ message })

/** Translates failures while a token is asked for: what the server rejects then is the app's settings. */
export const whileReading = translating((found) =>
  found._tag === "SignInRejected" || found._tag === "InvalidRequest" ? misconfigured(found) : found
)

/** Translates failures while somebody signs in: what cannot be used then is in the request. */
export const whileSigningIn = translating((found) =>
  found._tag === "SignInRequired"
    ? new FleetError.SignInRejected({ error: found.kind, message: found.message })
    : found
)

/** Translates failures of a store, which has no person and no authorization server. */
export const ofStore = translating((found) => found._tag === "TryLater" ? found : misconfigured(found))
