/** An `HttpClient` that shows a token to the origins it is good for, and to no other. */
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Failure, Options } from "../../AuthenticatedHttpClient.ts"
import * as AuthError from "../../AuthError.ts"
import type { Service } from "../../TokenService.ts"
import * as Confined from "./Confined.ts"
import * as SecureUrl from "./SecureUrl.ts"
import * as UserAgent from "./UserAgent.ts"

// =============================================================================
// Constructor
// =============================================================================

export const make = Effect.fnUntraced(function*(
  tokens: Service,
  options: Options
): Effect.fn.Return<HttpClient.HttpClient.With<Failure>, AuthError.AuthError, HttpClient.HttpClient> {
  const origins = new Set(yield* Effect.forEach(options.origins, parseOrigin))
  const httpClient = yield* HttpClient.HttpClient

  const isOurs = ({ origin }: URL) => origins.has(origin)

  /** The client's own `preprocess` has run by now, so this is the address that is really asked. */
  const send = (request: HttpClientRequest.HttpClientRequest) =>
    Confined.send(httpClient, UserAgent.named(request), { mayGoTo: isOurs, isTraced: true }).pipe(
      Effect.catchTag("Misdirected", ({ place }) => elsewhere(place))
    )

  const authorized = Effect.fnUntraced(function*(
    request: HttpClientRequest.HttpClientRequest
  ): Effect.fn.Return<HttpClientResponse.HttpClientResponse, Failure> {
    const url = HttpClientRequest.toUrl(request)
    // The transport has a better word than we for what is no URL.
    if (Option.isNone(url)) return yield* httpClient.postprocess(Effect.succeed(request))
    if (!isOurs(url.value)) return yield* elsewhere(url.value.origin)
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

const elsewhere = (place: string) =>
  invalid(`${place} is not one of them, so this request was not sent there. Add it if it is meant.`)

const invalid = (issue: string): Effect.Effect<never, AuthError.AuthError> =>
  Effect.fail(new AuthError.AuthError({ reason: new AuthError.InvalidConfiguration({ setting: "origins", issue }) }))

// =============================================================================
// Wire
// =============================================================================

const isRepeatable = ({ body }: HttpClientRequest.HttpClientRequest): boolean =>
  body._tag !== "Stream" && body._tag !== "Raw"

/** An answer that nobody reads would keep its connection from the replay; one that never ends must not. */
const discard = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<void> =>
  response.stream.pipe(Stream.runDrain, Effect.timeout("1 second"), Effect.ignore)
