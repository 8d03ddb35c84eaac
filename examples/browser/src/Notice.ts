/**
 * The words for what went wrong: one sentence for what happened, and one for how to go on.
 *
 * **Details**
 *
 * The messages of the packages speak to the developer of a page. These speak to the person who uses it.
 */
import type { SpotifyError } from "@app/api/SpotifyError"
import type { AuthError, SignInFailed } from "@app/auth/AuthError"
import type * as DateTime from "effect/DateTime"
import type { Presence } from "./Presence.ts"

export interface Notice {
  readonly what: string
  readonly next: string
  /** The remedy that the page can help with, where it can: other input, the same request again, or a network. */
  readonly remedy?: "Correct" | "Repeat" | "Connect"
}

/** Reports whether the same request may have another outcome later. */
export const canRepeat = ({ remedy }: Notice): boolean => remedy === "Repeat" || remedy === "Connect"

/** Writes a notice as one text, to be read aloud. */
export const textOf = ({ next, what }: Notice): string => `${what} ${next}`

const timeOf = (time: DateTime.Utc): string =>
  new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" }).format(time.epochMilliseconds)

// =============================================================================
// Network
// =============================================================================

export const offline: Notice = {
  what: "You are offline.",
  next: "Connect to the internet, then try again.",
  remedy: "Connect"
}

/** Says what the person can count on while there is no network. */
export const whileOffline = (presence: Presence): Notice => ({
  ...offline,
  next: {
    "unknown": "Connect to the internet, and this page goes on by itself.",
    "signed in": "You are still signed in. Connect to the internet, and this page goes on by itself.",
    "signed out": "Connect to the internet to sign in."
  }[presence]
})

const unreachable = (): Notice =>
  navigator.onLine
    ? {
      what: "Spotify could not be reached.",
      next: "Check your connection and anything that blocks requests, such as an extension. Then try again.",
      remedy: "Repeat"
    }
    : offline

const busy: Notice = {
  what: "Spotify does not answer as it should.",
  next: "Wait a moment, then try again.",
  remedy: "Repeat"
}

const misconfigured = (detail: string): Notice => ({
  what: "Spotify does not accept this app as it is set up.",
  next: `Tell the people who run this page: ${detail}`
})

// =============================================================================
// Sign-in
// =============================================================================

const ofSignInFailed = (kind: SignInFailed["kind"]): Notice => {
  switch (kind) {
    case "PopupBlocked":
      return {
        what: "Your browser blocked the window for the sign-in.",
        next: "Allow this page to open windows, or choose Sign in, which needs none."
      }
    case "StorageOff":
      return {
        what: "This browser keeps no data for this page, so the sign-in would be lost on its way.",
        next: "Choose Use a new window, or allow cookies and site data for this page."
      }
    case "TimedOut":
      return { what: "The sign-in took too long.", next: "Start it again." }
    case "Abandoned":
    case "Busy":
    case "PortTaken":
    case "Unavailable":
      return { what: "The sign-in was not finished.", next: "Start it again whenever you like." }
  }
}

const ofAuthError = ({ message, reason }: AuthError): Notice => {
  switch (reason._tag) {
    case "ReauthorizationRequired":
      switch (reason.kind) {
        case "SignedOut":
          return { what: "You signed out in another tab.", next: "Sign in again whenever you like." }
        case "Expired":
          return { what: "Your sign-in has come to its end, as each does after six months.", next: "Sign in again." }
        case "Revoked":
          return {
            what: "Spotify no longer accepts this sign-in.",
            next: "Sign in again, if you removed the app by mistake."
          }
        case "InsufficientScope":
          return {
            what: "You did not allow everything that this page shows.",
            next: "Sign in again, and agree to all of it."
          }
        case "AnswerLost":
        case "NoRefreshToken":
          return { what: "You are not signed in any more.", next: "Sign in again." }
      }
    case "AuthorizationDenied":
      return reason.error === "access_denied"
        ? { what: "You did not agree, so you are not signed in.", next: "Sign in whenever you like." }
        : { what: "Spotify refused the sign-in.", next: `Sign in again. Spotify said: ${reason.error}.` }
    case "StateMismatch":
      return {
        what: "That sign-in is over, or began in another tab.",
        next: "If the other tab is signed in, so is this one in a moment. Otherwise sign in again here."
      }
    case "AuthorizationChanged":
      return { what: "Somebody signed in again in another tab.", next: "Try again.", remedy: "Repeat" }
    case "SignInFailed":
      return ofSignInFailed(reason.kind)
    case "TokenRequestFailed":
      return unreachable()
    case "MalformedTokenResponse":
    case "DiscoveryFailed":
      return busy
    case "StoreFailed":
      return {
        what: "This browser does not let the page keep your sign-in.",
        next: "Allow cookies and site data for this page, then try again.",
        remedy: "Repeat"
      }
    case "TokenRequestRejected":
    case "InvalidClient":
    case "InvalidConfiguration":
      return misconfigured(message)
  }
}

// =============================================================================
// Calls
// =============================================================================

const ofSpotifyError = ({ message, reason }: SpotifyError): Notice => {
  switch (reason._tag) {
    case "InvalidArgument":
      return {
        what: "That is not a track.",
        next: "Paste a link to a track, such as https://open.spotify.com/track/11dFghVXANMlKmJXsNCbNl.",
        remedy: "Correct"
      }
    case "NotFound":
      return {
        what: "There is no such track here.",
        next: "Check the link. It may lead to an album or a playlist, or to a track that is gone.",
        remedy: "Correct"
      }
    case "Forbidden":
      switch (reason.kind) {
        case "NotRegistered":
          return {
            what: "You are not on the list of people who may use this app.",
            next: "Ask the people who run this page to add you in Spotify’s dashboard."
          }
        case "InsufficientScope":
          return { what: "You did not allow this.", next: "Sign out, then sign in again and agree to all of it." }
        case "PremiumRequired":
        case "NotInQuotaMode":
        case "Other":
          return { what: "Spotify does not show this here.", next: "Go on with something else." }
      }
    case "RateLimited":
    case "QuotaExceeded":
      return {
        what: "Too many people use this page right now.",
        next: reason.endsAt === undefined ? "Try again in a minute." : `Try again at ${timeOf(reason.endsAt)}.`,
        remedy: "Repeat"
      }
    case "Unauthorized":
      return { what: "Spotify no longer accepts this sign-in.", next: "Sign out, then sign in again." }
    case "Transport":
    case "Timeout":
      return unreachable()
    case "ServiceUnavailable":
    case "UnexpectedResponse":
    case "BadRequest":
      return busy
    case "InvalidConfiguration":
      return misconfigured(message)
  }
}

/** Puts an error into words for the person at the page. */
export const of = (error: AuthError | SpotifyError): Notice =>
  error._tag === "AuthError" ? ofAuthError(error) : ofSpotifyError(error)
