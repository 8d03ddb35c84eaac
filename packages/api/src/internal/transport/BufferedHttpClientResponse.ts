/** Response whose body has arrived, for Effect's interfaces. */
import type * as ContentCoding from "@app/auth/ContentCoding"
import * as Effect from "effect/Effect"
import * as Cookies from "effect/http/Cookies"
import * as Headers from "effect/http/Headers"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as UrlParams from "effect/http/UrlParams"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import { type Pipeable, pipeArguments } from "effect/Pipeable"
import type * as Schema from "effect/Schema"
import type * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"
import * as Dispatch from "./Dispatch.ts"

/** The body without its content codings, or why it cannot be read. */
type Body = Effect.Effect<Uint8Array, Unreadable>

export interface Unreadable {
  /** Quotes nothing of the body. */
  readonly description: string
  readonly cause: ContentCoding.ContentCodingError
}

export class BufferedHttpClientResponse extends Inspectable.Class
  implements HttpClientResponse.HttpClientResponse, Pipeable
{
  readonly [HttpIncomingMessage.TypeId]: typeof HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: typeof HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly url: string
  readonly status: number
  // Private to the compiler alone, as an object may have a response as its prototype.
  private readonly received: Dispatch.ReceivedHeaders
  private readonly body: Body
  private parsed: Headers.Headers | undefined

  constructor(
    request: HttpClientRequest.HttpClientRequest,
    received: {
      readonly url: string
      readonly status: number
      readonly headers: Dispatch.ReceivedHeaders
      readonly body: Body
    }
  ) {
    super()
    this.request = request
    this.url = received.url
    this.status = received.status
    this.received = received.headers
    this.body = received.body
  }

  get headers(): Headers.Headers {
    return this.parsed ??= Headers.fromInput(this.received)
  }

  get cookies(): Cookies.Cookies {
    const header = Dispatch.setCookie(this.received)
    return header === undefined ? Cookies.empty : Cookies.fromSetCookie(header)
  }

  get remoteAddress(): Option.Option<string> {
    return Option.none()
  }

  private get bytes(): Effect.Effect<Uint8Array, HttpClientError.HttpClientError> {
    return Effect.mapError(this.body, (why) => this.unreadable(why))
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpClientError.HttpClientError> {
    // The bytes are a view of what the socket read, which may hold more.
    return Effect.map(this.bytes, (bytes) => new Uint8Array(bytes).buffer)
  }

  get text(): Effect.Effect<string, HttpClientError.HttpClientError> {
    return Effect.map(this.bytes, (bytes) => utf8.decode(bytes))
  }

  get json(): Effect.Effect<Schema.Json, HttpClientError.HttpClientError> {
    return Effect.flatMap(this.text, (text) =>
      Effect.try({
        try: () => text === "" ? null : JSON.parse(text),
        catch: (cause) => this.unreadable({ cause })
      }))
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, HttpClientError.HttpClientError> {
    // URLSearchParams would drop a leading question mark, which is content here.
    return Effect.map(this.text, (text) => UrlParams.fromInput(new URLSearchParams(text.replace(/^\?/, "%3F"))))
  }

  get formData(): Effect.Effect<FormData, HttpClientError.HttpClientError> {
    return Effect.flatMap(this.bytes, (bytes) =>
      Effect.tryPromise({
        try: () => new Response(new Uint8Array(bytes), { headers: this.headers }).formData(),
        catch: (cause) => this.unreadable({ cause })
      }))
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.HttpClientError> {
    return Stream.fromEffect(this.bytes)
  }

  get upgrade(): Effect.Effect<Socket.Socket, HttpClientError.HttpClientError> {
    return Effect.suspend(() => {
      const description = "the server did not switch protocols"
      const reason = new HttpClientError.StatusCodeError({ request: this.request, response: this, description })
      return Effect.fail(new HttpClientError.HttpClientError({ reason }))
    })
  }

  private unreadable(why: Unreadable | { readonly cause: unknown }): HttpClientError.HttpClientError {
    return new HttpClientError.HttpClientError({
      reason: new HttpClientError.DecodeError({ request: this.request, response: this, ...why })
    })
  }

  override toJSON(): unknown {
    return HttpIncomingMessage.inspect(this, {
      _id: "effect/http/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }

  pipe() {
    return pipeArguments(this, arguments)
  }
}

const utf8 = new TextDecoder()
