/** The models that a test gives, checked: test runners know no types. */
import * as Effect from "effect/Effect"
import * as Record from "effect/Record"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Artist } from "../../model/Artist.ts"
import { AudioAnalysis } from "../../model/AudioAnalysis.ts"
import { AudioFeatures } from "../../model/AudioFeatures.ts"
import { Recommendations } from "../../model/Recommendation.ts"
import { SavedTrack, Track } from "../../model/Track.ts"
import { CurrentUser, PublicUser } from "../../model/User.ts"
import * as Issue from "../call/Issue.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * The contents of Spotify's catalogue, and of the library of the person who signed in.
 *
 * **Details**
 *
 * A call for something else fails with `NotFound`. For everything there is a sample that makes it: `track`, `savedTrack`,
 * `artist`, …
 *
 * **Gotchas**
 *
 * A call for something that was never given dies, and names what to give, since it is the test that is wrong. So does the
 * layer where an option is given something else than it takes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Models {
  /** Can be looked up, searched for (by the words of names), and found on their albums and among their artists' best. */
  readonly tracks?: ReadonlyArray<Track> | undefined
  /** Can be followed. */
  readonly artists?: ReadonlyArray<Artist> | undefined
  /** The person who is signed in. */
  readonly me?: CurrentUser | undefined
  /** Others who can be looked up. */
  readonly users?: ReadonlyArray<PublicUser> | undefined
  /** Contents of the library at first; saving and removing changes them. Default: nothing. */
  readonly saved?: ReadonlyArray<SavedTrack> | undefined
  /** Whom the person follows at first; following and unfollowing changes it. Default: nobody. */
  readonly followedArtists?: ReadonlyArray<Artist> | undefined
  /** For every time range. */
  readonly topTracks?: ReadonlyArray<Track> | undefined
  /** For every time range. */
  readonly topArtists?: ReadonlyArray<Artist> | undefined
  /** Whatever the seeds. */
  readonly recommendations?: Recommendations | undefined
  /** The genres that can be seeds. */
  readonly genreSeeds?: ReadonlyArray<string> | undefined
  /** Can be looked up. */
  readonly audioFeatures?: ReadonlyArray<AudioFeatures> | undefined
  /** By the ids of their tracks. */
  readonly audioAnalyses?: Readonly<Record<string, AudioAnalysis>> | undefined
}

// =============================================================================
// Checking
// =============================================================================

/** The schema of each option, and the sample that makes what it takes. */
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

/** Dies where an option was given something else than it takes, which would otherwise show up somewhere else. */
export const check = (models: Models): Effect.Effect<void> =>
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
