/** The `User-Agent` of this package's requests (RFC 9110 §10.1.5). */
const name = "app-api/0.1.0"

/** Returns the headers that a request has unless the program sets them. */
export const headers = (): Readonly<Record<string, string>> => isBrowser() ? {} : { "user-agent": name }

/**
 * Returns whether the runtime is a browser, where Spotify's CORS rules do not allow this header and hide most of a response's.
 *
 * **Details**
 *
 * All browsers call themselves so, in pages and in workers, and no other runtime does.
 */
export const isBrowser = (): boolean => globalThis.navigator?.userAgent?.startsWith("Mozilla/") === true
