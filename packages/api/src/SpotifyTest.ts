/**
 * A `SpotifyClient` for tests, which answers from models without sockets, servers or tokens.
 *
 * **When to use**
 *
 * Use to test what an app makes of responses and failures. For sign-in, tokens and all that happens on a wire, there is
 * `@app/sandbox`.
 *
 * **Details**
 *
 * Only the network is played. Requests are written and responses read by the contract, and everything in between is what
 * runs in production: retries, time budget, errors, paging. What models cannot answer, `answers` do, by the operation's name.
 *
 * **Example** (An app waits, and says so when a track is gone)
 *
 * ```ts
 * import * as SpotifyTest from "@app/api/SpotifyTest"
 * import * as Tracks from "@app/api/Tracks"
 * import * as Effect from "effect/Effect"
 *
 * const typhoons = SpotifyTest.track({ name: "Typhoons" })
 *
 * const test = Effect.gen(function*() {
 *   const spotify = yield* SpotifyTest.SpotifyTest
 *   yield* spotify.inject("tracks.get", SpotifyTest.Status({ status: 503 }))
 *   yield* Tracks.get("spotify:track:00000000000000Typhoons")
 *   return yield* spotify.count("tracks.get")
 * }).pipe(Effect.provide(SpotifyTest.layer({ tracks: [typhoons] }))) // => 2
 * ```
 */
import * as TokenService from "@app/auth/TokenService"
import * as Arrays from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Answers, Operation } from "./internal/testing/Answers.ts"
import * as AnswerServer from "./internal/testing/AnswerServer.ts"
import * as Failures from "./internal/testing/Failure.ts"
import type { Failure } from "./internal/testing/Failure.ts"
import * as ModelAnswers from "./internal/testing/ModelAnswers.ts"
import * as Models_ from "./internal/testing/Models.ts"
import type { Models } from "./internal/testing/Models.ts"
import type { ExtendedQuotaMode, QuotaMode } from "./QuotaMode.ts"
import * as SpotifyClient from "./SpotifyClient.ts"

// =============================================================================
// Models
// =============================================================================

export type { Answers, Operation } from "./internal/testing/Answers.ts"

export type { Models } from "./internal/testing/Models.ts"

/**
 * The options of a layer for tests.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends Models {
  /**
   * Answers to operations, before those from models, such as `{ "tracks.get": ({ params }) => Effect.succeed(…) }`. One that
   * fails with a `Failure` lets the request fail so. Default: none.
   */
  readonly answers?: Answers | undefined
  /** As of `SpotifyClient.layer`. Default: unknown, and everything is served. */
  readonly quotaMode?: QuotaMode | undefined
}

/**
 * A request as it was sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface Request {
  /** The operation, such as `tracks.get`. */
  readonly operation: string
  /** The HTTP method. */
  readonly method: string
  /** The whole address. */
  readonly url: URL
}

// =============================================================================
// Failures
// =============================================================================

export type { Failure } from "./internal/testing/Failure.ts"

/**
 * Makes a response with this status.
 *
 * **Details**
 *
 * A `body` that is a text is sent as it is, anything else as JSON. Default: the body of Spotify's errors.
 *
 * @category failures
 * @since 0.1.0
 */
export const Status = Failures.Status

/**
 * Makes a 429.
 *
 * **Details**
 *
 * `retryAfter` is sent as it is: seconds as a number, or any text. Default: no such header. With `quotaExceeded` it is the
 * 429 of the Development Mode quota.
 *
 * @category failures
 * @since 0.1.0
 */
export const RateLimited = Failures.RateLimited

/**
 * Makes a connection that is refused: the request surely never left.
 *
 * @category failures
 * @since 0.1.0
 */
export const Refused = Failures.Refused

/**
 * Makes a connection that breaks: the request may have arrived.
 *
 * @category failures
 * @since 0.1.0
 */
export const Reset = Failures.Reset

