/**
 * Redirect URIs (RFC 6749 §3.1.2): https, http on a loopback IP literal (RFC 8252 §7.3), or a scheme of the app's own
 * (RFC 8252 §7.1).
 *
 * **Details**
 *
 * Servers compare redirect URIs letter for letter, so nothing is corrected here: a URI that cannot be right is refused.
 */
import * as Result from "effect/Result"
import * as SecureUrl from "../http/SecureUrl.ts"
import * as StrayCharacters from "../text/StrayCharacters.ts"

/** Parses a redirect URI. The failure says what is wrong with it and what to use instead. */
export const parse = (uri: string): Result.Result<URL, string> => {
  const stray = StrayCharacters.quotes(uri) ?? StrayCharacters.unprintable(uri) ?? SecureUrl.strayCharacter(uri)
  if (stray !== undefined) {
    return Result.fail(`"${SecureUrl.shown(uri)}" is no redirect URI: ${StrayCharacters.sentences(stray)}`)
  }
  const scheme = /^([a-z][a-z0-9+.-]+):(?!\d+(?:[/?]|$))/i.exec(uri)?.[1]?.toLowerCase()
  const url = scheme === undefined || scheme === "https" || scheme === "http"
    ? SecureUrl.parse(uri)
    : withAppScheme(uri, scheme)
  return Result.flatMap(url, (url) => {
    if (uri.includes("#")) {
      return Result.fail(`"${SecureUrl.shown(uri)}" has a fragment, which no server sends back. Leave it out.`)
    }
    const taken = callbackParameters.find((name) => url.searchParams.has(name))
    return taken === undefined
      ? Result.succeed(url)
      : Result.fail(
        `"${
          SecureUrl.shown(uri)
        }" has a parameter "${taken}" of its own, which the server adds. Give yours another name.`
      )
  })
}

/** The parameters that servers add (RFC 6749 §4.1.2, RFC 9207 §2). */
const callbackParameters = ["code", "state", "error", "iss"]

/**
 * Parses a redirect URI with a scheme of the app's own.
 *
 * RFC 8252 §7.1 asks for a reversed domain name with a dot. Many schemes in use have no dot, so none is demanded here. PKCE
 * makes a code worthless to another app that receives it. Confidential clients may use such a scheme, too, because a
 * redirect URI does not tell whether a secret is kept (RFC 8252 §8.4).
 */
const withAppScheme = (uri: string, scheme: string): Result.Result<URL, string> => {
  if (knownSchemes.has(scheme)) {
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

/** Schemes for which browsers and systems have a use already. */
const knownSchemes = new Set(
  (
    "about blob chrome content data file filesystem intent jar javascript jscript livescript mocha resource vbscript"
    + " view-source cid facetime geo im mailto mid mms news nntp sip sips sms smsto tel dns feed ftp ftps git gopher imap"
    + " irc ircs ldap ldaps magnet nfs pop rsync rtsp sftp smb ssh svn telnet tftp urn webcal ws wss xmpp"
  ).split(" ")
)
