/**
 * The HTML pages of the Accounts service.
 */
import type { Person } from "../../People.ts"

// =============================================================================
// Text
// =============================================================================

/** Escapes a text for HTML, inside elements and inside quoted attributes. */
export const escape = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\"", "&quot;")
    .replaceAll("'", "&#39;")

const page = (title: string, body: string): string =>
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 4rem auto; padding: 0 1rem }
button { font: inherit; padding: .5rem 1.5rem; margin-right: .5rem }
code { overflow-wrap: anywhere }
</style>
</head>
<body>
${body}
</body>
</html>
`

// =============================================================================
// Pages
// =============================================================================

/**
 * Writes the page that asks a person to connect an app.
 *
 * **Details**
 *
 * Its form is sent to the URL of the page, with `decision=agree` or `decision=cancel` and with the id of the `person`.
 */
export const consent = (
  input: {
    readonly clientId: string
    readonly people: ReadonlyArray<Person>
    readonly redirectUri: string
    readonly scope: string
  }
): string => {
  const scopes = input.scope.split(" ").filter((scope) => scope !== "")
  const requested = scopes.length === 0
    ? "<p>It asks for public data alone.</p>"
    : `<ul>${scopes.map((scope) => `<li><code>${escape(scope)}</code></li>`).join("")}</ul>`
  const choices = input.people.map(({ displayName, id }) =>
    `<option value="${escape(id)}">${escape(displayName ?? id)}</option>`
  )
  return page(
    "Sandbox: connect an app",
    `<h1>Connect this app?</h1>
<p>This is a local sandbox, not Spotify. The app <code>${escape(input.clientId)}</code> wants to act for you.</p>
${requested}
<p>You will be sent to <code>${escape(input.redirectUri)}</code>.</p>
<form method="post">
<p><label>You are <select name="person">${choices.join("")}</select></label></p>
<button name="decision" value="agree">Agree</button>
<button name="decision" value="cancel">Cancel</button>
</form>`
  )
}

/** Writes a page that shows an error, such as `INVALID_CLIENT: Invalid redirect URI`. */
export const error = (reason: string): string =>
  page(
    "Sandbox: error",
    `<h1>${escape(reason)}</h1>
<p>This is a local sandbox, not Spotify.</p>`
  )
