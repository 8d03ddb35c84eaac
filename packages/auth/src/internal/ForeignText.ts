/** What somebody else wrote, made fit for a line that people read. */

/** Short, and nothing that moves a terminal's cursor. */
export const legible = (text: string): string => Array.from(text.replace(/\p{Cc}+/gu, " ")).slice(0, 200).join("")

/** What looks like a token: long, and of letters and digits mixed. */
const tokenLike = /(?=[\w\-.~+/=]*\d)(?=[\w\-.~+/=]*[A-Za-z])[\w\-.~+/=]{24,}/g

/** Legible, and without these secrets or anything that looks like one. */
export const withoutSecrets = (text: string, secrets: ReadonlyArray<string>): string =>
  legible(
    secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, "<redacted>"), text).replace(tokenLike, "<redacted>")
  )
