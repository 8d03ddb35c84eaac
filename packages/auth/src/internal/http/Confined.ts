/**
 * A request that is sent where it may go, and nowhere else, whatever the program's `HttpClient` makes of it.
 *
 * What a client does ahead of time (`mapRequest`, `prependUrl`) has been done by then, so the address at hand is the one
 * that is asked. What it does later (`followRedirects`, `transform`) cannot be seen from outside. But every client made by
 * `HttpClient.make` asks whether a request is to be traced just before its transport gets it, and there one that goes
 * elsewhere is stopped. Of other clients, and of transports that follow redirects by themselves in spite of
 * `redirect: "manual"`, only the answer can be refused.
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

/** A request was about to go where it must not, or an answer has come from there. */
export class Misdirected extends Data.TaggedError("Misdirected")<{
  /** Its origin and path. */
  readonly place: string
}> {}

export interface Options {
  readonly mayGoTo: (url: URL) => boolean
  /** Whether the client tells of the request in a span of its own, as the program asks; its headers may be in there. */
  readonly isTraced: boolean
}

// =============================================================================
// Sending
// =============================================================================

/** Sends a request as it is: the client's own `preprocess` must have run. */
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
      // Here nothing else keeps a transport from sending.
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

/** A redirect would take secrets along; trace headers tell a stranger about this program, and break CORS. */
const onTheWire = Context.make(FetchHttpClient.RequestInit, { redirect: "manual" }).pipe(
  Context.add(HttpClient.TracerPropagationEnabled, false),
  // The question whether to trace is not asked where this is set.
  Context.add(Tracer.DisablePropagation, false)
)

// =============================================================================
// Addresses
// =============================================================================

/** Where a request goes, if it must not go there. */
export const strayOf = (
  request: HttpClientRequest.HttpClientRequest,
  { mayGoTo }: Pick<Options, "mayGoTo">
): Misdirected | undefined =>
  Option.match(HttpClientRequest.toUrl(request), {
    onNone: () => new Misdirected({ place: "what is no URL" }),
    onSome: (url) => mayGoTo(url) ? undefined : misdirected(url)
  })

/** Where an answer came from by the transport's own word, if it must not come from there. */
const strayFrom = ({ url }: HttpClientResponse.HttpClientResponse, { mayGoTo }: Options): Misdirected | undefined => {
  const parsed = URL.parse(url)
  return parsed === null || mayGoTo(parsed) ? undefined : misdirected(parsed)
}

const misdirected = ({ origin, pathname }: URL) => new Misdirected({ place: `${origin}${pathname}` })
