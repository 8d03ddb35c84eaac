/**
 * The URIs that a library can hold, and the scopes that apps need for each kind of them.
 */
import { albums } from "../catalogue/Albums.ts"
import { artists } from "../catalogue/Artists.ts"
import { recordings } from "../catalogue/Recordings.ts"

// =============================================================================
// Model
// =============================================================================

/** A URI of a library, taken apart. */
export interface LibraryUri {
  /** URI that is not percent-encoded. */
  readonly uri: string
  /** Scopes for it, by access. */
  readonly scopes: { readonly modify: string; readonly read: string }
}

// =============================================================================
// Rules
// =============================================================================

const library = { modify: "user-library-modify", read: "user-library-read" }
const follow = { modify: "user-follow-modify", read: "user-follow-read" }

/** The scopes of each kind of URI, by access; those for artists work at Spotify without being documented. */
const kinds = new Map([
  ["track", library],
  ["album", library],
  ["episode", library],
  ["show", library],
  ["audiobook", library],
  ["artist", follow],
  ["user", follow],
  ["playlist", { modify: "playlist-modify-public", read: "playlist-read-private" }]
])

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Parses a URI such as `spotify:track:11dFghVXANMlKmJXsNCbNl`; `undefined` if it is not one that a library can hold. */
export const parseUri = (text: string): LibraryUri | undefined => {
  const [, kind = "", id = ""] = /^spotify:(\w+):(.+)$/.exec(text) ?? []
  const scopes = kinds.get(kind)
  return scopes === undefined || (kind !== "user" && !/^[0-9A-Za-z]{22}$/.test(id))
    ? undefined
    : { uri: `spotify:${kind}:${decode(id)}`, scopes }
}

const catalogue = new Set([
  ...recordings.map(({ id }) => `spotify:track:${id}`),
  ...albums.map(({ id }) => `spotify:album:${id}`),
  ...artists.map(({ id }) => `spotify:artist:${id}`)
])

/** Reports whether a URI can be shown: tracks, albums and artists must be in the catalogue. */
export const isKnown = (uri: string): boolean => !/^spotify:(track|album|artist):/.test(uri) || catalogue.has(uri)
