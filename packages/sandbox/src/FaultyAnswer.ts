/**
 * How each fault is played on the wire.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Effect from "effect/Effect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Stream from "effect/Stream"
import { ServerResponse } from "node:http"
import type { Fault } from "./Fault.ts"
import * as WebApi from "./WebApi.ts"

/**
 * Answers a request under a fault. `usual` is what would be answered without it, and runs only for faults that need it.
 *
 * @category answers
 * @since 0.1.0
 */
export const play = <E, R>(
  fault: Fault,
  request: HttpServerRequest,
  usual: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R> => {
  switch (fault._tag) {
    case "Status":
      return Effect.succeed(HttpServerResponse.setHeaders(statusAnswer(fault), fault.headers ?? {}))
    case "RateLimited":
      return Effect.succeed(rateLimited(fault))
    case "Latency":
      return Effect.delay(usual, fault.duration)
    case "Hang":
      return Effect.never
    case "Reset":
      return Effect.andThen(
        Effect.sync(() => onSocket(request, (response) => response.socket?.resetAndDestroy())),
        gone
      )
    case "Truncated":
      return Effect.flatMap(usual, (answer) => truncate(request, answer))
    case "Drip":
      return Effect.map(usual, (answer) => {
        const bytes = bytesOf(answer)
        return HttpServerResponse.stream(
          Stream.fromIterable(bytes).pipe(
            Stream.rechunk(1),
            Stream.mapEffect((byte) => Effect.delay(Effect.succeed(Uint8Array.of(byte)), fault.every))
          ),
          { status: answer.status, headers: answer.headers, contentLength: bytes.length }
        )
      })
    case "Html":
      return Effect.succeed(HttpServerResponse.text(gatewayPage, {
        status: fault.status ?? 502,
        contentType: "text/html"
      }))
    case "Body":
      return Effect.succeed(HttpServerResponse.text(fault.body.repeat(fault.repeat ?? 1), {
        status: fault.status ?? 200,
        contentType: fault.contentType ?? "application/json"
      }))
    case "EmptyBody":
      return Effect.succeed(HttpServerResponse.empty({
        status: fault.status ?? 200,
        headers: { "content-length": "0" }
      }))
    case "Redirect":
      return Effect.succeed(HttpServerResponse.redirect(fault.location, { status: fault.status ?? 302 }))
  }
}

const gatewayPage =
  "<html>\n<head><title>502 Bad Gateway</title></head>\n<body><h1>502 Bad Gateway</h1></body>\n</html>\n"

/** Texts seen from Spotify; anything else gets a plain one. */
const usualTexts: Readonly<Record<number, string>> = {
  401: "Missing/invalid/expired access token",
  403: "Forbidden",
  404: "Resource not found",
  500: "Server error.",
  502: "Bad gateway."
}

const statusAnswer = (fault: Extract<Fault, { readonly _tag: "Status" }>) => {
  const { body, status } = fault
  if (status === 204 || status === 304) return HttpServerResponse.empty({ status })
  if (body === undefined) return WebApi.error(status, usualTexts[status] ?? `Status ${status}`)
  return typeof body === "string"
    ? HttpServerResponse.text(body, { status })
    : HttpServerResponse.jsonUnsafe(body, { status })
}

const rateLimited = (fault: Extract<Fault, { readonly _tag: "RateLimited" }>) =>
  HttpServerResponse.jsonUnsafe(
    {
      error: fault.quotaExceeded === true
        ? { status: 429, message: "Too many requests", reason: "QUOTA_EXCEEDED" }
        : { status: 429, message: "API rate limit exceeded" }
    },
    { status: 429, headers: fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) } }
  )

const bytesOf = (answer: HttpServerResponse.HttpServerResponse): Uint8Array =>
  answer.body._tag === "Uint8Array" ? answer.body.body : new Uint8Array()

/** The listeners speak HTTP/1.1 alone, so the response is always Node's own. */
const onSocket = (request: HttpServerRequest, act: (response: ServerResponse) => void): void => {
  const response = NodeHttpServerRequest.toServerResponse(request)
  if (response instanceof ServerResponse) act(response)
}

/** The socket is gone already: what is returned reaches nobody. */
const gone = Effect.succeed(HttpServerResponse.empty())

const truncate = (request: HttpServerRequest, answer: HttpServerResponse.HttpServerResponse) =>
  Effect.callback<HttpServerResponse.HttpServerResponse>((resume) => {
    const bytes = bytesOf(answer)
    // An answer without a body, such as a redirect, promises one that never comes.
    const promised = bytes.length === 0 ? 64 : bytes.length
    onSocket(request, (response) => {
      response.writeHead(answer.status, { ...answer.headers, "content-length": String(promised) })
      response.flushHeaders()
      response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
        response.destroy()
        resume(gone)
      })
    })
  })
