/**
 * How each fault is played on the wire.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Effect from "effect/Effect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { ServerResponse } from "node:http"
import type { Fault } from "../../Fault.ts"
import * as WebApi from "../webApi/WebApi.ts"

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
      return Effect.succeed(WebApi.tooManyRequests(fault.quotaExceeded === true ? "quota" : "rate", fault.retryAfter))
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
    case "Floats":
      return Effect.map(usual, (answer) => rewritten(answer, (body) => withFloats(body)))
    case "NullRow":
      return Effect.map(usual, (answer) => rewritten(answer, (body) => JSON.stringify(withNullRow(body))))
    case "NextPage":
      return Effect.map(
        usual,
        (answer) =>
          rewritten(
            answer,
            (body) => JSON.stringify(withPage(body, (page) => ({ ...page, next: fault.next ?? page["href"] ?? null })))
          )
      )
    case "Total":
      return Effect.map(
        usual,
        (answer) =>
          rewritten(answer, (body) => JSON.stringify(withPage(body, (page) => ({ ...page, total: fault.total }))))
      )
    case "PlainText":
      return Effect.map(
        usual,
        (answer) => answer.status >= 300 ? answer : HttpServerResponse.text("9h5npEXfBOvTJweMy83FqSmeRcc")
      )
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

const bytesOf = (answer: HttpServerResponse.HttpServerResponse): Uint8Array =>
  answer.body._tag === "Uint8Array" ? answer.body.body : new Uint8Array()

/** An answer with another body, where it is a success and has one. */
const rewritten = (answer: HttpServerResponse.HttpServerResponse, write: (body: Schema.Json) => string) => {
  const bytes = bytesOf(answer)
  if (answer.status >= 300 || bytes.length === 0) return answer
  const { headers, status } = answer
  // What was written as JSON a moment ago can be read as JSON.
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

/** Lists inside of rows are left alone. */
const withNullRow = (body: Schema.Json): Schema.Json =>
  isObject(body)
    ? Object.fromEntries(
      Object.entries(body).map(([name, value]) => [
        name,
        Array.isArray(value) && value.some(isObject) ? [null, ...value.slice(1)] : withNullRow(value)
      ])
    )
    : body

/** Each page of an answer, itself or one of its fields, as it should be. */
const withPage = (
  body: Schema.Json,
  change: (page: Schema.JsonObject) => Schema.JsonObject
): Schema.Json =>
  !isObject(body)
    ? body
    : "items" in body
    ? change(body)
    : Object.fromEntries(Object.entries(body).map(([name, value]) => [name, withPage(value, change)]))

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
