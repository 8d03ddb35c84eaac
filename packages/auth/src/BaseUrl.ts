/**
 * Base URLs of services: the part that all URLs of a service begin with.
 */
import * as Result from "effect/Result"
import * as SecureUrl from "./internal/http/SecureUrl.ts"

/**
 * Parses a base URL, without the slashes at its end.
 *
 * **Details**
 *
 * A base URL is scheme, host and path: https, or http on a loopback IP literal, without user name, query and fragment. The
 * path is kept, so that a service behind a gateway can be named as `https://gateway.example.com/music`.
 *
 * The failure is a sentence that says what is wrong with the text and what to use instead.
 *
 * @category constructors
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<string, string> =>
  Result.flatMap(SecureUrl.parse(text), ({ origin, pathname }) =>
    /[?#]/.test(text)
      ? Result.fail(
        `"${
          SecureUrl.shown(text)
        }" has a query or a fragment. A base is scheme, host and path only: write it as ${origin}${pathname}.`
      )
      : Result.succeed(`${origin}${pathname.replace(/\/+$/, "")}`))
