/** Where the bearer may travel: https, or plain http that does not leave this machine (RFC 6750 §5.3, RFC 8252 §7.3). */
import * as Result from "effect/Result"

const isLoopbackLiteral = (hostname: string): boolean =>
  hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)

/** The base without its last slash, or what is wrong with it and what to use instead. */
export const parse = (text: string): Result.Result<string, string> => {
  if (!URL.canParse(text)) {
    return Result.fail("it is not an absolute URL. Write it in full, such as https://api.spotify.com/v1.")
  }
  const url = new URL(text)
  if (url.username !== "" || url.password !== "") {
    return Result.fail("it holds a user name or a password. Leave them out: calls carry a token.")
  }
  if (url.search !== "" || url.hash !== "") {
    return Result.fail("it has a query or a fragment. A base is scheme, host and path only.")
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopbackLiteral(url.hostname))) {
    return Result.fail(
      `${url.origin} would send tokens in the clear. Use https, or http://127.0.0.1:PORT for a server on this machine.`
    )
  }
  return Result.succeed(`${url.origin}${url.pathname.replace(/\/+$/, "")}`)
}
