/**
 * The effect of each fault on the response to a request.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Effect from "effect/Effect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { ServerResponse } from "node:http"
import type { Fault } from "../../Fault.ts"
import { error, tooManyRequests } from "../webApi/Responses.ts"

// =============================================================================
// Bodies
// =============================================================================

const gatewayPage =
  "<html>\n<head><title>502 Bad Gateway</title></head>\n<body><h1>502 Bad Gateway</h1></body>\n</html>\n"

// Texts seen from Spotify; other statuses have a plain one.
const spotifyTexts: Readonly<Record<number, string>> = {
  401: "Missing/invalid/expired access token",
  403: "Forbidden",
  404: "Resource not found",
  500: "Server error.",
  502: "Bad gateway."
}

const statusResponse = (fault: Extract<Fault, { readonly _tag: "Status" }>) => {
  const { body, status } = fault
  if (status === 204 || status === 304) return HttpServerResponse.empty({ status })
  if (body === undefined) return error(status, spotifyTexts[status] ?? `Status ${status}`)
  return typeof body === "string"
    ? HttpServerResponse.text(body, { status })
    : HttpServerResponse.jsonUnsafe(body, { status })
}

const bytesOf = (response: HttpServerResponse.HttpServerResponse): Uint8Array =>
  response.body._tag === "Uint8Array" ? response.body.body : new Uint8Array()

/** Replaces the body of a response that is a success and has one. */
const rewrite = (response: HttpServerResponse.HttpServerResponse, write: (body: Schema.Json) => string) => {
  const bytes = bytesOf(response)
  if (response.status >= 300 || bytes.length === 0) return response
  const { headers, status } = response
  return HttpServerResponse.text(write(JSON.parse(new TextDecoder().decode(bytes))), { headers, status })
}

const isObject = (body: Schema.Json): body is Schema.JsonObject =>
  typeof body === "object" && body !== null && !Array.isArray(body)

const withFloats = (body: Schema.Json): string =>
  typeof body === "number" && Number.isInteger(body)
    ? `${body}.0`
    : Array.isArray(body)
    ? `[${body.map(withFloats).join(",")}]`
    : isObject(body)
    ? `{${Object.entries(body).map(([name, value]) => `${JSON.stringify(name)}:${withFloats(value)}`).join(",")}}`
    : JSON.stringify(body)

// Lists inside rows keep their rows.
const withNullRow = (body: Schema.Json): Schema.Json =>
  isObject(body)
    ? Object.fromEntries(
      Object.entries(body).map(([name, value]) => [
        name,
        Array.isArray(value) && value.some(isObject) ? [null, ...value.slice(1)] : withNullRow(value)
      ])
    )
    : body

/** Changes each page of a body: the body itself, or pages in its fields. */
const withPage = (
  body: Schema.Json,
  change: (page: Schema.JsonObject) => Schema.JsonObject
): Schema.Json =>
  !isObject(body)
    ? body
    : "items" in body
    ? change(body)
    : Object.fromEntries(Object.entries(body).map(([name, value]) => [name, withPage(value, change)]))

// =============================================================================
// Connection
// =============================================================================

// The listeners speak HTTP/1.1 alone, so the response is always Node's own.
const onNodeResponse = (request: HttpServerRequest, act: (nodeResponse: ServerResponse) => void): void => {
  const nodeResponse = NodeHttpServerRequest.toServerResponse(request)
  if (nodeResponse instanceof ServerResponse) act(nodeResponse)
}

// The socket is closed already, so no client receives this response.
const unsent = Effect.succeed(HttpServerResponse.empty())

const truncate = (request: HttpServerRequest, response: HttpServerResponse.HttpServerResponse) =>
  Effect.callback<HttpServerResponse.HttpServerResponse>((resume) => {
    const bytes = bytesOf(response)
    // A response without a body, such as a redirect, announces one all the same.
    const announced = bytes.length === 0 ? 64 : bytes.length
    onNodeResponse(request, (nodeResponse) => {
      nodeResponse.writeHead(response.status, { ...response.headers, "content-length": String(announced) })
      nodeResponse.flushHeaders()
      nodeResponse.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
        nodeResponse.destroy()
        resume(unsent)
      })
    })
  })

// =============================================================================
// Response
// =============================================================================

/**
 * Responds to a request under a fault.
 *
 * **Details**
 *
 * `usual` is the response without the fault. It runs only for faults that need it.
 */
export const respond = <E, R>(
  fault: Fault,
  request: HttpServerRequest,
  usual: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R> => {
  switch (fault._tag) {
    case "Status":
      return Effect.succeed(HttpServerResponse.setHeaders(statusResponse(fault), fault.headers ?? {}))
    case "RateLimited":
      return Effect.succeed(tooManyRequests(fault.quotaExceeded === true ? "quota" : "rate", fault.retryAfter))
    case "Latency":
      return Effect.delay(usual, fault.duration)
    case "LateResponse":
      return Effect.tap(usual, Effect.sleep(fault.duration))
    case "Hang":
      return Effect.never
    case "Reset":
      return Effect.andThen(
        Effect.sync(() => onNodeResponse(request, (nodeResponse) => nodeResponse.socket?.resetAndDestroy())),
        unsent
      )
    case "Truncated":
      return Effect.flatMap(usual, (response) => truncate(request, response))
    case "Drip":
      return Effect.map(usual, (response) => {
        const bytes = bytesOf(response)
        return HttpServerResponse.stream(
          Stream.fromIterable(bytes).pipe(
            Stream.rechunk(1),
            Stream.mapEffect((byte) => Effect.delay(Effect.succeed(Uint8Array.of(byte)), fault.every))
          ),
          { status: response.status, headers: response.headers, contentLength: bytes.length }
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
    case "Floats":
      return Effect.map(usual, (response) => rewrite(response, (body) => withFloats(body)))
    case "NullRow":
      return Effect.map(usual, (response) => rewrite(response, (body) => JSON.stringify(withNullRow(body))))
    case "NextPage":
      return Effect.map(
        usual,
        (response) =>
          rewrite(
            response,
            (body) => JSON.stringify(withPage(body, (page) => ({ ...page, next: fault.next ?? page["href"] ?? null })))
          )
      )
    case "Total":
      return Effect.map(
        usual,
        (response) =>
          rewrite(response, (body) => JSON.stringify(withPage(body, (page) => ({ ...page, total: fault.total }))))
      )
    case "PlainText":
      return Effect.map(
        usual,
        (response) => response.status >= 300 ? response : HttpServerResponse.text("9h5npEXfBOvTJweMy83FqSmeRcc")
      )
  }
}
