/**
 * A client for tests: it answers from models that the test gives, without sockets, servers or tokens.
 *
 * Only the network is played. Requests are written and answers read by the contract, and everything in between is what
 * runs in production: retries, time budget, errors, paging. For tests over real sockets, or of sign-in, there is
 * `@app/sandbox`.
 *
 * **Example** (An app is patient, and says so when a track is gone)
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
 *   yield* spotify.inject("tracks.get", [SpotifyTest.Status({ status: 503 })])
 *   const track = yield* Tracks.get("spotify:track:00000000000000Typhoons")
 *   const calls = yield* spotify.count("tracks.get") // 2
 * }).pipe(Effect.provide(SpotifyTest.layer({ tracks: [typhoons] })))
 * ```
 */
import * as TokenService from "@app/auth/TokenService"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as HttpApi from "effect/http-api/HttpApi"
import type * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Record from "effect/Record"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { SpotifyApi } from "./contract/SpotifyApi.ts"
import * as Ids from "./Ids.ts"
import * as Issue from "./internal/call/Issue.ts"
import * as ModelServer from "./internal/testing/ModelServer.ts"
import type { SimplifiedAlbum } from "./model/Album.ts"
import { Artist } from "./model/Artist.ts"
import { AudioAnalysis } from "./model/AudioAnalysis.ts"
import { AudioFeatures } from "./model/AudioFeatures.ts"
import { Recommendations } from "./model/Recommendation.ts"
import { SavedTrack, Track } from "./model/Track.ts"
import { CurrentUser, PublicUser } from "./model/User.ts"
import type { ExtendedQuotaMode, QuotaMode } from "./QuotaMode.ts"
import * as SpotifyClient from "./SpotifyClient.ts"

// =============================================================================
// Models
// =============================================================================

/**
 * What there is. A call for something else fails with `NotFound`. A call for something that was never given dies, and
 * names what to give, since it is the test that is wrong; so does the layer where an option is given something else than it
 * takes. For everything it takes there is a sample that makes it: `track`, `savedTrack`, `artist`, …
 *
 * @category models
 * @since 0.1.0
 */
export interface Models {
  /** Can be looked up, searched for (by the words of names), and found on their albums and among their artists' best. */
  readonly tracks?: ReadonlyArray<Track> | undefined
  readonly artists?: ReadonlyArray<Artist> | undefined
  /** Who is signed in. */
  readonly me?: CurrentUser | undefined
  /** Others who can be looked up. */
  readonly users?: ReadonlyArray<PublicUser> | undefined
  /** What the library holds at first; saving and removing changes it. Default: nothing. */
  readonly saved?: ReadonlyArray<SavedTrack> | undefined
  /** Whom the person follows at first; following and unfollowing changes it. Default: nobody. */
  readonly followedArtists?: ReadonlyArray<Artist> | undefined
  /** For every time range. */
  readonly topTracks?: ReadonlyArray<Track> | undefined
  /** For every time range. */
  readonly topArtists?: ReadonlyArray<Artist> | undefined
  /** Whatever the seeds. */
  readonly recommendations?: Recommendations | undefined
  readonly genreSeeds?: ReadonlyArray<string> | undefined
  readonly audioFeatures?: ReadonlyArray<AudioFeatures> | undefined
  /** By the ids of their tracks. */
  readonly audioAnalyses?: Readonly<Record<string, AudioAnalysis>> | undefined
}

/**
 * @category models
 * @since 0.1.0
 */
export interface Options extends Models {
  /** As of `SpotifyClient.layer`. Default: unknown, and everything is served. */
  readonly quotaMode?: QuotaMode | undefined
}

type Groups = typeof SpotifyApi extends HttpApi.HttpApi<infer _Id, infer Group> ? Group : never

/**
 * An operation of the contract, such as `tracks.get`.
 *
 * @category models
 * @since 0.1.0
 */
export type Operation = {
  [Group in Groups as Group["identifier"]]: `${Group["identifier"]}.${HttpApiGroup.Endpoints<Group>["identifier"]}`
}[Groups["identifier"]]

/**
 * A request as it was sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface Request {
  readonly operation: string
  readonly method: string
  readonly url: URL
}

// =============================================================================
// Failures
// =============================================================================

/**
 * What becomes of one request instead of its answer.
 *
 * @category failures
 * @since 0.1.0
 */
