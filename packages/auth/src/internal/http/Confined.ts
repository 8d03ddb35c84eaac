/**
 * A request that goes to allowed addresses only, whatever the program's `HttpClient` does with it.
 *
 * **Details**
 *
 * Everything that a client does before (`mapRequest`, `prependUrl`) has been done, so the address of the request is known. What it
 * does later (`followRedirects`, `transform`) cannot be seen from outside. But every client made by `HttpClient.make` asks
 * `TracerDisabledWhen` just before its transport gets a request, and a request to another address is stopped there.
 *
 * **Gotchas**
 *
 * Of other clients, and of transports that follow redirects in spite of `redirect: "manual"`, only the response can be
 * refused.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

// =============================================================================
// Model
// =============================================================================

/** A request to an address that is not allowed, or a response from one. */
export class Misdirected extends Data.TaggedError("Misdirected")<{
  /** The origin and the path of that address. */
  readonly place: string
}> {}

export interface Options {
  readonly mayGoTo: (url: URL) => boolean
  /** Lets the client make its own span, as the program asks. That span may hold headers. */
  readonly isTraced: boolean
}

// =============================================================================
// Sending
// =============================================================================

/** Sends a request, after the client's own `preprocess` has run. */
export const send = <E>(
  httpClient: HttpClient.HttpClient.With<E>,
  request: HttpClientRequest.HttpClientRequest,
  options: Options
): Effect.Effect<HttpClientResponse.HttpClientResponse, E | Misdirected> =>
  Effect.withFiber((fiber) => {
    const stray = strayOf(request, options)
    if (stray !== undefined) return Effect.fail(stray)

    const isUntraced = fiber.getRef(HttpClient.TracerDisabledWhen)
    const isTraced = options.isTraced && !fiber.getRef(Tracer.DisablePropagation)
    const context = Context.add(onTheWire, HttpClient.TracerDisabledWhen, (request) => {
      const stray = strayOf(request, options)
      // Only an exception keeps the transport from sending here.
      if (stray !== undefined) throw stray
      return !isTraced || isUntraced(request)
    })
    return httpClient.postprocess(Effect.succeed(request)).pipe(
      Effect.provideContext(context),
      Effect.catchDefect((defect) => defect instanceof Misdirected ? Effect.fail(defect) : Effect.die(defect)),
      Effect.tap((response) => {
        const stray = strayOf(response.request, options) ?? strayFrom(response, options)
        return stray === undefined ? Effect.void : Effect.fail(stray)
      })
    )
  })

/** A redirect would take secrets along. Trace headers would tell others about this program, and break CORS. */
const onTheWire = Context.make(FetchHttpClient.RequestInit, { redirect: "manual" }).pipe(
  Context.add(HttpClient.TracerPropagationEnabled, false),
  // `TracerDisabledWhen` is not asked when this is set.
  Context.add(Tracer.DisablePropagation, false)
)

// =============================================================================
// Addresses
// =============================================================================

/** Returns the address of a request when it is not allowed. */
export const strayOf = (
  request: HttpClientRequest.HttpClientRequest,
  { mayGoTo }: Pick<Options, "mayGoTo">
): Misdirected | undefined =>
  Option.match(HttpClientRequest.toUrl(request), {
    onNone: () => new Misdirected({ place: "what is no URL" }),
    onSome: (url) => mayGoTo(url) ? undefined : misdirected(url)
  })

/** Returns the address of a response, by the transport's own word, when it is not allowed. */
const strayFrom = ({ url }: HttpClientResponse.HttpClientResponse, { mayGoTo }: Options): Misdirected | undefined => {
  const parsed = URL.parse(url)
  return parsed === null || mayGoTo(parsed) ? undefined : misdirected(parsed)
}

const misdirected = ({ origin, pathname }: URL) => new Misdirected({ place: `${origin}${pathname}` })
