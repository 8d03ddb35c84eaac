/** The window that a person signs in in. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { AuthError } from "../../AuthError.ts"
import * as SignInErrors from "./SignInErrors.ts"

const features = "popup,width=480,height=720"

/** Opens an empty window until the scope closes. Fails with `SignInFailed` (`PopupBlocked`) when the browser does not. */
export const open: Effect.Effect<Window, AuthError, Scope.Scope> = Effect.acquireRelease(
  Effect.suspend(() => {
    const opened = window.open("", "_blank", features)
    return opened === null ? SignInErrors.popupBlocked : Effect.succeed(opened)
  }),
  (opened) => Effect.sync(() => opened.close())
)

/**
 * Shows an address in a window, in place of the empty page.
 *
 * The window loses its opener, so that no page in it can lead this page elsewhere. Only a page in a frame keeps it: no
 * channel goes from a window to a frame on a page of another site.
 */
export const show = (opened: Window, url: URL): Effect.Effect<void> =>
  Effect.sync(() => {
    if ("BroadcastChannel" in globalThis && window.top === window) opened.opener = null
    opened.location.replace(url)
  })

/**
 * Fails with `SignInFailed` (`Abandoned`) once the person has closed a window.
 *
 * A window that an authorization server has cut off from this page looks closed, too, but then the person is still in it
 * and not on this page. No event tells of either.
 */
export const untilClosed = (opened: Window): Effect.Effect<never, AuthError> =>
  Effect.suspend(() => opened.closed && document.hasFocus() ? confirmed : untilClosed(opened)).pipe(
    Effect.delay("250 millis")
  )

/** A window closes itself after it has posted its callback, which may still be under way. */
const confirmed: Effect.Effect<never, AuthError> = Effect.delay(SignInErrors.popupClosed, "500 millis")

/** Closes this window, as far as the browser lets it. */
export const closeThis: Effect.Effect<void> = Effect.andThen(
  Effect.sync(() => window.close()),
  // Nothing more happens in a window that has been closed.
  Effect.sleep("1 second")
)
