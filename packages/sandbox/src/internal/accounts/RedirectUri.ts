/**
 * Which redirect URIs Spotify accepts.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/redirect_uri
 */

const loopbackLiterals = new Set(["127.0.0.1", "[::1]"])

/** A loopback address written as one over plain http; the name `localhost` does not count. */
const isLoopback = (uri: URL): boolean => uri.protocol === "http:" && loopbackLiterals.has(uri.hostname)

const sameButPort = (one: URL, other: URL): boolean =>
  one.hostname === other.hostname && one.pathname === other.pathname && one.search === other.search

/**
 * The text Spotify's page shows for a redirect URI it will not use, `undefined` for a good one.
 *
 * Plain http is for loopback literals alone. Otherwise the text must be a registered one to the letter; a loopback
 * literal may differ in its port from a registered loopback literal (RFC 8252 §7.3).
 *
 * @category checks
 * @since 0.1.0
 */
export const complaint = (
  redirectUri: string | null,
  registered: ReadonlyArray<string>
): "INVALID_CLIENT: Insecure redirect URI" | "INVALID_CLIENT: Invalid redirect URI" | undefined => {
  const uri = redirectUri === null ? null : URL.parse(redirectUri)
  if (uri === null || redirectUri === null || uri.username !== "" || uri.password !== "" || redirectUri.includes("#")) {
    return "INVALID_CLIENT: Invalid redirect URI"
  }
  if (uri.protocol === "http:" && !isLoopback(uri)) return "INVALID_CLIENT: Insecure redirect URI"
  if (registered.includes(redirectUri)) return undefined
  const anyPort = isLoopback(uri) && registered.some((candidate) => {
    const known = URL.parse(candidate)
    return known !== null && isLoopback(known) && sameButPort(known, uri)
  })
  return anyPort ? undefined : "INVALID_CLIENT: Invalid redirect URI"
}
