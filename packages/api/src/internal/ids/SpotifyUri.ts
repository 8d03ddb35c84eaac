/**
 * The URIs and links that name something at Spotify, and the forms in which people pass them on.
 */
import { excerpt, trim, trimPunctuation, unwrap } from "./PastedText.ts"

// =============================================================================
// Model
// =============================================================================

/** The result of reading a text: a kind with an id, a text that is no address, or an address that names nothing. */
export type Reading =
  | { readonly _tag: "Named"; readonly kind: string; readonly id: string }
  | { readonly _tag: "NoAddress"; readonly text: string }
  | Invalid

interface Invalid {
  readonly _tag: "Invalid"
  /** A clause for an error message. */
  readonly issue: string
}

type Address = Exclude<Reading, { readonly _tag: "NoAddress" }>

const invalid = (issue: string): Invalid => ({ _tag: "Invalid", issue })

const named = (kind: string, id: string): Address => ({ _tag: "Named", kind, id })

// =============================================================================
// Reading
// =============================================================================

/** The longest text that is read: links have come with a thousand characters of tracking, and servers accept this many. */
const longest = 8_192

/** Reads a text that may be a URI or a link in any form. */
export const read = (input: string): Reading => {
  // JavaScript without types passes anything, most often a field that is not there.
  if (typeof input !== "string") return invalid("it is no text")
  if (input.length > longest) return invalid(`it has more than ${longest} characters`)
  const text = trim(input)
  const address = decodedOnce(unwrap(text))
  const whole = fromAddress(address)
  // Punctuation at the end can be a part of a user's id, and of no other.
  return isUser(whole) ? whole : fromAddress(trimPunctuation(address)) ?? whole ?? { _tag: "NoAddress", text }
}

const isUser = (address: Address | undefined): address is Address =>
  address?._tag === "Named" && address.kind === "user"

/** Decodes an address that was percent-encoded as a whole, as one is in the query of another. */
const decodedOnce = (text: string): string => /^(?:spotify|https?)%3a/i.test(text) ? percentDecode(text) : text

