/** Checks of the page that a person signs in on. */
import * as Effect from "effect/Effect"
import type { AuthError } from "../../AuthError.ts"
import { invalidSetting } from "../../internal/settings/InvalidSetting.ts"

/** Fails with `InvalidConfiguration` when nobody can sign in on this page, or when the callback would come to another origin. */
export const check = (redirectUri: string): Effect.Effect<void, AuthError> =>
  Effect.suspend(() => {
    const { origin } = location
    if (!globalThis.isSecureContext) {
      return invalidSetting(
        "The address of the page",
        `the browser has no cryptography for ${origin}. Serve the page over https, or from http://127.0.0.1 while you develop.`
      )
    }
    const expected = URL.parse(redirectUri)?.origin
    return expected === undefined || expected === origin ? Effect.void : invalidSetting(
      "redirectUri",
      `it leads to ${expected}, and this page is at ${origin}, so the sign-in could not be finished. Open the page at ${expected}, or register an address of ${origin}.`
    )
  })
