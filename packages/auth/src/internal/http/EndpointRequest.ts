/**
 * A request to one endpoint of an authorization server, which goes there and nowhere else. What the program's `HttpClient`
 * adds to it stays, but for its address.
 */
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Confined from "./Confined.ts"
import * as UserAgent from "./UserAgent.ts"

/** The program's `HttpClient` would send the request to another address, so it was not sent. */
export class Rewritten extends Data.TaggedError("Rewritten")<{ readonly endpoint: string; readonly place: string }> {
  override get message(): string {
    return `it would send what is meant for ${this.endpoint} to ${this.place}. Give this service one that leaves addresses alone.`
  }
}

/** A redirect was about to be followed, or has been, or the program's `HttpClient` has sent the request elsewhere. */
export class Redirected extends Data.TaggedError("Redirected")<{ readonly endpoint: string; readonly place: string }> {
  override get message(): string {
    return `${this.endpoint} led to ${this.place}, and no redirect is followed`
  }
}

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
  return yield* Confined.send(httpClient, ready, options).pipe(
    Effect.catchTag("Misdirected", ({ place }) => new Redirected({ endpoint, place })),
    told(ready.method, url)
  )
})

/** What this package cannot undo everywhere it does not ask for (RFC 9110 §12.5.3: silence allows any coding). */
const prepared = (request: HttpClientRequest.HttpClientRequest): HttpClientRequest.HttpClientRequest =>
  UserAgent.named(request).pipe(
    HttpClientRequest.acceptJson,
    HttpClientRequest.setHeader("accept-encoding", "identity")
  )

/** In a span without headers, and that holds neither request nor answer: servers repeat secrets, and requests carry them. */
const told =
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
