/**
 * The parameters of a callback (RFC 6749 §4.1.2), in a URL or in a text that a person has copied.
 *
 * **Details**
 *
 * Reads only; `AuthorizationRequest` decides whether the callback belongs to the sign-in.
 */
import * as StrayCharacters from "../text/StrayCharacters.ts"

// =============================================================================
// Reading
// =============================================================================

/**
 * Reads the parameters of a callback.
 *
 * A text may be the whole address, its path and query, or its parameters alone. It may have white space, line breaks of a
 * mail or a terminal, quotation marks or brackets around it, `&amp;` from the source of a page, and its parameters in the
 * fragment, as some servers send them.
 */
export const read = (callback: URL | string): URLSearchParams => {
  const text = unwrapped(typeof callback === "string" ? callback : callback.href).replace(/&(?:amp|#38|#x26);/gi, "&")
  const [, address = "", query = "", fragment = ""] = /^([^?#]*)(\?[^#]*)?(#[^#]*)?/.exec(text) ?? []
  const alone = new URLSearchParams(address)
  return query === "" && isCallback(alone) ? alone : eitherOf(query, fragment)
}

const eitherOf = (query: string, fragment: string): URLSearchParams => {
  const parameters = new URLSearchParams(query)
  const hidden = new URLSearchParams(fragment.slice(1))
  return !isCallback(parameters) && isCallback(hidden) ? hidden : parameters
}

const isCallback = (parameters: URLSearchParams): boolean =>
  ["state", "code", "error"].some((name) => parameters.has(name))

const wrappings: ReadonlyArray<readonly [string, string]> = [
  ["\"", "\""],
  ["'", "'"],
  ["`", "`"],
  ["<", ">"],
  ["(", ")"],
  ["[", "]"],
  ["“", "”"],
  ["‘", "’"],
  ["«", "»"]
]

/** The largest number of characters that are looked at, longer than any callback. */
const longest = 64 * 1024

/** Joins the lines of a text, and removes marks around it. */
const unwrapped = (text: string): string => {
  const line = text.slice(0, longest).split(/[\r\n\t]+/).map((part) => part.trim()).join("")
  let inner = Array.from(line).filter((character) => StrayCharacters.invisible(character) === undefined).join("")
  for (const [first, last] of [...wrappings, ...wrappings]) {
    if (inner.length > 1 && inner.startsWith(first) && inner.endsWith(last)) inner = inner.slice(1, -1).trim()
  }
  return inner
}

// =============================================================================
// Diagnosis
// =============================================================================

/** Describes what was given in place of a callback, and what to do; `undefined` when it is a callback. */
export const mistake = (parameters: URLSearchParams): string | undefined => {
  if (parameters.has("response_type") || parameters.has("code_challenge")) {
    return "it is the address where the sign-in begins. Open it, agree, and copy the address that the browser ends up at"
  }
  if (parameters.has("state")) return undefined
  return parameters.has("code") || parameters.has("error")
    ? `its state is missing. ${wholeAddress}`
    : `it holds neither a state nor a code. ${wholeAddress}`
}

const wholeAddress = "Copy the whole address that the browser was sent to"
