/** The `User-Agent` of this package's requests (RFC 9110 §10.1.5). */
import * as HttpClientRequest from "effect/http/HttpClientRequest"

const name = "app-api/0.1.0"

/** Returns the request with this package's name, unless the program has given it one. */
export const setDefault = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest =>
  "user-agent" in request.headers || isBrowser() ? request : HttpClientRequest.setHeader(request, "user-agent", name)

/** Returns the headers that a request has unless the program sets them. */
export const headers = (): Readonly<Record<string, string>> => isBrowser() ? {} : { "user-agent": name }

/**
 * Returns whether the runtime is a browser, where Spotify's CORS rules do not allow this header.
 *
 * **Details**
 *
 * All browsers call themselves so, in pages and in workers, and no other runtime does.
 */
const isBrowser = (): boolean => globalThis.navigator?.userAgent?.startsWith("Mozilla/") === true
