/**
 * The public modules of this package, for one import of all.
 *
 * **When to use**
 *
 * Use in scripts and tests. Import modules one by one (`@app/api/Tracks`) to keep bundles small.
 */

/**
 * Models of albums.
 */
export * as Album from "./model/Album.ts"

/**
 * Operations on albums.
 */
export * as Albums from "./Albums.ts"

/**
 * Models of artists.
 */
export * as Artist from "./model/Artist.ts"

/**
 * Operations on artists.
 */
export * as Artists from "./Artists.ts"

/**
 * Measurements of tracks: audio features and audio analyses.
 */
export * as Audio from "./Audio.ts"

/**
 * Models of a track's audio analysis.
 */
export * as AudioAnalysis from "./model/AudioAnalysis.ts"

/**
 * The model of a track's audio features.
 */
export * as AudioFeatures from "./model/AudioFeatures.ts"

/**
 * Layer that provides Effect's `FetchHttpClient` and lets a `SpotifyClient` right above it call `fetch` directly.
 */
export * as FetchHttpClient from "./FetchHttpClient.ts"

/**
 * Spotify's identifiers, and the URIs and links in which people pass them on.
 */
export * as Ids from "./Ids.ts"

/**
 * Operations on a person's library: what they have saved and whom they follow, of any kind, by URI or link.
 */
export * as Library from "./Library.ts"

/**
 * The country whose catalogue a request is about.
 */
export * as Market from "./model/Market.ts"

/**
 * Pages of lists that are too long for one response.
 */
export * as Page from "./model/Page.ts"

/**
 * Operations on people: the profile of the one who signed in and of others, what a person listens to, and whom they follow.
 */
export * as Profile from "./Profile.ts"

/**
 * Access tiers of an app, which decide what the Web API serves it.
 */
export * as QuotaMode from "./QuotaMode.ts"

/**
 * Services and layers for the gate that all calls of one app pass, which is closed while Spotify limits the app.
 */
export * as RateLimit from "./RateLimit.ts"

/**
 * Models of recommendations.
 */
export * as Recommendation from "./model/Recommendation.ts"

/**
 * Recommendations: tracks that go with others.
 */
export * as Recommendations from "./Recommendations.ts"

/**
 * Cache for responses, as far as Spotify allows them to be stored (RFC 9111).
 */
export * as ResponseCache from "./ResponseCache.ts"

/**
 * Policies for repeating calls: how often, after which pauses, and within which time.
 */
export * as RetryPolicy from "./RetryPolicy.ts"

/**
 * The scopes that a user can grant to an app.
 */
export * as Scope from "./model/Scope.ts"

/**
 * Search of Spotify's catalogue.
 */
export * as Search from "./Search.ts"

/**
 * Everything that a web application's server needs to call Spotify for whoever has signed in, in one layer.
 */
export * as ServerApp from "./ServerApp.ts"

/**
 * Client for Spotify's Web API, which authorizes calls, repeats them where that is safe, and fails with one typed error.
 */
export * as SpotifyClient from "./SpotifyClient.ts"

/**
 * The error of all operations, with a `reason` for programs and a `message` for people.
 */
export * as SpotifyError from "./SpotifyError.ts"

/**
 * Metrics of a client.
 */
export * as SpotifyMetrics from "./SpotifyMetrics.ts"

/**
 * All operations for code without Effect: Promises, async iterables, `AbortSignal` and `await using`.
 */
export * as SpotifyPromises from "./SpotifyPromises.ts"

/**
 * A `SpotifyClient` for tests, which answers from models without sockets, servers or tokens.
 */
export * as SpotifyTest from "./SpotifyTest.ts"

/**
 * The period over which a user's listening is counted.
 */
export * as TimeRange from "./model/TimeRange.ts"

/**
 * Models of tracks.
 */
export * as Track from "./model/Track.ts"

/**
 * Operations on tracks: look them up, and keep them in a person's library.
 */
export * as Tracks from "./Tracks.ts"

/**
 * Models of users.
 */
export * as User from "./model/User.ts"
