/** Where a secret may travel: https, or plain http that does not leave this machine (RFC 9700 §2.6, RFC 8252 §7.3). */
import * as Result from "effect/Result"
import * as StrayCharacters from "../text/StrayCharacters.ts"

const isLoopbackLiteral = (hostname: string): boolean =>
  hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)

/** A URL for people to read: in one line, and without whatever stands before an `@`, which may be a password. */
export const shown = (url: string): string => StrayCharacters.shown(url.replace(/^[^]*@/, "…@"))

/**
 * What a URL must not hold, as nothing in RFC 3986 does: white space, control characters and backslashes. URL parsers drop
 * or turn them without a word, and what is sent is then not what was written.
 */
export const strayCharacter = (url: string): StrayCharacters.Issue | undefined => {
  const stray = StrayCharacters.quotes(url) ?? StrayCharacters.invisible(url) ?? StrayCharacters.space(url)
  if (stray !== undefined) return stray
  return url.includes("\\")
    ? { fault: "it holds a backslash, which no URL has", remedy: "Write slashes." }
    : undefined
}

/** The parsed URL, or what is wrong with it and what to use instead. */
export const parse = (url: string): Result.Result<URL, string> => {
  const stray = strayCharacter(url)
  if (stray !== undefined) return Result.fail(`"${shown(url)}" is no URL: ${StrayCharacters.sentences(stray)}`)
  // A URL parser also takes `https:example.com` and `https:///example.com`, and `localhost:8888` for a scheme.
  if (!URL.canParse(url) || !/^[^/?#]+:\/\/[^/?#]/.test(url)) {
    return Result.fail(`"${shown(url)}" is not an absolute URL. Write it in full, such as https://example.com/path.`)
  }
  const parsed = new URL(url)
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") {
    return Result.fail(`"${shown(url)}" is neither https nor http.`)
  }
  if (parsed.username !== "" || parsed.password !== "") {
    return Result.fail(
      `"${
        shown(url)
      }" holds a user name or a password, which whoever sees the URL can read. Write it as ${parsed.origin}${parsed.pathname}, without them.`
    )
  }
  if (parsed.protocol === "https:" || isLoopbackLiteral(parsed.hostname)) return Result.succeed(parsed)
  return Result.fail(
    parsed.hostname === "localhost"
      ? `"${
        shown(url)
      }" uses the name localhost, which can point anywhere. Use the address itself: http://127.0.0.1:PORT or http://[::1]:PORT.`
      : `"${
        shown(url)
      }" would send secrets in the clear. Use https, or http://127.0.0.1:PORT for a program on this machine.`
  )
}