/** Reads a URI, a deep link or a link; returns `undefined` for a text that is none of them. */
const fromAddress = (text: string, isNested = false): Address | undefined => {
  const deep = /^spotify:\/\/+(.*)$/is.exec(text)?.[1]
  if (deep !== undefined) return fromPath(deep.replace(/[?#].*$/s, ""), "a deep link reads spotify://<kind>/<id>")
  if (/^spotify:/i.test(text)) return fromUri(text)
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase()
  if (scheme !== undefined && scheme !== "https" && scheme !== "http") {
    return invalid("it is neither a web link nor a spotify: URI")
  }
  if (scheme === undefined && otherScheme.test(text)) return invalid("it is neither a web link nor a spotify: URI")
  if (scheme === undefined && !/^https?:/i.test(text) && !beginsWithHost.test(text)) return undefined
  const link = URL.parse(/^https?:/i.test(text) ? text : `https://${text.replace(/^\/\//, "")}`)
  return link === null ? invalid("it is a link that cannot be read") : fromUrl(link, isNested)
}

/** The schemes of URIs that have no `//` and are no links. */
const otherScheme = /^(?:blob|data|file|javascript|magnet|mailto|sms|tel|urn):/i

/** A host name with a path, or one of Spotify's host names with or without one. */
const beginsWithHost =
  /^(?:\/\/)?(?:(?:[a-z\d-]+\.)+[a-z]{2,}(?::\d+)?\/|(?:(?:open|play|embed|www)\.spotify\.com|spotify\.link|spotify\.app\.link|spoti\.fi)(?:[:/?#]|$))/i

// =============================================================================
// URIs
// =============================================================================

const fromUri = (text: string): Address => {
  const [kind = "", ...rest] = text.split(":").slice(1)
  const name = kind.toLowerCase()
  const form = "a URI reads spotify:<kind>:<id>"
  if (name === "local") return invalid("a local file is known to its owner's device only")
  const path = rest.join(":")
  if (name !== "user") return fromParts(name, path.replace(queryOrFragment, "").split(":"), form)
  // A user's id may look like it has a query, so only what cannot be a part of an id is removed.
  const [user = "", inner, ...more] = path.replace(startPosition, "").replace(/\?[\w.~-]+=.*$/s, "").split(":")
  return fromParts(
    name,
    inner === undefined ? [user] : [user, inner, ...more.join(":").replace(queryOrFragment, "").split(":")],
    form
  )
}

/** A query or a fragment behind an id, also percent-encoded by mistake. */
const queryOrFragment = /(?:[?#&]|%3f|%23|%26).*$/is

/** The playback position that the desktop app adds, such as `#0:38`. */
const startPosition = /(?:#|%23)\d{1,9}(?::\d\d){1,2}$/i

// =============================================================================
// Links
// =============================================================================

const shortHosts = new Set(["spotify.link", "spotify.app.link", "spoti.fi"])

const hosts = new Set(["open.spotify.com", "play.spotify.com", "embed.spotify.com"])

const fromUrl = (url: URL, isNested: boolean): Address => {
  if (shortHosts.has(url.hostname)) {
    return invalid("a short link names nothing by itself. Open it, and use the link it leads to")
  }
  if (!hosts.has(url.hostname)) return invalid(`${excerpt(url.hostname)} is not open.spotify.com`)
  const path = url.pathname.replace(/^(?:\/intl-[a-z\d-]+|\/embed(?:-podcast)?|\/follow\/1)*(?=\/|$)/i, "").slice(1)
  const shown = url.searchParams.get("uri")
  if (path === "" && shown !== null && !isNested) {
    return fromAddress(decodedOnce(trim(shown)), true) ?? invalid("its uri is neither a URI nor a link")
  }
  return fromPath(path, "a link reads https://open.spotify.com/<kind>/<id>")
}

const fromPath = (path: string, form: string): Address => {
  const [kind = "", ...rest] = path.replace(/\/$/, "").split("/")
  const name = kind.toLowerCase()
  if (name !== "user") {
    const [id = "", ...page] = rest
    // A link can lead to a page about the object, such as an artist's discography.
    const isPage = page.every((part) => /^[a-z-]{1,30}$/.test(part))
    return fromParts(name, [id.replace(queryOrFragment, ""), ...(isPage ? [] : page)], form)
  }
  return fromParts(name, rest.length === 2 && userPages.has(rest[1] ?? "") ? rest.slice(0, 1) : rest, form)
}

const userPages = new Set(["followers", "following", "playlists"])

const fromParts = (kind: string, rest: ReadonlyArray<string>, form: string): Address => {
  const [id = "", inner, innerId = "", ...more] = rest
  if (kind === "user" && inner === "playlist" && innerId !== "" && more.length === 0) {
    return named("playlist", trimPunctuation(percentDecode(innerId.replace(queryOrFragment, ""))))
  }
  if (kind === "user" && inner === "collection") return named("collection", percentDecode(id))
  return kind === "" || id === "" || inner !== undefined ? invalid(form) : named(kind, percentDecode(id))
}

// =============================================================================
// Ids
// =============================================================================

/** Percent-encodes an id. A lone surrogate, which no URI can hold, becomes U+FFFD. */
export const percentEncode = (id: string): string => encodeURIComponent(id.toWellFormed())

const percentDecode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    // The text was not encoded: its `%` stands for itself.
    return text
  }
}

/**
 * Returns `true` when a text can be the id of a user.
 *
 * A text with a link to Spotify in it is a link that was taken for an id. A lone surrogate, `.` and `..` cannot be a segment
 * of a URL's path.
 */
export const isUserId = (id: string): boolean =>
  id.isWellFormed() && id !== "." && id !== ".." && !/spotify(?::|%3a|\.com|\.link|\.app\.link)|spoti\.fi\//i.test(id)
