/**
 * Spotify's Web API, typed and retry-aware.
 *
 * Import modules one by one (`@app/api/Tracks`) to keep bundles small, or through this index.
 */

/** Models of albums. */
export * as Album from "./model/Album.ts"
/** The contract of albums. */
export * as AlbumsApi from "./contract/AlbumsApi.ts"
/** What the contract says of an operation beyond its request and its answer. */
export * as Annotations from "./contract/Annotations.ts"
/** Models of artists. */
export * as Artist from "./model/Artist.ts"
/** The contract of artists. */
export * as ArtistsApi from "./contract/ArtistsApi.ts"
/** What Spotify has measured in tracks. */
export * as Audio from "./Audio.ts"
/** The structure of a track. */
export * as AudioAnalysis from "./model/AudioAnalysis.ts"
/** The contract of what Spotify has measured in tracks. */
export * as AudioApi from "./contract/AudioApi.ts"
/** What a track sounds like, in figures. */
export * as AudioFeatures from "./model/AudioFeatures.ts"
/** What stands between an operation and the network. */
export * as SpotifyMiddleware from "./contract/SpotifyMiddleware.ts"
/** Identifiers of the rest of the world. */
export * as ExternalIds from "./model/ExternalIds.ts"
/** Links to pages about something. */
export * as ExternalUrls from "./model/ExternalUrls.ts"
/** How many follow a person or an artist. */
export * as Followers from "./model/Followers.ts"
/** Identifiers, and their URI and link forms. */
export * as Ids from "./Ids.ts"
/** Pictures. */
export * as Image from "./model/Image.ts"
/** A person's library, of any kind. */
export * as Library from "./Library.ts"
/** The contract of a person's library. */
export * as LibraryApi from "./contract/LibraryApi.ts"
/** The country whose catalogue an answer is about. */
export * as Market from "./model/Market.ts"
/** Pages of what is too long for one answer. */
export * as Page from "./model/Page.ts"
/** Operations on people. */
export * as Profile from "./Profile.ts"
/** An app's access tier. */
export * as QuotaMode from "./QuotaMode.ts"
/** Models of recommendations. */
export * as Recommendation from "./model/Recommendation.ts"
/** Tracks that go with others. */
export * as Recommendations from "./Recommendations.ts"
/** The contract of recommendations. */
export * as RecommendationsApi from "./contract/RecommendationsApi.ts"
/** The gate that all calls of one app pass. */
export * as RateLimit from "./RateLimit.ts"
/** Answers kept for later. */
export * as ResponseCache from "./ResponseCache.ts"
/** Why something cannot be played. */
export * as Restrictions from "./model/Restrictions.ts"
/** When a call is repeated. */
export * as RetryPolicy from "./RetryPolicy.ts"
/** What a person can allow a program to do. */
export * as Scope from "./model/Scope.ts"
/** The contract of search. */
export * as SearchApi from "./contract/SearchApi.ts"
/** The contract of the Web API. */
export * as SpotifyApi from "./contract/SpotifyApi.ts"
/** The client that all operations share. */
export * as SpotifyClient from "./SpotifyClient.ts"
/** The one error of this package, with its reasons. */
export * as SpotifyError from "./SpotifyError.ts"
/** What a client can be watched by. */
export * as SpotifyMetrics from "./SpotifyMetrics.ts"
/** A client for tests. */
export * as SpotifyTest from "./SpotifyTest.ts"
/** How far back a person's listening counts. */
export * as TimeRange from "./model/TimeRange.ts"
/** Models of tracks. */
export * as Track from "./model/Track.ts"
/** Operations on tracks. */
export * as Tracks from "./Tracks.ts"
/** The contract of tracks. */
export * as TracksApi from "./contract/TracksApi.ts"
/** Models of people. */
export * as User from "./model/User.ts"
/** The contract of people. */
export * as ProfileApi from "./contract/ProfileApi.ts"