export type Failure = Data.TaggedEnum<{
  /** An answer with this status. Default body: that of Spotify's errors. */
  Status: {
    readonly status: number
    readonly body?: string | undefined
    readonly headers?: Readonly<Record<string, string>> | undefined
  }
  /** A 429; with `quotaExceeded`, that of the Development Mode quota. `retryAfter` is rounded up to seconds. */
  RateLimited: {
    readonly retryAfter?: Duration.Input | undefined
    readonly quotaExceeded?: boolean | undefined
  }
  /** No connection: the request surely never left. */
  Refused: {}
  /** A connection that broke: the request may have arrived. */
  Reset: {}
  /** No answer. */
  Hang: {}
}>

const failure = Data.taggedEnum<Failure>()

/**
 * An answer with this status. Default body: that of Spotify's errors.
 *
 * @category failures
 * @since 0.1.0
 */
export const Status = failure.Status

/**
 * A 429; with `quotaExceeded`, that of the Development Mode quota. `retryAfter` is rounded up to seconds.
 *
 * @category failures
 * @since 0.1.0
 */
export const RateLimited = failure.RateLimited

/**
 * No connection: the request surely never left.
 *
 * @category failures
 * @since 0.1.0
 */
export const Refused = failure.Refused

/**
 * A connection that broke: the request may have arrived.
 *
 * @category failures
 * @since 0.1.0
 */
export const Reset = failure.Reset

/**
 * No answer. The time limits of the `RetryPolicy` end it, on Effect's `Clock`.
 *
 * @category failures
 * @since 0.1.0
 */
export const Hang = failure.Hang

// =============================================================================
// Service
// =============================================================================

/**
 * What a test can do to the network, and see of it.
 *
 * @category services
 * @since 0.1.0
 */
export class SpotifyTest extends Context.Service<SpotifyTest, {
  /**
   * Puts failures in line; each request of the operation meets the first, repetitions included. The pauses between them are
   * on Effect's `Clock`: with a `TestClock`, adjust it.
   */
  readonly inject: (operation: Operation, failures: ReadonlyArray<Failure>) => Effect.Effect<void>
  /** Everything sent so far, in order. */
  readonly requests: Effect.Effect<ReadonlyArray<Request>>
  /** How many requests an operation has sent, repetitions included. */
  readonly count: (operation: Operation) => Effect.Effect<number>
}>()("@app/api/SpotifyTest") {}

// =============================================================================
// Layer
// =============================================================================

/**
 * A `SpotifyClient` that answers from models, and the `SpotifyTest` that controls it. Each layer is a world of its own.
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
  SpotifyClient.layer({ apiUrl: ModelServer.apiUrl, quotaMode: options.quotaMode }).pipe(
    Layer.provideMerge(network(options)),
    Layer.provide(TokenService.layerStatic({ value: Redacted.make("token", { label: "access_token" }) })),
    // URL and token are good ones.
    Layer.orDie,
    Layer.fresh
  )

const network = (models: Models): Layer.Layer<HttpClient.HttpClient | SpotifyTest> =>
  Layer.effectContext(Effect.gen(function*() {
    yield* checked(models)
    const answer = yield* ModelServer.make(models)
    const lines = new Map<string, Array<Failure>>()
    const requests: Array<Request> = []

    const httpClient = HttpClient.make((request, url) =>
      Effect.gen(function*() {
        const operation = ModelServer.operationOf(request.method, url) ?? ""
        requests.push({ operation, method: request.method, url })
        const failure = lines.get(operation)?.shift()
        if (failure !== undefined) return yield* play(failure, request)
        const response = yield* answer.pipe(
          Effect.provideService(HttpServerRequest.HttpServerRequest, HttpServerRequest.fromClientRequest(request)),
          Effect.scoped,
          Effect.orDie
        )
        return HttpServerResponse.toClientResponse(response, { request })
      })
    )

    const control = SpotifyTest.of({
      inject: (operation, failures) =>
        Effect.sync(() => {
          lines.set(operation, [...(lines.get(operation) ?? []), ...failures])
        }),
      requests: Effect.sync(() => [...requests]),
      count: (operation) => Effect.sync(() => requests.filter((request) => request.operation === operation).length)
    })

    return Context.make(HttpClient.HttpClient, httpClient).pipe(Context.add(SpotifyTest, control))
  }))

/** What each option takes, and what makes it. */
const takes: {
  readonly [Name in keyof Models]-?: readonly [Schema.Codec<NonNullable<Models[Name]>>, string]
} = {
  tracks: [Schema.toType(Schema.Array(Track)), "track"],
  artists: [Schema.toType(Schema.Array(Artist)), "artist"],
  me: [Schema.toType(CurrentUser), "currentUser"],
  users: [Schema.toType(Schema.Array(PublicUser)), "user"],
  saved: [Schema.toType(Schema.Array(SavedTrack)), "savedTrack"],
  followedArtists: [Schema.toType(Schema.Array(Artist)), "artist"],
  topTracks: [Schema.toType(Schema.Array(Track)), "track"],
  topArtists: [Schema.toType(Schema.Array(Artist)), "artist"],
  recommendations: [Schema.toType(Recommendations), "recommendations"],
  genreSeeds: [Schema.Array(Schema.String), ""],
  audioFeatures: [Schema.toType(Schema.Array(AudioFeatures)), "audioFeatures"],
  audioAnalyses: [Schema.toType(Schema.Record(Schema.String, AudioAnalysis)), "audioAnalysis"]
}

