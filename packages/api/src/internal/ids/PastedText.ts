/**
 * The address in a text that was copied from a chat, an email or a web page.
 */

/** White space, and the invisible characters that programs put around a text to set its direction. */
const edge = /[\s\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069]/

/** Removes white space and invisible characters at both ends. */
export const trim = (text: string): string => {
  let start = 0
  let end = text.length
  while (start < end && edge.test(text.charAt(start))) start++
  while (start < end && edge.test(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

/** The closing characters for each opening one, as put around an address in chats and in prose. */
const closers: ReadonlyMap<string, string> = new Map([
  ["<", ">"],
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
  ["\"", "\""],
  ["'", "'"],
  ["`", "`"],
  ["“", "”"],
  ["„", "“”"],
  ["‘", "’"],
  ["‚", "‘"],
  ["«", "»"],
  ["»", "«"],
  ["‹", "›"],
  ["*", "*"],
  ["_", "_"],
  ["~", "~"],
  ["|", "|"]
])

/** Removes quotes, brackets and emphasis around a text, up to eight layers of them, and the title of a Markdown link. */
export const unwrap = (text: string): string => {
  let inner = /^\[[^\]]*\]\((\S*)\)[.,;:!?]*$/.exec(text)?.[1] ?? text
  for (let layers = 0; layers < 8; layers++) {
    const closer = closers.get(inner.charAt(0))
    if (closer === undefined) break
    const end = inner.replace(/[.,;:!?]{1,9}$/, "")
    inner = trim(end.length > 1 && closer.includes(end.charAt(end.length - 1)) ? end.slice(1, -1) : inner.slice(1))
    // Slack writes <address|title>.
    if (closer === ">") inner = inner.replace(/\|.*$/s, "")
  }
  return inner
}

/** The characters that can follow an address and are no part of it. */
const punctuation = new Set(".,;:!?…'\"`”“’‘»«›‹)]}>*_~|\\")

/** Removes punctuation at the end. */
export const trimPunctuation = (text: string): string => {
  let end = text.length
  while (end > 0 && punctuation.has(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

/** Shows an argument in an error message, of whatever type: JavaScript without types passes anything. */
export const shown = (input: unknown): string => {
  if (typeof input === "string") return `"${excerpt(input)}"`
  if (Array.isArray(input)) return "a list"
  return typeof input === "object" && input !== null || typeof input === "function" ? "an object" : `"${String(input)}"`
}

/** Shortens a text to 100 characters without control characters, for an error message. */
export const excerpt = (text: string): string =>
  Array.from(text.slice(0, 400).replace(/\p{Cc}+/gu, " ")).slice(0, 100).join("")
