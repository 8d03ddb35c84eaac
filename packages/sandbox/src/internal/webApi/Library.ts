/**
 * The libraries of people: everything that they have saved or follow, as URIs with the time they were added.
 *
 * **Details**
 *
 * Since February 2026 Spotify treats saved items and followed artists, people and playlists alike.
 *
 * @see https://developer.spotify.com/documentation/web-api/tutorials/february-2026-migration-guide
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as BoundedMap from "../BoundedMap.ts"

// =============================================================================
// Model
// =============================================================================

/** An entry of a library. */
export interface Saved {
  /** URI such as `spotify:track:11dFghVXANMlKmJXsNCbNl`, not percent-encoded. */
  readonly uri: string
  /** Time of saving, in milliseconds since 1970. */
  readonly addedAt: number
}

/** Limits of a library: the newest 20,000 URIs, or fewer where they have more than 4 Mi characters together. */
export const limits: BoundedMap.Limits = { entries: 20_000, weight: 4_194_304 }

// =============================================================================
// Service
// =============================================================================

/** The libraries of all people, by the id of the person. */
export class Library extends Context.Service<Library, {
  /**
   * Lists the entries of one kind, such as `"track"`, or of all: the newest first, and of the same time the last given
   * first.
   */
  readonly all: (person: string, kind?: string) => Effect.Effect<ReadonlyArray<Saved>>
  /** Replaces all entries. */
  readonly replace: (person: string, saved: ReadonlyArray<Saved>) => Effect.Effect<void>
  /** Adds entries; URIs that are there already keep their time. */
  readonly save: (person: string, saved: ReadonlyArray<Saved>) => Effect.Effect<void>
  /** Removes URIs; those that are not there are ignored. */
  readonly remove: (person: string, uris: ReadonlyArray<string>) => Effect.Effect<void>
  /** Reports for each URI, in order, whether the library has it. */
  readonly contains: (person: string, uris: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<boolean>>
}>()("@app/sandbox/Library") {}

// =============================================================================
// Layers
// =============================================================================

/** Layer with empty libraries. */
export const layer: Layer.Layer<Library> = Layer.sync(Library, () => {
  const libraries = new Map<string, BoundedMap.BoundedMap<string, Saved>>()
  const libraryOf = (person: string) => {
    const library = libraries.get(person) ?? BoundedMap.make<string, Saved>(limits, ({ uri }) => uri.length)
    libraries.set(person, library)
    return library
  }
  return Library.of({
    all: (person, kind) =>
      Effect.sync(() =>
        libraryOf(person).values()
          .filter(({ uri }) => kind === undefined || uri.startsWith(`spotify:${kind}:`))
          .toReversed()
          .sort((one, other) => other.addedAt - one.addedAt)
      ),
    replace: (person, saved) =>
      Effect.sync(() => {
        const library = libraryOf(person)
        library.clear()
        for (const entry of saved) library.set(entry.uri, entry)
      }),
    save: (person, saved) =>
      Effect.sync(() => {
        const library = libraryOf(person)
        for (const entry of saved) if (library.get(entry.uri) === undefined) library.set(entry.uri, entry)
      }),
    remove: (person, uris) =>
      Effect.sync(() => {
        const library = libraryOf(person)
        for (const uri of uris) library.delete(uri)
      }),
    contains: (person, uris) => Effect.sync(() => uris.map((uri) => libraryOf(person).get(uri) !== undefined))
  })
})