/** Test runners do not check types: without this, a track where a saved track belongs would show up somewhere else. */
const checked = (models: Models): Effect.Effect<void> =>
  Effect.forEach(Record.toEntries(takes), ([name, [schema, sample]]) => {
    const given: unknown = models[name]
    if (given === undefined) return Effect.void
    const read = Schema.decodeUnknownResult(schema)(given)
    if (Result.isSuccess(read)) return Effect.void
    const { detail, path } = Issue.first(read.failure.issue)
    const hint = sample === "" ? "" : ` SpotifyTest.${sample} makes what belongs there.`
    return Effect.die(
      new Error(
        `SpotifyTest.layer cannot use what its option \`${name}\` was given: ${
          [name, path].filter((part) => part !== "").join(".")
        }: ${detail}.${hint}`
      )
    )
  }, { discard: true })

const play = (
  failure: Failure,
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> => {
  const answer = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) =>
    Effect.succeed(HttpClientResponse.fromWeb(request, new Response(body, { status, headers })))
  const broken = (code: string) =>
    Effect.fail(
      new HttpClientError.HttpClientError({
        reason: new HttpClientError.TransportError({ request, cause: Object.assign(new Error(code), { code }) })
      })
    )
  switch (failure._tag) {
    case "Status": {
      const { body, headers, status } = failure
      return answer(status, body ?? JSON.stringify({ error: { status, message: `Status ${status}` } }), headers)
    }
    case "RateLimited": {
      const { quotaExceeded, retryAfter } = failure
      return answer(
        429,
        JSON.stringify({
          error: quotaExceeded === true
            ? { status: 429, message: "Too many requests", reason: "QUOTA_EXCEEDED" }
            : { status: 429, message: "API rate limit exceeded" }
        }),
        retryAfter === undefined
          ? {}
          : { "retry-after": String(Math.ceil(Duration.toSeconds(Duration.fromInputUnsafe(retryAfter)))) }
      )
    }
    case "Refused":
      return broken("ECONNREFUSED")
    case "Reset":
      return broken("ECONNRESET")
    case "Hang":
      return Effect.never
  }
}

// =============================================================================
// Samples
// =============================================================================

/** An id that a name is recognized in. */
const idFrom = (name: string): string => name.replace(/[^0-9A-Za-z]/g, "").slice(-22).padStart(22, "0")

const link = (type: string, id: string) => ({
  uri: `spotify:${type}:${id}`,
  href: `https://api.spotify.com/v1/${type}s/${encodeURIComponent(id)}`,
  externalUrls: { spotify: `https://open.spotify.com/${type}/${encodeURIComponent(id)}` }
})

/**
 * A track with what matters to a test; the rest is plausible. Its id is made of its name unless given:
 * `00000000000000Typhoons`.
 *
 * @category samples
 * @since 0.1.0
 */
