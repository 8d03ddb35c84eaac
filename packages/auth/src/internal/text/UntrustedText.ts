/**
 * Texts from outside, made safe for a log line or a message.
 *
 * **Details**
 *
 * Only the beginning of a text is looked at, and the time grows with its length and no faster.
 */

/** The largest number of characters that are shown. */
const shown = 200

/** The largest number of characters that are looked at: text behind a removed secret may still be shown. */
const looked = 1000

/** Shortens a text, and removes control characters, which could move a terminal's cursor. */
export const sanitize = (text: string): string =>
  Array.from(text.slice(0, looked).replace(/\p{Cc}+/gu, " ")).slice(0, shown).join("").toWellFormed()

/** Matches runs of characters that are as long as a token. */
const tokenLike = /[\w\-.~+/=]{24,}/g

const isMixed = (run: string): boolean => /\d/.test(run) && /[A-Za-z]/.test(run)

/** Sanitizes a text, and removes these secrets and anything that looks like one: long runs with letters and digits. */
export const withoutSecrets = (text: string, secrets: ReadonlyArray<string>): string => {
  // Longest first, so that a secret within another one does not split it.
  const known = secrets.filter((secret) => secret !== "").toSorted((a, b) => b.length - a.length)
  const longest = known[0]?.length ?? 0
  const begun = text.slice(0, looked + longest)
  const cleaned = known.reduce((cleaned, secret) => cleaned.replaceAll(secret, redacted), begun)
    .replace(tokenLike, (run) => isMixed(run) ? redacted : run)
  if (begun.length === text.length) return sanitize(cleaned)
  // The cut may have split a secret, so its first part must go, too.
  return sanitize(cleaned.slice(0, -Math.max(longest, shown))) || redacted
}

const redacted = "<redacted>"
