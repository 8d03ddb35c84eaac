/**
 * Token records in IndexedDB, shared by all tabs of an origin under one lock for each account.
 *
 * **When to use**
 *
 * Use in pages, below `BrowserTokenStore`, which says what happens where a browser has no Web Locks or keeps no data.
 *
 * **Details**
 *
 * A tab that refreshes a token holds its lock (Web Locks), so that five tabs send one request. The others wait, and find
 * the new token in the store. When a record has been written, they are told (BroadcastChannel) and look in the store,
 * without a request: a sign-in or a sign-out in one tab counts in all of them at once. A tab that is closed or crashes
 * loses its lock.
 *
 * **Gotchas**
 *
 * Whatever runs in the page can read the tokens, as with every storage of a browser. A Content Security Policy decides
 * what runs there.
 *
 * `localStorage` would not do: under the same lock, a tab may still read in it what was there before the last holder.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type * as AuthError from "../AuthError.ts"
import * as StoredName from "../internal/storage/StoredName.ts"
import * as StoreErrors from "../internal/storage/StoreErrors.ts"
import { type Slot, TokenStorage } from "../TokenStorage.ts"
import * as OtherTabs from "./internal/OtherTabs.ts"
import * as TextDatabase from "./internal/TextDatabase.ts"
import * as WebLock from "./internal/WebLock.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * The database of the records, and the limit of waiting for one.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The name of the database, and the beginning of the names of locks and of the channel. Default: `oauth`. */
  readonly database?: string | undefined
  /** The longest wait for another holder of a record. Default: 35 seconds, which is longer than a token request. */
  readonly lockTimeout?: Duration.Input | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * Creates a storage that lives as long as the scope.
 *
 * **Details**
 *
 * Fails with `StoreFailed` (`Unavailable`) where the browser has no Web Locks, as on a page that is neither https nor on
 * loopback, or where it keeps no data for the page, as when site data is switched off.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  options?: Options
): Effect.fn.Return<TokenStorage["Service"], AuthError.AuthError, Scope.Scope> {
  const database = options?.database ?? "oauth"
  const lockTimeout = Duration.fromInputUnsafe(options?.lockTimeout ?? "35 seconds")
  const tabs = yield* OtherTabs.make(database)

  /** Ends a wait after the limit: a browser may never answer. */
  const inTime = (operation: AuthError.StoreFailed["operation"], name: string) =>
    Effect.timeoutOrElse({
      duration: lockTimeout,
      orElse: () =>
        Effect.fail(StoreErrors.make(
          operation,
          "Locked",
          placeOf(name),
          `another tab has kept it for ${Duration.format(lockTimeout)}`
        ))
    })

  const open = (name: string): Effect.Effect<IDBDatabase, AuthError.AuthError, Scope.Scope> =>
    Effect.mapError(TextDatabase.open(database), explained("read", name))

  /** Takes the lock of a record and opens the database, within the time for both. */
  const begin = (name: string): Effect.Effect<IDBDatabase, AuthError.AuthError, Scope.Scope> =>
    Effect.mapError(WebLock.take(`${database} ${name}`), explained("lock", name)).pipe(
      Effect.andThen(open(name)),
      inTime("lock", name)
    )

  // A browser says only when asked whether it has what this needs.
  yield* Effect.scoped(begin(database))

  return TokenStorage.of({
    reach: "machine",
    modify: (key, use) => {
      const name = StoredName.textOf(key)
      let isWritten = false
      const onWritten = () => {
        isWritten = true
      }
      return Effect.scopedWith((scope) =>
        Effect.flatMap(Scope.provide(begin(name), scope), (database) => use(slotOf(database, name, onWritten)))
      ).pipe(
        // Only now can the others take the lock.
        Effect.ensuring(Effect.suspend(() => isWritten ? tabs.tell(name) : Effect.void))
      )
    },
    peek: (key) => {
      const name = StoredName.textOf(key)
      return Effect.scoped(Effect.flatMap(open(name), (opened) => readText(opened, name))).pipe(
        inTime("read", name),
        Effect.map((text) => ({ place: placeOf(name), text: Option.fromUndefinedOr(text) }))
      )
    },
    watch: (key, onChange) => tabs.watch(StoredName.textOf(key), onChange)
  })
})

const readText = (database: IDBDatabase, name: string): Effect.Effect<string | undefined, AuthError.AuthError> =>
  Effect.mapError(TextDatabase.read(database, name), explained("read", name)).pipe(
    Effect.filterOrFail(
      (text) => text === undefined || text.length <= StoreErrors.sizeLimit,
      () => StoreErrors.tooLarge("read", placeOf(name))
    )
  )

const slotOf = (database: IDBDatabase, name: string, onWritten: () => void): Slot => {
  const place = placeOf(name)
  let known: { readonly text: string | undefined } | undefined
  const read = Effect.tap(readText(database, name), (text) =>
    Effect.sync(() => {
      known = { text }
    }))
  return {
    place,
    read: Effect.map(read, Option.fromUndefinedOr),
    write: Effect.fnUntraced(function*(text): Effect.fn.Return<void, AuthError.AuthError> {
      if (text.length > StoreErrors.sizeLimit) return yield* StoreErrors.tooLarge("write", place)
      const expected = known === undefined ? yield* read : known.text
      const isReplaced = yield* Effect.mapError(
        TextDatabase.replace(database, { name, expected, text }),
        explained("write", name)
      )
      if (!isReplaced) return yield* StoreErrors.conflict(place)
      known = { text }
      onWritten()
    })
  }
}

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that keeps records in IndexedDB.
 *
 * **Details**
 *
 * Its errors are those of `make`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: Options): Layer.Layer<TokenStorage, AuthError.AuthError> =>
  Layer.effect(TokenStorage, make(options))

// =============================================================================
// Errors
// =============================================================================

const placeOf = (name: string): string => `${name} in IndexedDB`

const explained =
  (operation: AuthError.StoreFailed["operation"], name: string) => (error: string): AuthError.AuthError =>
    StoreErrors.make(operation, "Unavailable", placeOf(name), issueOf(error))

/** Explains the name of a browser's error, and says what to do. */
const issueOf = (error: string): string => {
  switch (error) {
    case "TypeError":
    case "ReferenceError":
      return "this browser has no Web Locks or no IndexedDB for this page. Serve the page over https, or from 127.0.0.1, and use a current browser"
    case "QuotaExceededError":
      return "the browser has no room left for this page (QuotaExceededError)"
    default:
      return `the browser keeps no data for this page (${error}). Allow it cookies and site data`
  }
}
