/**
 * Where a server may send a person back with a code (RFC 6749 §3.1.2): https, http on this machine (RFC 8252 §7.3), or a
 * scheme of the app's own (RFC 8252 §7.1).
 *
 * It is compared and sent letter for letter, so nothing is put right here: what cannot be right is refused.
 */
import * as Result from "effect/Result"
import * as SecureUrl from "../http/SecureUrl.ts"
import * as StrayCharacters from "../text/StrayCharacters.ts"

/** The URI, or what is wrong with it and what to use instead. */
export const parse = (uri: string): Result.Result<URL, string> => {
  const stray = StrayCharacters.quotes(uri) ?? StrayCharacters.unprintable(uri) ?? SecureUrl.strayCharacter(uri)
  if (stray !== undefined) {
    return Result.fail(`"${SecureUrl.shown(uri)}" is no redirect URI: ${StrayCharacters.sentences(stray)}`)
  }
  const scheme = /^([a-z][a-z0-9+.-]+):(?!\d+(?:[/?]|$))/i.exec(uri)?.[1]?.toLowerCase()
  const url = scheme === undefined || scheme === "https" || scheme === "http"
    ? SecureUrl.parse(uri)
    : ofAppsOwn(uri, scheme)
  return Result.flatMap(url, (url) => {
    if (uri.includes("#")) {
      return Result.fail(`"${SecureUrl.shown(uri)}" has a fragment, which no server sends back. Leave it out.`)
    }
    const taken = answers.find((name) => url.searchParams.has(name))
    return taken === undefined
      ? Result.succeed(url)
      : Result.fail(
        `"${
          SecureUrl.shown(uri)
        }" has a parameter "${taken}" of its own, which the server adds. Give yours another name.`
      )
  })
}

/** What servers add to it (RFC 6749 §4.1.2, RFC 9207 §2). */
const answers = ["code", "state", "error", "iss"]

/**
 * RFC 8252 §7.1 wants such a scheme to be a domain name the other way round, with a dot; many that are in use, and those in
 * Spotify's own examples, have none, so whoever has registered one decides. What keeps a code that another app has caught
 * from being of use is PKCE, which every request has.
 *
 * No client is too confidential for one: whether its secret is a secret is not for the redirect URI to say (RFC 8252 §8.4).
 */
const ofAppsOwn = (uri: string, scheme: string): Result.Result<URL, string> => {
  if (foreign.has(scheme)) {
    return Result.fail(
      `"${
        SecureUrl.shown(uri)
      }" has the scheme ${scheme}, which is no app's own. Use https, http://127.0.0.1:PORT, or a scheme such as com.example.app.`
    )
  }
  return URL.canParse(uri)
    ? Result.succeed(new URL(uri))
    : Result.fail(`"${SecureUrl.shown(uri)}" is no URI. Write it as ${scheme}:/callback.`)
}

/** Schemes that run, hold, fetch or call something: what browsers and systems do with them is settled already. */
const foreign = new Set(
  (
    "about blob chrome content data file filesystem intent jar javascript jscript livescript mocha resource vbscript"
    + " view-source cid facetime geo im mailto mid mms news nntp sip sips sms smsto tel dns feed ftp ftps git gopher imap"
    + " irc ircs ldap ldaps magnet nfs pop rsync rtsp sftp smb ssh svn telnet tftp urn webcal ws wss xmpp"
  ).split(" ")
)
