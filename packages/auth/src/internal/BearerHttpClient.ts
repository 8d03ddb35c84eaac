/** An `HttpClient` that shows a token to the origins it is good for, and to no other. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Failure, Options } from "../AuthenticatedHttpClient.ts"
import * as AuthError from "../AuthError.ts"
import type { Service } from "../TokenService.ts"
import * as SecureUrl from "./SecureUrl.ts"

// =============================================================================
// Constructor
// =============================================================================

export const make = Effect.fnUntraced(function*(
  tokens: Service,
  options: Options
): Effect.fn.Return<HttpClient.HttpClient.With<Failure>, AuthError.AuthError, HttpClient.HttpClient> {
  const origins = new Set(yield* Effect.forEach(options.origins, parseOrigin))
  const httpClient = yield* HttpClient.HttpClient

  /** The client's own `preprocess` has run by now, so this is the address that is really asked. */
  const send = (request: HttpClientRequest.HttpClientRequest) =>
    httpClient.postprocess(Effect.succeed(request)).pipe(Effect.provideContext(onTheWire))

  const authorized = Effect.fnUntraced(function*(
    request: HttpClientRequest.HttpClientRequest
  ): Effect.fn.Return<HttpClientResponse.HttpClientResponse, Failure> {
    const url = HttpClientRequest.toUrl(request)
    // The transport has a better word than we for what is no URL.
    if (Option.isNone(url)) return yield* send(request)
    if (!origins.has(url.value.origin)) {
      return yield* invalid(
        `${url.value.origin} is not one of them, so this request was not sent. Add it if it is meant.`
      )
    }
    const token = yield* tokens.get
    const response = yield* send(HttpClientRequest.bearerToken(request, token.value))
    if (response.status !== 401) return response
    const makesSense = yield* tokens.invalidate(token)
    if (!makesSense || !isRepeatable(request)) return response
    yield* discard(response)
    const next = yield* tokens.get
    if (next.authorizationId !== token.authorizationId) {
      return yield* new AuthError.AuthError({ reason: new AuthError.AuthorizationChanged() })
    }
    return yield* send(HttpClientRequest.bearerToken(request, next.value))
  })

  return HttpClient.makeWith(Effect.flatMap(authorized), httpClient.preprocess)
})

// =============================================================================
// Origins
// =============================================================================

const parseOrigin = (text: string): Effect.Effect<string, AuthError.AuthError> =>
  Result.match(SecureUrl.parse(text), {
    onFailure: invalid,
    onSuccess: (url) =>
      url.href === `${url.origin}/`
        ? Effect.succeed(url.origin)
        : invalid(`"${url.origin}${url.pathname}" is more than an origin. Use ${url.origin}.`)
  })

const invalid = (issue: string): Effect.Effect<never, AuthError.AuthError> =>
  Effect.fail(new AuthError.AuthError({ reason: new AuthError.InvalidConfiguration({ setting: "origins", issue }) }))

// =============================================================================
// Wire
// =============================================================================

/** A redirect would take the token along; trace headers tell a stranger about this program, and break CORS. */
const onTheWire = Context.make(FetchHttpClient.RequestInit, { redirect: "manual" }).pipe(
  Context.add(HttpClient.TracerPropagationEnabled, false)
)

const isRepeatable = ({ body }: HttpClientRequest.HttpClientRequest): boolean =>
  body._tag !== "Stream" && body._tag !== "Raw"

/** An answer that nobody reads would keep its connection from the replay; one that never ends must not. */
const discard = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> =>
  response.stream.pipe(Stream.runDrain, Effect.timeout("1 second"), Effect.ignore)
