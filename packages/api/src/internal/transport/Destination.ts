/** Where a request goes, without parsing URLs that need no parsing. */
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as UrlParams from "effect/http/UrlParams"
import * as Option from "effect/Option"

export interface Destination {
  readonly origin: string
  /** With the query, as it stands in the request line. */
  readonly path: string
}

/**
 * Undefined where the request's URL is none. A URL that begins with the `likely` origin, and would come out of a parser as
 * it went in, is only cut in two.
 */
export const of = (request: HttpClientRequest.HttpClientRequest, likely: string): Destination | undefined => {
  const { url, urlParams: { params } } = request
  if (url.startsWith(likely)) {
    const path = url.slice(likely.length)
    if (normal.test(path)) {
      if (params.length === 0) return { origin: likely, path }
      if (!path.includes("?")) return { origin: likely, path: `${path}?${UrlParams.toString(request.urlParams)}` }
    }
  }
  return Option.match(HttpClientRequest.toUrl(request), {
    onNone: () => undefined,
    onSome: ({ origin, pathname, search }) => ({ origin, path: pathname + search })
  })
}

/** A path, none of whose segments begins like `.` or `..`, and a query, of characters that no parser changes. */
const normal = /^(?:\/(?!\.|%2e)[\w\-.~!$&()*+,;=:@%]*)+(?:\?[\w\-.~!$&()*+,;=:@%/]*)?$/i
