/**
 * A request to one endpoint of an authorization server, and to no other address.
 *
 * **Details**
 *
 * Headers that the program's `HttpClient` adds are kept. A change of the address is an error. A client that fails for the
 * status of a response does not hide the response.
 */
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Confined from "./Confined.ts"
import * as UserAgent from "./UserAgent.ts"

/** A request that was not sent, because the program's `HttpClient` would send it to another address. */
export class Rewritten extends Data.TaggedError("Rewritten")<{ readonly endpoint: string; readonly place: string }> {
  override get message(): string {
    return `it would send what is meant for ${this.endpoint} to ${this.place}. Give this service one that leaves addresses alone.`
  }
}

/** A redirect that was about to be followed, or a response from another address. */
export class Redirected extends Data.TaggedError("Redirected")<{ readonly endpoint: string; readonly place: string }> {
  override get message(): string {
    return `${this.endpoint} led to ${this.place}, and no redirect is followed`
  }
}

/** Sends a request to `url` alone, in a span of this package. */
export const execute = Effect.fnUntraced(function*(
  httpClient: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest,
  url: URL
): Effect.fn.Return<
  HttpClientResponse.HttpClientResponse,
  HttpClientError.HttpClientError | Rewritten | Redirected
> {
  const endpoint = `${url.origin}${url.pathname}`
  const options: Confined.Options = {
    mayGoTo: ({ origin, pathname }) => origin === url.origin && pathname === url.pathname,
    isTraced: false
  }
  const ready = yield* httpClient.preprocess(prepared(request))
  const stray = Confined.strayOf(ready, options)
  if (stray !== undefined) return yield* new Rewritten({ endpoint, place: stray.place })
  return yield* Confined.send(takingAnyStatus(httpClient), ready, options).pipe(
    Effect.catchTag("Misdirected", ({ place }) => new Redirected({ endpoint, place })),
    traced(ready.method, url)
  )
})

/** Undoes what `HttpClient.filterStatusOk` does: why a server refuses is in its response. */
const takingAnyStatus: (httpClient: HttpClient.HttpClient) => HttpClient.HttpClient = HttpClient.transformResponse(
  Effect.catch((error) =>
    error.reason._tag === "StatusCodeError" ? Effect.succeed(error.reason.response) : Effect.fail(error)
  )
)

/** Asks for no content coding, because not every runtime can decode one. No header would allow any (RFC 9110 §12.5.3). */
const prepared = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest =>
  UserAgent.named(request).pipe(
    HttpClientRequest.acceptJson,
    HttpClientRequest.setHeader("accept-encoding", "identity")
  )

/** Runs an exchange in a span without headers and bodies, because requests carry secrets and servers repeat them. */
const traced =
  (method: string, { hostname, origin, pathname, port, protocol }: URL) =>
  <E extends { readonly _tag: string }>(
    exchange: Effect.Effect<HttpClientResponse.HttpClientResponse, E>
  ): Effect.Effect<HttpClientResponse.HttpClientResponse, E> =>
    Effect.flatMap(Deferred.make<HttpClientResponse.HttpClientResponse, E>(), (outcome) =>
      exchange.pipe(
        Effect.tap(({ status }) => Effect.annotateCurrentSpan("http.response.status_code", status)),
        Effect.tapError(({ _tag }) => Effect.annotateCurrentSpan("error.type", _tag)),
        Deferred.into(outcome),
        Effect.withSpan(method, {
          kind: "client",
          attributes: {
            "http.request.method": method,
            "url.full": `${origin}${pathname}`,
            "server.address": hostname.replace(/^\[|\]$/g, ""),
            "server.port": Number(port) || (protocol === "https:" ? 443 : 80)
          }
        }),
        Effect.andThen(Deferred.await(outcome))
      ))
