/** By what name this package asks (RFC 9110 §10.1.5): some servers refuse whoever has none. */
import * as HttpClientRequest from "effect/http/HttpClientRequest"

export const name = "app-auth/0.1.0"

/**
 * The request under this package's name, unless the program has given it one. In a browser it goes under the browser's:
 * the header would make a preflight of a request that needs none.
 */
export const named = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest =>
  request.headers["user-agent"] !== undefined || isBrowser()
    ? request
    : HttpClientRequest.setHeader(request, "user-agent", name)

/** Every browser calls itself so, in pages and in workers, and no other runtime does. */
const isBrowser = (): boolean => globalThis.navigator?.userAgent?.startsWith("Mozilla/") === true
