/**
 * The contents of a person's library, as tests set and read them.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type { LibraryItem } from "../../LibraryItem.ts"
import { NotInCatalogue, SandboxError } from "../../SandboxError.ts"
import { CurrentSettings } from "../CurrentSettings.ts"
import { Library, type Saved } from "./Library.ts"
import { isKnown, parseUri } from "./LibraryUri.ts"

// =============================================================================
// Rules
// =============================================================================

const uriOf = (item: LibraryItem): string => {
  const text = typeof item === "string" ? item : item.uri
  return /^[0-9A-Za-z]{22}$/.test(text) ? `spotify:track:${text}` : text
}

/** Reads items into entries, the last first, since of one time a library shows the last given first. */
const entriesOf = (
  items: ReadonlyArray<LibraryItem>,
  now: number
): Result.Result<ReadonlyArray<Saved>, NotInCatalogue> => {
  const entries = items.map((item) => ({
    uri: uriOf(item),
    addedAt: typeof item === "string" ? now : item.addedAt.epochMilliseconds
  }))
  const unknown = entries.find(({ uri }) => parseUri(uri) === undefined || !isKnown(uri))
  return unknown === undefined
    ? Result.succeed(entries.toReversed())
    : Result.fail(new NotInCatalogue({ item: unknown.uri }))
}

// =============================================================================
// Service
// =============================================================================

/** The contents of libraries, where `person` is an id, and absent for the first of the settings' people. */
export class LibraryContents extends Context.Service<LibraryContents, {
  /** Replaces all that a person has saved and follows; the first item is shown first. */
  readonly set: (items: ReadonlyArray<LibraryItem>, person?: string) => Effect.Effect<void, SandboxError>
  /** Lists the URIs that a person has saved or follows: the newest first. */
  readonly get: (person?: string) => Effect.Effect<ReadonlyArray<string>, SandboxError>
}>()("@app/sandbox/LibraryContents") {}

// =============================================================================
// Constructor
// =============================================================================

const make = Effect.gen(function*() {
  const library = yield* Library
  const settings = yield* CurrentSettings

  return LibraryContents.of({
    set: Effect.fnUntraced(function*(items, person) {
      const { id } = yield* settings.findPerson(person)
      const entries = entriesOf(items, yield* Clock.currentTimeMillis)
      if (Result.isFailure(entries)) return yield* new SandboxError({ reason: entries.failure })
      yield* library.replace(id, entries.success)
    }),
    get: Effect.fnUntraced(function*(person) {
      const { id } = yield* settings.findPerson(person)
      return (yield* library.all(id)).map(({ uri }) => uri)
    })
  })
})

// =============================================================================
// Layers
// =============================================================================

/** Layer that uses the libraries and the people of the settings in force. */
export const layer: Layer.Layer<LibraryContents, never, CurrentSettings | Library> = Layer.effect(LibraryContents, make)
