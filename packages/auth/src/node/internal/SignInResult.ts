/** The pages that the person's browser shows at the end of a sign-in. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { AccessToken } from "../../AccessToken.ts"
import type { AuthError } from "../../AuthError.ts"

// =============================================================================
// Model
// =============================================================================

export interface Page {
  readonly status: number
  readonly html: string
}

/** The style of all pages, alone in its element, so that a content security policy can allow it by its hash. */
export const style = `
:root { color-scheme: light dark }
body { font: 1.125rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 20vh auto 0; padding: 0 1.5rem }
body { overflow-wrap: anywhere }
`

/** Escapes a text for an element and for a quoted attribute. */
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const page = (status: number, title: string, text: string): Page => ({
  status,
  html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escape(title)}</h1>
<p>${escape(text)}</p>
</body>
</html>
`
})

// =============================================================================
// Pages
// =============================================================================

/** The page for a sign-in that the program did not wait for. */
export const abandoned = page(503, "The sign-in was broken off", "Start it again from the program.")

/** The page at any other address than that of the callback. */
export const elsewhere = page(404, "There is nothing here", "A program on this machine waits for a sign-in.")

/** Makes the page for a callback of another sign-in. */
export const stray = (error: AuthError): Page => page(400, "This does not end the sign-in under way", error.message)

/** Makes the page for the end of a sign-in. */
export const outcome = (exit: Exit.Exit<AccessToken, AuthError>): Page => {
  if (Exit.isSuccess(exit)) {
    return page(200, "You are signed in", "You can close this page and go back to the program.")
  }
  const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  if (error === undefined) return abandoned
  return error.reason._tag === "AuthorizationDenied"
    ? page(403, "You are not signed in", error.message)
    : page(500, "The sign-in failed", error.message)
}
