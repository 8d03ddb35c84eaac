/** The target of an HTTP request (RFC 9112 §3.2), read letter for letter: a URL parser would make a host of `//host/path`. */

export interface RequestTarget {
  readonly path: string
  /** The part after the question mark; empty when there is none. */
  readonly query: string
}

/**
 * Parses a target in origin form, or in absolute form for `authority` itself. Returns `undefined` for any other, which
 * belongs to another server or names no page.
 */
export const parse = (target: string, authority: string): RequestTarget | undefined => {
  const own = `http://${authority}`
  // Every server must accept the absolute form, although clients send it to proxies only (RFC 9112 §3.2.2).
  const isAbsolute = target.slice(0, own.length).toLowerCase() === own.toLowerCase()
  const origin = isAbsolute ? target.slice(own.length) : target
  const [, path, query = ""] = /^(\/[^?#]*)(?:\?([^#]*))?/.exec(origin) ?? []
  return path === undefined ? undefined : { path, query }
}
