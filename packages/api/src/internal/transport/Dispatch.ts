/** Sending a request and having its whole answer, without effects. */
import type * as HttpBody from "effect/http/HttpBody"

/**
 * Sends a request, and takes `maxBodySize` bytes of a body before it ends the exchange. What is answered ends it, too, if
 * it is still under way. It knows no time limit.
 */
export type Dispatch = (request: Outgoing, maxBodySize: number, receiver: Receiver) => () => void

export interface Outgoing {
  readonly origin: string
  /** With the query. */
  readonly path: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

export type Body = Uint8Array | string | null

/** Is told once what came of a request, never before `Dispatch` returns, and nothing once the exchange was ended. */
export interface Receiver {
  readonly onAnswer: (answer: Received) => void
  /** `isSent` is false where nothing of the request can have left. */
  readonly onFailure: (cause: unknown, isSent: boolean) => void
}

export interface Received {
  readonly status: number
  readonly headers: Readonly<Record<string, string | Array<string> | undefined>>
  /** As it came, content codings and all; undefined where there was more of it than is taken. */
  readonly body: Uint8Array | undefined
}

/** A body that is here already; undefined where it is not, and has to be streamed. */
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
