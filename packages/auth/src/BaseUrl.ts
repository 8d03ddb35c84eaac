/**
 * Where a service is: the part of its URLs that they all begin with.
 */
import * as Result from "effect/Result"
import * as SecureUrl from "./internal/http/SecureUrl.ts"

/**
 * The base without its last slash, or what is wrong with it and what to use instead, in a sentence.
 *
 * A base is scheme, host and path: https, or http on a loopback IP literal, without user name, query and fragment. Its
 * path is kept, so that a service behind a gateway can be named as `https://gateway.example.com/spotify`.
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
