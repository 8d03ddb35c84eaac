/** The callback in the address bar of the page, and how it is taken out of there. */
import * as CallbackParameters from "../../internal/oauth/CallbackParameters.ts"

/** The parameters of a callback (RFC 6749 §4.1.2, RFC 9207 §2). A redirect URI may have others of its own. */
const names = ["code", "state", "error", "error_description", "error_uri", "iss"]

/**
 * Takes the callback to a redirect URI out of the address bar and out of the history, and returns the address as it was;
 * undefined when the page has been opened in any other way.
 */
export const takeCallback = (redirectUri: string): string | undefined => {
  const { href } = location
  const here = new URL(href)
  const expected = URL.parse(redirectUri)
  if (here.origin !== expected?.origin || here.pathname !== expected.pathname) return undefined
  const parameters = CallbackParameters.read(here)
  if (!parameters.has("state") || !(parameters.has("code") || parameters.has("error"))) return undefined
  for (const name of names) here.searchParams.delete(name)
  if (new URLSearchParams(here.hash.slice(1)).has("state")) here.hash = ""
  history.replaceState(history.state, "", here)
  return href
}
