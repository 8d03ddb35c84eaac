/** Failures of `@app/auth` as responses of the API. */
import type { AuthError } from "@app/auth/AuthError"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpEffect from "effect/http/HttpEffect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as FleetError from "../FleetError.ts"

/** Seconds that a client waits where nobody says how long. */
const pause = Duration.seconds(1)

/** Whether a response may hold an error, by its tag. */
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

const translated = (error: AuthError): Effect.Effect<Translated, never, HttpServerRequest> =>
  Effect.flatMap(DateTime.now, (now) => {
    const found = translate(error, now)
    return Effect.as(found._tag === "TryLater" ? withRetryAfter(found, now) : Effect.void, found)
  })

/** Translates failures while a token is asked for: what the server rejects then is the app's settings. */
export const whileReading = <A, R>(effect: Effect.Effect<A, AuthError, R>) =>
  Effect.catch(effect, (error) =>
    Effect.flatMap(translated(error), (found) => {
      switch (found._tag) {
        case "SignInRejected":
        case "InvalidRequest":
          return Effect.fail(new FleetError.Misconfigured({ message: found.message }))
        default:
          return Effect.fail(found)
      }
    }))

/** Translates failures while somebody signs in: what cannot be used then is in the request. */
export const whileSigningIn = <A, R>(effect: Effect.Effect<A, AuthError, R>) =>
  Effect.catch(effect, (error) =>
    Effect.flatMap(translated(error), (found) =>
      found._tag === "SignInRequired"
        ? Effect.fail(new FleetError.SignInRejected({ error: found.kind, message: found.message }))
        : Effect.fail(found)))

/** Translates failures of a store, which has no person and no authorization server. */
export const ofStore = <A, R>(effect: Effect.Effect<A, AuthError, R>) =>
  Effect.catch(
    effect,
    (error) =>
      Effect.flatMap(translated(error), (found) =>
        Effect.fail(found._tag === "TryLater" ? found : new FleetError.Misconfigured({ message: found.message })))
  )
