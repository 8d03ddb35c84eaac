/** Arguments that no typed program passes: JavaScript without types does. */
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Albums from "../src/Albums.ts"
import * as Artists from "../src/Artists.ts"
import * as Audio from "../src/Audio.ts"
import * as Library from "../src/Library.ts"
import * as Profile from "../src/Profile.ts"
import type { ExtendedQuotaMode } from "../src/QuotaMode.ts"
import * as Recommendations from "../src/Recommendations.ts"
import * as Search from "../src/Search.ts"
import type * as SpotifyClient from "../src/SpotifyClient.ts"
import { SpotifyError } from "../src/SpotifyError.ts"
import * as SpotifyPromises from "../src/SpotifyPromises.ts"
import * as SpotifyTest from "../src/SpotifyTest.ts"
import * as Tracks from "../src/Tracks.ts"

// =============================================================================
// Operations
// =============================================================================

const sections: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  albums: Albums,
  artists: Artists,
  audio: Audio,
  library: Library,
  profile: Profile,
  recommendations: Recommendations,
  search: Search,
  tracks: Tracks
}

/** What the operations take first. */
const table: Readonly<Record<string, keyof typeof wrong | "options">> = {
  "albums.get": "text",
  "albums.getMany": "texts",
  "albums.saved": "options",
  "albums.tracks": "text",
  "artists.topTracks": "text",
  "audio.analysis": "text",
  "audio.features": "text",
  "audio.manyFeatures": "texts",
  "library.contains": "texts",
  "library.remove": "texts",
  "library.save": "texts",
  "profile.follow": "texts",
  "profile.followedArtists": "options",
  "profile.isFollowing": "texts",
  "profile.topArtists": "options",
  "profile.topTracks": "options",
  "profile.unfollow": "texts",
  "profile.user": "text",
  "recommendations.get": "seeds",
  "search.tracks": "text",
  "tracks.get": "text",
  "tracks.getMany": "texts",
  "tracks.isSaved": "texts",
  "tracks.remove": "texts",
  "tracks.save": "texts",
  "tracks.saveAt": "rows",
  "tracks.saved": "options"
}

// =============================================================================
// Arguments
// =============================================================================

const id = "11dFghVXANMlKmJXsNCbNl"

/** A request that knows of its response, and the response of its request. */
const circular: Record<string, unknown> = {}
circular["self"] = circular

const specials: ReadonlyArray<unknown> = [
  undefined,
  Number.NaN,
  1n,
  Symbol("s"),
  () => id,
  circular,
  Object.create(null),
  new Date(Number.NaN)
]

const anything: Arbitrary.Arbitrary<unknown> = Arbitrary.map(
  Arbitrary.schema(Schema.Union([
    Schema.Json,
    Schema.Struct({ special: Schema.Literals(Array.from(specials.keys())) })
  ])),
  (drawn) =>
    Predicate.hasProperty(drawn, "special") && Predicate.isNumber(drawn.special) ? specials[drawn.special] : drawn
)
const noText = Arbitrary.filter(anything, (value) => !Predicate.isString(value))
const noList = Arbitrary.filter(anything, (value) => Predicate.isString(value) || !Predicate.isIterable(value))

const oneOf = (...arbitraries: ReadonlyArray<Arbitrary.Arbitrary<unknown>>): Arbitrary.Arbitrary<unknown> =>
  Arbitrary.flatMap(
    Arbitrary.schema(Schema.Literals(Array.from(arbitraries.keys()))),
    (index) => arbitraries[index] ?? anything
  )

const noTexts = oneOf(noList, Arbitrary.all([noText]), Arbitrary.all([Arbitrary.Constant(id), noText]))
const noSeeds = Arbitrary.filter(noTexts, Predicate.isNotNullish)

const wrong = {
  text: noText,
  texts: noTexts,
  rows: oneOf(
    noTexts,
    Arbitrary.all([Arbitrary.all({ id: noText, addedAt: anything })]),
    Arbitrary.all([Arbitrary.all({ id: Arbitrary.Constant(id), addedAt: anything })])
  ),
  seeds: oneOf(
    Arbitrary.schema(Schema.Union([Schema.Undefined, Schema.Null, Schema.Literals([42, "pop"])])),
    Arbitrary.all({ seedTracks: noSeeds }),
    Arbitrary.all({ seedArtists: noSeeds }),
    Arbitrary.all({ seedGenres: noSeeds })
  )
}

// =============================================================================
// Properties
// =============================================================================

const Spotify = SpotifyTest.layer({ quotaMode: "extended" })
const spotify = await SpotifyPromises.make(Spotify)
afterAll(() => spotify.close())

const call = (operation: unknown, argument: unknown): unknown =>
  Predicate.isFunction(operation) ? operation(argument) : assert.fail("it is no function")

type Services = SpotifyClient.SpotifyClient | ExtendedQuotaMode

const isOperation = (
  result: unknown
): result is Effect.Effect<unknown, unknown, Services> | Stream.Stream<unknown, unknown, Services> =>
  Effect.isEffect(result) || Stream.isStream(result)

const expectInvalidArgument = (error: unknown): void => {
  assert.instanceOf(error, SpotifyError)
  if (error instanceof SpotifyError) assert.strictEqual(error.reason._tag, "InvalidArgument")
}

describe("an argument that is something else", () => {
  it("concerns every operation, which the table names", () => {
    const names = Object.entries(sections).flatMap(([section, module]) =>
      Object.entries(module).filter(([, operation]) => Predicate.isFunction(operation)).map(([name]) =>
        `${section}.${name}`
      )
    )
    assert.deepStrictEqual(names.toSorted(), Object.keys(table))
  })

  for (const [name, kind] of Object.entries(table)) {
    if (kind === "options") continue
    const [section = "", method = ""] = name.split(".")

    it.effect.prop(`is an InvalidArgument of ${name}`, [wrong[kind]], ([argument]) =>
      Effect.gen(function*() {
        const result = call(sections[section]?.[method], argument)
        if (!isOperation(result)) return assert.fail("it is neither an effect nor a stream")
        const effect = Stream.isStream(result) ? Stream.runDrain(result) : result
        expectInvalidArgument(yield* Effect.flip(effect))
      }).pipe(Effect.provide(Spotify)))

    it.effect.prop(
      `is an InvalidArgument of ${name} for Promises`,
      [wrong[kind]],
      ([argument]) =>
        Effect.gen(function*() {
          const result = call(Reflect.get(Reflect.get(spotify, section), method), argument)
          const promise = Predicate.hasProperty(result, "toArray") ? call(result.toArray, undefined) : result
          if (!(promise instanceof Promise)) return assert.fail("it is no promise")
          expectInvalidArgument(yield* Effect.promise(() => promise.then(() => undefined, (error: unknown) => error)))
        })
    )
  }
})
