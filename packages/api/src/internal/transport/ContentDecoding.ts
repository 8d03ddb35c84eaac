/** Undoes the content codings of a response's body, within the body's size limit. */
import * as ContentCoding from "@app/auth/ContentCoding"
import * as Effect from "effect/Effect"
import * as SpotifyError from "../../SpotifyError.ts"

/** Decodes a body, and fails when it is malformed or longer than `maxBodySize` bytes. */
export const decode = (
  body: Uint8Array<ArrayBuffer>,
  codings: ReadonlyArray<string>,
  maxBodySize: number
): Effect.Effect<Uint8Array<ArrayBuffer>, SpotifyError.UnexpectedResponse> =>
  Effect.mapError(ContentCoding.decode(body, codings, { maxSize: maxBodySize }), (error) => issueOf(error, maxBodySize))

/** Converts the failure to read or decode a body. */
export const issueOf = (
  error: ContentCoding.ContentCodingError,
  maxBodySize: number
): SpotifyError.UnexpectedResponse =>
  error.kind === "TooLarge"
    ? new SpotifyError.UnexpectedResponse({ path: "", detail: `a body of more than ${maxBodySize} bytes` })
    : new SpotifyError.UnexpectedResponse({ path: "", detail: withoutLongNames(error).message })

/** No coding has a name of more than 20 characters: anything longer may be a token that the server has repeated. */
const longestName = 20

const withoutLongNames = (error: ContentCoding.ContentCodingError): ContentCoding.ContentCodingError =>
  error.coding.split(", ").every((name) => name.length <= longestName)
    ? error
    : new ContentCoding.ContentCodingError({ kind: error.kind, coding: "<redacted>" })

/** Returns whether a response is useless without its body: a failure is classified by its status alone. */
export const isBodyNeeded = (status: number): boolean => status >= 200 && status < 300
