/**
 * A request that `RequestGuard` has accepted, with its body.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as RequestGuard from "./RequestGuard.ts"

// =============================================================================
// Model
// =============================================================================

/** A request with its body. */
export interface ReceivedRequest {
  readonly request: HttpServerRequest
  readonly head: RequestGuard.Head
  readonly path: string
  readonly query: URLSearchParams
  readonly authorization: string | undefined
  readonly body: string
  /** The body as a form; empty for any content type but form-urlencoded, as Spotify reads no other. */
  readonly form: URLSearchParams
}

// =============================================================================
// Reading
// =============================================================================

/** Reads the head of a request. */
export const headOf = (request: HttpServerRequest): RequestGuard.Head => {
  const { rawHeaders, socket, url } = NodeHttpServerRequest.toIncomingMessage(request)
  return {
    method: request.method,
    target: url ?? "",
    // Node's parsed headers hold the first `Host` alone. The raw ones are names and values in turn.
    hosts: rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === "host" && index % 2 === 1),
    origin: request.headers["origin"],
    site: request.headers["sec-fetch-site"],
    contentType: request.headers["content-type"],
    contentLength: request.headers["content-length"],
    chunked: request.headers["transfer-encoding"] !== undefined,
    connection: {
      localAddress: socket.localAddress ?? "",
      localPort: socket.localPort ?? 0,
      remoteAddress: socket.remoteAddress ?? ""
    }
  }
}

const readBody = (request: HttpServerRequest): Effect.Effect<string, RequestGuard.Refusal> =>
  request.text.pipe(
    Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(RequestGuard.maxBodySize)),
    Effect.mapError(({ reason }) =>
      reason._tag === "RequestParseError" && reason.reason === "BodyTooLarge"
        ? RequestGuard.tooLarge
        : new RequestGuard.Refusal({ status: 400, message: "The request's body broke off" })
    )
  )

/** Reads the body of a request. */
export const read = Effect.fnUntraced(function*(
  request: HttpServerRequest,
  head: RequestGuard.Head
): Effect.fn.Return<ReceivedRequest, RequestGuard.Refusal> {
  const [path = "/", ...query] = request.url.split("?")
  const body = yield* readBody(request)
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(head.contentType ?? "")
  return {
    request,
    head,
    path,
    query: new URLSearchParams(query.join("?")),
    authorization: request.headers["authorization"],
    body,
    form: new URLSearchParams(isForm ? body : "")
  }
})
