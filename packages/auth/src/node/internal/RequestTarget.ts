/** What a browser asks a listener for (RFC 9112 §3.2), letter for letter: resolving it would make a host of `//host/path`. */

export interface RequestTarget {
  readonly path: string
  /** Behind the question mark; empty where there is none. */
  readonly query: string
}

/**
 * The path and the query of a target in origin form, or in absolute form for `authority` itself; none for any other, which
 * is another server's, or no page.
 */
export const parse = (target: string, authority: string): RequestTarget | undefined => {
  const own = `http://${authority}`
  // Every server takes the absolute form, though only proxies are sent it (RFC 9112 §3.2.2).
  const isAbsolute = target.slice(0, own.length).toLowerCase() === own.toLowerCase()
  const origin = isAbsolute ? target.slice(own.length) : target
  const [, path, query = ""] = /^(\/[^?#]*)(?:\?([^#]*))?/.exec(origin) ?? []
  return path === undefined ? undefined : { path, query }
}
