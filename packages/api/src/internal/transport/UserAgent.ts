/** By what name this package asks (RFC 9110 §10.1.5). */
import * as HttpClientRequest from "effect/http/HttpClientRequest"

export const name = "app-api/0.1.0"

/**
 * The request under this package's name, unless the program has given it one. In a browser it goes under the browser's:
 * Spotify's CORS rules do not let this header through.
 */
export const named = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest =>
  "user-agent" in request.headers || isBrowser() ? request : HttpClientRequest.setHeader(request, "user-agent", name)

/** All browsers call themselves so, in pages and in workers, and no other runtime does. */
const isBrowser = (): boolean => globalThis.navigator?.userAgent?.startsWith("Mozilla/") === true
