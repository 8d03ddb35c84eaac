/** Failures of a sign-in from a page, in words for the person in front of it. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as AuthError from "../../AuthError.ts"

const failed = (kind: AuthError.SignInFailed["kind"], issue: string): Effect.Effect<never, AuthError.AuthError> =>
  Effect.fail(new AuthError.AuthError({ reason: new AuthError.SignInFailed({ kind, issue }) }))

export const storageOff = failed(
  "StorageOff",
  "this browser keeps no data for this page. Allow it cookies and site data, or sign in in a window of its own."
)

export const cameBack = failed("Abandoned", "you came back before it was finished. Start it again.")

export const notLeft = (url: URL) => failed("TimedOut", `the browser has not opened ${url.host}. Start it again.`)

export const popupBlocked = failed(
  "PopupBlocked",
  "the browser has blocked the window for it. Allow this page to open windows, or sign in without one."
)

export const popupClosed = failed("Abandoned", "its window was closed before it was finished. Start it again.")

export const tooLate = (lifetime: Duration.Duration) =>
  failed("TimedOut", `nobody finished it within ${Duration.format(lifetime)}. Start it again.`)
