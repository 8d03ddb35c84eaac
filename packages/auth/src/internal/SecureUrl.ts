/** Where a secret may travel: https, or plain http that does not leave this machine (RFC 9700 §2.6, RFC 8252 §7.3). */
import * as Result from "effect/Result"

const isLoopbackLiteral = (hostname: string): boolean =>
  hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)

const withoutCredentials = (url: string): string => url.replace(/\/\/[^/?#]*@/, "//")

/** The parsed URL, or what is wrong with it and what to use instead. */
export const parse = (url: string): Result.Result<URL, string> => {
  const shown = withoutCredentials(url)
  if (!URL.canParse(url)) {
    return Result.fail(`"${shown}" is not an absolute URL. Write it in full, such as https://example.com/path.`)
  }
  const parsed = new URL(url)
  if (parsed.protocol === "https:") return Result.succeed(parsed)
  if (parsed.protocol !== "http:") {
    return Result.fail(`"${shown}" is neither https nor http.`)
  }
  if (isLoopbackLiteral(parsed.hostname)) return Result.succeed(parsed)
  return Result.fail(
    parsed.hostname === "localhost"
      ? `"${shown}" uses the name localhost, which can point anywhere. Use the address itself: http://127.0.0.1:PORT or http://[::1]:PORT.`
      : `"${shown}" would send secrets in the clear. Use https, or http://127.0.0.1:PORT for a program on this machine.`
  )
}
