/** The body of an answer without its codings, and no more of it than may be read. */
import * as ContentCoding from "@app/auth/ContentCoding"
import * as Effect from "effect/Effect"
import * as SpotifyError from "../../SpotifyError.ts"

export const decode = (
  body: Uint8Array<ArrayBuffer>,
  codings: ReadonlyArray<string>,
  maxBodySize: number
): Effect.Effect<Uint8Array<ArrayBuffer>, SpotifyError.UnexpectedResponse> =>
  Effect.mapError(ContentCoding.decode(body, codings, { maxSize: maxBodySize }), (error) =>
    error.kind === "TooLarge"
      ? tooLarge(maxBodySize)
      : new SpotifyError.UnexpectedResponse({ path: "", detail: error.message }))

export const tooLarge = (maxBodySize: number): SpotifyError.UnexpectedResponse =>
  new SpotifyError.UnexpectedResponse({ path: "", detail: `a body of more than ${maxBodySize} bytes` })

/** A failure is told by its status, however much comes along. */
export const isBodyNeeded = (status: number): boolean => status >= 200 && status < 300
