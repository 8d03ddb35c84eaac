/** What somebody else wrote, made fit for a line that people read. Takes time in proportion to what is looked at. */

/** How many characters are shown. */
const shown = 200

/** How many are looked at, beside a secret that begins among them: what is taken out makes room for what follows. */
const looked = 1000

/** Short, and nothing that moves a terminal's cursor. */
export const sanitize = (text: string): string =>
  Array.from(text.slice(0, looked).replace(/\p{Cc}+/gu, " ")).slice(0, shown).join("").toWellFormed()

/** As long as a token, and of its characters; each run of them is looked at as a whole. */
const tokenLike = /[\w\-.~+/=]{24,}/g

const isMixed = (run: string): boolean => /\d/.test(run) && /[A-Za-z]/.test(run)

/** Legible, and without these secrets or anything that looks like one: long, and of letters and digits mixed. */
export const withoutSecrets = (text: string, secrets: ReadonlyArray<string>): string => {
  // Longest first, so that none loses a part to one that it contains.
  const known = secrets.filter((secret) => secret !== "").toSorted((a, b) => b.length - a.length)
  const longest = known[0]?.length ?? 0
  const begun = text.slice(0, looked + longest)
  const cleaned = known.reduce((cleaned, secret) => cleaned.replaceAll(secret, redacted), begun)
    .replace(tokenLike, (run) => isMixed(run) ? redacted : run)
  if (begun.length === text.length) return sanitize(cleaned)
  // What was cut off may have been the rest of a secret.
  return sanitize(cleaned.slice(0, -Math.max(longest, shown))) || redacted
}

const redacted = "<redacted>"
