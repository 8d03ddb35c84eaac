/**
 * What people have saved and whom they follow, which is one and the same thing to Spotify since February 2026: a set of
 * URIs with the times they were added.
 *
 * @see https://developer.spotify.com/documentation/web-api/tutorials/february-2026-migration-guide
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Bounded from "../BoundedMap.ts"

/**
 * A URI of a person's library.
 *
 * @category models
 * @since 0.1.0
 */
export interface Saved {
  /** Such as `spotify:track:11dFghVXANMlKmJXsNCbNl`, not percent-encoded. */
  readonly uri: string
  /** Milliseconds since 1970. */
  readonly addedAt: number
}

/**
 * What a library holds at most: the newest 20,000 URIs, or fewer where they have more than 4 Mi characters together.
 *
 * @category constants
 * @since 0.1.0
 */
export const limits: Bounded.Limits = { entries: 20_000, weight: 4_194_304 }

/**
 * The libraries of all people.
 *
 * @category services
 * @since 0.1.0
 */
export class Library extends Context.Service<Library, {
  /** What a person's library holds of one kind, such as `"track"`: the newest first, of one moment the last given. */
  readonly all: (person: string, kind: string) => Effect.Effect<ReadonlyArray<Saved>>
  /** Adds to a person's library. What is there already stays as it is. */
  readonly save: (person: string, saved: ReadonlyArray<Saved>) => Effect.Effect<void>
  /** Takes out of a person's library, where it is there. */
  readonly remove: (person: string, uris: ReadonlyArray<string>) => Effect.Effect<void>
  /** For each URI, in order, whether it is in a person's library. */
  readonly contains: (person: string, uris: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<boolean>>
}>()("@app/sandbox/Library") {
  /** Empty libraries. */
  static readonly layer = Layer.sync(Library, () => {
    const libraries = new Map<string, Bounded.Bounded<string, Saved>>()
    const of = (person: string) => {
      const library = libraries.get(person) ?? Bounded.make<string, Saved>(limits, ({ uri }) => uri.length)
      libraries.set(person, library)
      return library
    }
    return Library.of({
      all: (person, kind) =>
        Effect.sync(() =>
          of(person).values()
            .filter(({ uri }) => uri.startsWith(`spotify:${kind}:`))
            .toReversed()
            .sort((one, other) => other.addedAt - one.addedAt)
        ),
      save: (person, saved) =>
        Effect.sync(() => {
          const library = of(person)
          for (const entry of saved) if (library.get(entry.uri) === undefined) library.set(entry.uri, entry)
        }),
      remove: (person, uris) =>
        Effect.sync(() => {
          const library = of(person)
          for (const uri of uris) library.delete(uri)
        }),
      contains: (person, uris) => Effect.sync(() => uris.map((uri) => of(person).get(uri) !== undefined))
    })
  })
}
