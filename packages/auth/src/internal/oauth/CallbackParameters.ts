/**
 * The parameters of a callback (RFC 6749 §4.1.2), out of whatever form it comes in: a URL, or a text that a person has
 * copied. What is unmistakable is read; whether it belongs to the sign-in, others decide.
 */
import * as StrayCharacters from "../text/StrayCharacters.ts"

// =============================================================================
// Reading
// =============================================================================

/**
 * A text may be the whole address, its path and query, or its parameters alone; with white space, line breaks of a mail or
 * a terminal, quotation marks or angle brackets around it; with `&amp;` out of a page's source; and with its parameters
 * in the fragment, where some servers put them.
 */
export const read = (callback: URL | string): URLSearchParams => {
  const text = unwrapped(typeof callback === "string" ? callback : callback.href).replace(/&(?:amp|#38|#x26);/gi, "&")
  const [, address = "", query = "", fragment = ""] = /^([^?#]*)(\?[^#]*)?(#[^#]*)?/.exec(text) ?? []
  const alone = new URLSearchParams(address)
  return query === "" && isAnswer(alone) ? alone : eitherOf(query, fragment)
}

const eitherOf = (query: string, fragment: string): URLSearchParams => {
  const parameters = new URLSearchParams(query)
  const hidden = new URLSearchParams(fragment.slice(1))
  return !isAnswer(parameters) && isAnswer(hidden) ? hidden : parameters
}

const isAnswer = (parameters: URLSearchParams): boolean =>
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

/** Longer than any callback: more is not looked at. */
const longest = 64 * 1024

/** In one line, without what was put around it to set it apart. */
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

/** What was handed over in place of a callback, and what to do; none where it is one. */
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
