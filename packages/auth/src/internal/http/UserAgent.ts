/** The `User-Agent` of this package (RFC 9110 §10.1.5), because some servers refuse requests without one. */
import * as HttpClientRequest from "effect/http/HttpClientRequest"

export const name = "app-auth/0.1.0"

/**
 * Adds the `User-Agent`, unless the program has set one. A browser sends its own; setting the header there would cost a
 * CORS preflight.
 */
export const named = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest =>
  request.headers["user-agent"] !== undefined || isBrowser()
    ? request
    : HttpClientRequest.setHeader(request, "user-agent", name)

/** Detects a browser, in pages and in workers: no other runtime names itself `Mozilla`. */
const isBrowser = (): boolean => globalThis.navigator?.userAgent?.startsWith("Mozilla/") === true
