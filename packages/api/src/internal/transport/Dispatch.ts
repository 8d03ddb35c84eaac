/** Sends a request and collects its whole response, without effects. */
import * as ContentCoding from "@app/auth/ContentCoding"
import * as Headers from "effect/http/Headers"
import type * as HttpBody from "effect/http/HttpBody"

// =============================================================================
// Model
// =============================================================================

/**
 * Sends a request and reads at most `maxBodySize` bytes of the response's body.
 *
 * **Details**
 *
 * Returns a function that ends the exchange if it is still under way. No time limit applies.
 */
export type Dispatch = (request: Outgoing, maxBodySize: number, receiver: Receiver) => () => void

export interface Outgoing {
  readonly origin: string
  /** The path with the query. */
  readonly path: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

export type Body = Uint8Array | string | null

/** Receives the outcome of a request once, never before `Dispatch` returns and never after the exchange was ended. */
export interface Receiver {
  readonly onResponse: (response: Received) => void
  /** `isSent` is false when nothing of the request can have left. */
  readonly onFailure: (cause: unknown, isSent: boolean) => void
}

export interface Received {
  readonly status: number
  readonly headers: ReceivedHeaders
  /** The body with its content codings, or why there is none: it is longer than the limit, or `fetch` cannot decode it. */
  readonly body: Uint8Array | ContentCoding.ContentCodingError
}

/** Headers as the platform has them: converting them costs more than most responses need. */
export type ReceivedHeaders = Readonly<Record<string, string | Array<string> | undefined>> | globalThis.Headers

// =============================================================================
// Accessors
// =============================================================================

/** Returns the `content-encoding` of a response. */
export const contentEncoding = (headers: ReceivedHeaders): string | Array<string> | undefined =>
  headers instanceof globalThis.Headers ? headers.get("content-encoding") ?? undefined : headers["content-encoding"]

/** Returns the names of the content codings of a response. */
export const codings = (headers: ReceivedHeaders): ReadonlyArray<string> =>
  ContentCoding.codings(Headers.fromInput({ "content-encoding": contentEncoding(headers) }))

/** The failure of a body that is longer than the limit. */
export const tooLarge = new ContentCoding.ContentCodingError({ kind: "TooLarge", coding: "identity" })

/** Returns the `set-cookie` headers of a response. */
export const setCookie = (headers: ReceivedHeaders): string | Array<string> | undefined =>
  headers instanceof globalThis.Headers ? headers.getSetCookie() : headers["set-cookie"]

/** Returns a request's body when it is in memory, and undefined when it has to be streamed. */
export const bodyOf = (body: HttpBody.HttpBody): Body | undefined => {
  switch (body._tag) {
    case "Empty":
      return null
    case "Uint8Array":
      return body.body
    case "Raw":
      return typeof body.body === "string" || body.body instanceof Uint8Array ? body.body : undefined
    default:
      return undefined
  }
}
