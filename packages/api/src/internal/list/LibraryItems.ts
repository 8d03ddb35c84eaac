/** Saving, removing and finding things of some kinds in a person's library. */
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import { LibraryApi, maxUris } from "../../contract/LibraryApi.ts"
import type { LibraryUri } from "../../Ids.ts"
import * as SpotifyClient from "../../SpotifyClient.ts"
import type { SpotifyError } from "../../SpotifyError.ts"
import * as AuthorizationBinding from "../call/AuthorizationBinding.ts"
import * as Operation from "../call/Operation.ts"
import * as Batch from "./Batch.ts"

// =============================================================================
// Reading
// =============================================================================

/** Reads what names an item: a URI, a link or an id. */
export type Read = (item: string) => Result.Result<LibraryUri, SpotifyError>

// =============================================================================
// Operations
// =============================================================================

// Functions, and not an object of them that each section makes: a bundle leaves out those that its program does not call.

/** Saves or follows items. */
export const save = (read: Read, items: ReadonlyArray<string>): SpotifyClient.CallEffect<void> =>
  change("save", read, items)

/** Removes or unfollows items. */
export const remove = (read: Read, items: ReadonlyArray<string>): SpotifyClient.CallEffect<void> =>
  change("remove", read, items)

/** Sends nothing before all items have been read. */
const change = (
  operation: "save" | "remove",
  read: Read,
  items: ReadonlyArray<string>
): SpotifyClient.CallEffect<void> =>
  Effect.flatMap(
    Batch.parseAll(read, items),
    (uris) =>
      Batch.each(uris, maxUris, (part) =>
        SpotifyClient.call(LibraryApi, (library) =>
          library[operation]({ query: { uris: part } })))
  ).pipe(AuthorizationBinding.together)

/** Reports for each item whether it is saved or followed, in their order. */
export const contains = (
  read: Read,
  items: ReadonlyArray<string>
): SpotifyClient.CallEffect<ReadonlyArray<boolean>> =>
  Effect.flatMap(
    Batch.parseAll(read, items),
    (uris) =>
      Batch.rows(uris, maxUris, (part) =>
        SpotifyClient.call(LibraryApi, (library) =>
          library.contains({ query: { uris: part } })).pipe(
            Effect.flatMap((rows) =>
              Batch.expectRows(Operation.nameOf(LibraryApi, "contains"), "", part.length, rows)
            )
          ))
  ).pipe(AuthorizationBinding.together)
