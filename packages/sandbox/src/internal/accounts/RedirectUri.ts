/**
 * The rules by which Spotify accepts redirect URIs.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/redirect_uri
 */

export const insecure = "INVALID_CLIENT: Insecure redirect URI"

export const invalid = "INVALID_CLIENT: Invalid redirect URI"

/** The text of Spotify's page for a redirect URI that is not accepted. */
export type Problem = typeof insecure | typeof invalid

const loopbackLiterals = new Set(["127.0.0.1", "[::1]"])

// Spotify does not accept the name `localhost`.
const isLoopback = (uri: URL): boolean => uri.protocol === "http:" && loopbackLiterals.has(uri.hostname)

const isSameButPort = (one: URL, other: URL): boolean =>
  one.hostname === other.hostname && one.pathname === other.pathname && one.search === other.search

/**
 * Checks a redirect URI and returns the error text of Spotify's page; `undefined` if the URI is accepted.
 *
 * **Details**
 *
 * Plain http is allowed for loopback literals alone. The URI must equal a registered one exactly, except that a loopback
 * literal may have another port than a registered loopback literal (RFC 8252 §7.3).
 */
export const problemWith = (
  redirectUri: string | null,
  registered: ReadonlyArray<string>
): Problem | undefined => {
  const uri = redirectUri === null ? null : URL.parse(redirectUri)
  if (uri === null || redirectUri === null || uri.username !== "" || uri.password !== "" || redirectUri.includes("#")) {
    return invalid
  }
  if (uri.protocol === "http:" && !isLoopback(uri)) return insecure
  if (registered.includes(redirectUri)) return undefined
  const anyPort = isLoopback(uri) && registered.some((candidate) => {
    const registeredUri = URL.parse(candidate)
    return registeredUri !== null && isLoopback(registeredUri) && isSameButPort(registeredUri, uri)
  })
  return anyPort ? undefined : invalid
}