export const track = (given: Partial<Track> = {}): Track => {
  const name = given.name ?? "A Track"
  const id = given.id ?? Ids.TrackId.make(idFrom(name))
  const { followers: _followers, genres: _genres, images: _images, popularity: _popularity, ...by } = artist()
  return {
    type: "track",
    id,
    ...link("track", id),
    name,
    artists: [by],
    album: album(),
    duration: Duration.minutes(3),
    explicit: false,
    discNumber: 1,
    trackNumber: 1,
    isLocal: false,
    externalIds: {},
    ...given
  }
}

/**
 * An album as a track names it, with what matters to a test. The id is made of the name unless given.
 *
 * @category samples
 * @since 0.1.0
 */
export const album = (given: Partial<SimplifiedAlbum> = {}): SimplifiedAlbum => {
  const name = given.name ?? "An Album"
  const id = given.id ?? Ids.AlbumId.make(idFrom(name))
  const { followers: _followers, genres: _genres, images: _images, popularity: _popularity, ...by } = artist()
  return {
    type: "album",
    id,
    ...link("album", id),
    name,
    albumType: "album",
    artists: [by],
    images: [],
    releaseDate: "2026-01-01",
    releaseDatePrecision: "day",
    totalTracks: 10,
    ...given
  }
}

/**
 * A track of the library, with what matters to a test. Default: saved on 1 January 2026.
 *
 * @category samples
 * @since 0.1.0
 */
export const savedTrack = (given: Partial<SavedTrack> = {}): SavedTrack => ({
  addedAt: DateTime.makeUnsafe("2026-01-01T00:00:00Z"),
  track: given.track ?? track(),
  ...given
})

/**
 * An artist with what matters to a test. The id is made of the name unless given.
 *
 * @category samples
 * @since 0.1.0
 */
export const artist = (given: Partial<Artist> = {}): Artist => {
  const name = given.name ?? "An Artist"
  const id = given.id ?? Ids.ArtistId.make(idFrom(name))
  return { type: "artist", id, ...link("artist", id), name, genres: [], images: [], ...given }
}

/**
 * The person who is signed in, with what matters to a test.
 *
 * @category samples
 * @since 0.1.0
 */
export const currentUser = (given: Partial<CurrentUser> = {}): CurrentUser => {
  const id = given.id ?? Ids.UserId.make("somebody")
  return { type: "user", id, ...link("user", id), displayName: "Somebody", images: [], ...given }
}

/**
 * Somebody else, with what matters to a test.
 *
 * @category samples
 * @since 0.1.0
 */
export const user = (given: Partial<PublicUser> = {}): PublicUser => {
  const id = given.id ?? Ids.UserId.make("someone.else")
  return { type: "user", id, ...link("user", id), displayName: "Someone Else", images: [], ...given }
}

/**
 * How a track sounds, with what matters to a test. Default: that of `track()`.
 *
 * @category samples
 * @since 0.1.0
 */
export const audioFeatures = (given: Partial<AudioFeatures> = {}): AudioFeatures => {
  const id = given.id ?? Ids.TrackId.make(idFrom("A Track"))
  return {
    type: "audio_features",
    id,
    uri: Ids.Track.uri(id),
    acousticness: 0.1,
    danceability: 0.5,
    energy: 0.5,
    instrumentalness: 0,
    liveness: 0.1,
    speechiness: 0.05,
    valence: 0.5,
    loudness: -8,
    tempo: 120,
    key: 0,
    mode: 1,
    timeSignature: 4,
    duration: Duration.minutes(3),
    ...given
  }
}

/**
 * How a track is built, with what matters to a test.
 *
 * @category samples
 * @since 0.1.0
 */
export const audioAnalysis = (given: Partial<AudioAnalysis> = {}): AudioAnalysis => ({
  track: {
    duration: Duration.minutes(3),
    loudness: -8,
    tempo: 120,
    tempoConfidence: 0.5,
    key: 0,
    keyConfidence: 0.5,
    mode: 1,
    modeConfidence: 0.5,
    timeSignature: 4,
    timeSignatureConfidence: 1
  },
  bars: [],
  beats: [],
  sections: [],
  segments: [],
  tatums: [],
  ...given
})

/**
 * Recommended tracks and their seeds, with what matters to a test. Default: none.
 *
 * @category samples
 * @since 0.1.0
 */
export const recommendations = (given: Partial<Recommendations> = {}): Recommendations => ({
  seeds: [],
  tracks: [],
  ...given
})
