/** Saving, removing and finding things of some kinds in a person's library. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { LibraryApi, maxUris } from "../../contract/LibraryApi.ts"
import type { Kind, LibraryUri } from "../../Ids.ts"
import * as SpotifyClient from "../../SpotifyClient.ts"
import type { SpotifyError } from "../../SpotifyError.ts"
import * as AuthorizationBinding from "../call/AuthorizationBinding.ts"
import * as Operation from "../call/Operation.ts"
import * as Batch from "./Batch.ts"

// =============================================================================
// Model
// =============================================================================

export interface LibraryItems {
  readonly save: (items: ReadonlyArray<string>) => SpotifyClient.CallEffect<void>
  readonly remove: (items: ReadonlyArray<string>) => SpotifyClient.CallEffect<void>
  readonly contains: (items: ReadonlyArray<string>) => SpotifyClient.CallEffect<ReadonlyArray<boolean>>
}

// =============================================================================
// Constructors
// =============================================================================

/** Makes the operations on what `read` accepts; nothing is sent before all of it is read. */
export const make = (read: (item: string) => Result.Result<LibraryUri, SpotifyError>): LibraryItems => {
  const urisOf = (items: ReadonlyArray<string>) => Effect.forEach(items, (item) => Effect.fromResult(read(item)))

  return {
    save: (items) =>
      Effect.flatMap(
        urisOf(items),
        (uris) =>
          Batch.each(uris, maxUris, (part) =>
            SpotifyClient.call(LibraryApi, (library) =>
              library.save({ query: { uris: part } })))
      ).pipe(
        AuthorizationBinding.together
      ),
    remove: (items) =>
      Effect.flatMap(
        urisOf(items),
        (uris) =>
          Batch.each(uris, maxUris, (part) =>
            SpotifyClient.call(LibraryApi, (library) =>
              library.remove({ query: { uris: part } })))
      ).pipe(
        AuthorizationBinding.together
      ),
    contains: (items) =>
      Effect.flatMap(
        urisOf(items),
        (uris) =>
          Batch.rows(uris, maxUris, (part) =>
            SpotifyClient.call(LibraryApi, (library) =>
              library.contains({ query: { uris: part } })).pipe(
                Effect.flatMap((rows) =>
                  Batch.expectRows(Operation.nameOf(LibraryApi, "contains"), "", part.length, rows)
                )
              ))
      ).pipe(AuthorizationBinding.together)
  }
}

/** Makes the operations on one kind of thing, by ids, URIs or links. */
export const ofKind = <
  Id extends string,
  Name extends LibraryUri extends `spotify:${infer Name}:${string}` ? Name : never
>(
  kind: Kind<Id, Name>
): LibraryItems => make((item) => Result.map(kind.parse(item), kind.uri))
