/** The origin and path of a request, found without a URL parser where none is needed. */
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as UrlParams from "effect/http/UrlParams"
import * as Option from "effect/Option"

export interface Destination {
  readonly origin: string
  /** The path with the query, as it stands in the request line. */
  readonly path: string
}

/**
 * Returns the destination of a request; undefined when its URL is malformed.
 *
 * **Details**
 *
 * A URL that begins with the `likely` origin and that a parser would leave as it is, is only cut in two.
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

/** A path without segments that begin like `.` or `..`, and a query, of characters that no parser changes. */
const normal = /^(?:\/(?!\.|%2e)[\w\-.~!$&()*+,;=:@%]*)+(?:\?[\w\-.~!$&()*+,;=:@%/]*)?$/i
