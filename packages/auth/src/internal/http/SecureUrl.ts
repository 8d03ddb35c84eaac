/** URLs that may receive secrets: https, or http on a loopback IP literal (RFC 9700 §2.6, RFC 8252 §7.3). */
import * as Result from "effect/Result"
import * as StrayCharacters from "../text/StrayCharacters.ts"

const isLoopbackLiteral = (hostname: string): boolean =>
  hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)

/** Formats a URL for a message, on one line and without the part before an `@`, which may be a password. */
export const shown = (url: string): string => StrayCharacters.shown(url.replace(/^[^]*@/, "…@"))

/**
 * Finds a character that no URL holds by RFC 3986: white space, a control character or a backslash. URL parsers silently
 * drop or convert those, and would send something else than what was written.
 */
export const strayCharacter = (url: string): StrayCharacters.Issue | undefined => {
  const stray = StrayCharacters.quotes(url) ?? StrayCharacters.invisible(url) ?? StrayCharacters.space(url)
  if (stray !== undefined) return stray
  return url.includes("\\")
    ? { fault: "it holds a backslash, which no URL has", remedy: "Write slashes." }
    : undefined
}

/** Parses a URL. The failure says what is wrong with it and what to use instead. */
export const parse = (url: string): Result.Result<URL, string> => {
  const stray = strayCharacter(url)
  if (stray !== undefined) return Result.fail(`"${shown(url)}" is no URL: ${StrayCharacters.sentences(stray)}`)
  // `URL` also accepts `https:example.com` and `https:///example.com`, and takes `localhost:` for a scheme.
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