/**
 * Makes a request without a response, which the time limits of the `RetryPolicy` end, on Effect's `Clock`.
 *
 * @category failures
 * @since 0.1.0
 */
export const Hang = Failures.Hang

// =============================================================================
// Samples
// =============================================================================

export {
  album,
  artist,
  audioAnalysis,
  audioFeatures,
  currentUser,
  recommendations,
  savedTrack,
  track,
  user
} from "./internal/testing/Sample.ts"

// =============================================================================
// Service
// =============================================================================

/**
 * The control of the network that is played.
 *
 * @category services
 * @since 0.1.0
 */
export class SpotifyTest extends Context.Service<SpotifyTest, {
  /**
   * Puts failures in line; each request of the operation meets the first, repetitions included. The pauses between them are
   * on Effect's `Clock`: with a `TestClock`, adjust it.
   */
  readonly inject: (operation: Operation, failures: Failure | ReadonlyArray<Failure>) => Effect.Effect<void>
  /** Everything sent so far, in order. */
  readonly requests: Effect.Effect<ReadonlyArray<Request>>
  /** Number of requests that an operation has sent, repetitions included. */
  readonly count: (operation: Operation) => Effect.Effect<number>
}>()("@app/api/SpotifyTest") {}

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that provides a `SpotifyClient` which answers from models, and the `SpotifyTest` that controls it.
 *
 * **Details**
 *
 * Each layer is a world of its own.
 *
 * **Example** (An operation that models do not answer)
 *
 * ```ts
 * import * as SpotifyTest from "@app/api/SpotifyTest"
 * import * as Effect from "effect/Effect"
 *
 * const Spotify = SpotifyTest.layer({
 *   answers: {
 *     "library.contains": ({ query }) =>
 *       query.uris.length > 1
 *         ? Effect.fail(SpotifyTest.Status({ status: 500 }))
 *         : Effect.succeed([true])
 *   }
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: {
  /** Without `ExtendedQuotaMode`: operations that Development Mode is not served do not compile. */
  (
    options: Options & { readonly quotaMode: "development" }
  ): Layer.Layer<SpotifyClient.SpotifyClient | SpotifyTest>
  (options?: Options): Layer.Layer<SpotifyClient.SpotifyClient | ExtendedQuotaMode | SpotifyTest>
} = (options: Options = {}) =>
  SpotifyClient.layer({ apiUrl: AnswerServer.apiUrl, quotaMode: options.quotaMode }).pipe(
    Layer.provideMerge(network(options)),
    Layer.provide(TokenService.layerStatic({ value: Redacted.make("token", { label: "access_token" }) })),
    // URL and token are good ones.
    Layer.orDie,
    Layer.fresh
  )

const network = ({ answers, ...models }: Options): Layer.Layer<HttpClient.HttpClient | SpotifyTest> =>
  Layer.effectContext(Effect.map(Models_.check(models), () => {
    const all: Answers = { ...ModelAnswers.make(models), ...answers }
    const lines = new Map<string, Array<Failure>>()
    const requests: Array<Request> = []

    const httpClient = HttpClient.make((request, url) =>
      Effect.suspend(() => {
        const operation = AnswerServer.operationOf(request.method, url)
        requests.push({ operation, method: request.method, url })
        const failure = lines.get(operation)?.shift()
        return failure === undefined ? AnswerServer.respond(all, request, url) : Failures.play(failure, request)
      })
    )

    const control = SpotifyTest.of({
      inject: (operation, failures) =>
        Effect.sync(() => {
          lines.set(operation, [...(lines.get(operation) ?? []), ...Arrays.ensure(failures)])
        }),
      requests: Effect.sync(() => [...requests]),
      count: (operation) => Effect.sync(() => requests.filter((request) => request.operation === operation).length)
    })

    return Context.make(HttpClient.HttpClient, httpClient).pipe(Context.add(SpotifyTest, control))
  }))
