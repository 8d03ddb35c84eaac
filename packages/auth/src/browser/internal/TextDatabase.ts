/**
 * Texts by name in IndexedDB.
 *
 * **Details**
 *
 * A transaction of IndexedDB reads what the last one in any tab has written. `localStorage` does not promise that: each
 * process of a browser has a copy of it, and a tab that has just been given a lock may read what was there before.
 *
 * Everything fails with the name of the browser's error.
 *
 * @see https://w3c.github.io/IndexedDB/
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import * as BrowserErrors from "./BrowserErrors.ts"

const table = "texts"

/** Opens a database, and makes it where there is none, until the scope closes. */
export const open = (name: string): Effect.Effect<IDBDatabase, string, Scope.Scope> =>
  Effect.acquireRelease(connect(name), (database) => Effect.sync(() => database.close()), { interruptible: true })

const connect = (name: string): Effect.Effect<IDBDatabase, string> =>
  Effect.suspend(() => {
    let request: IDBOpenDBRequest | undefined
    return attempt<IDBDatabase>((resolve, reject) => {
      const opening = request = indexedDB.open(name, 1)
      opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore(table))
      opening.addEventListener("success", () => resolve(opening.result))
      opening.addEventListener("error", () => reject(opening.error))
    }).pipe(Effect.onInterrupt(() => Effect.sync(() => closeWhenOpen(request))))
  })

/** Closes a database that nobody waits for any more: a request to open one cannot be taken back. */
const closeWhenOpen = (request: IDBOpenDBRequest | undefined): void => {
  if (request?.readyState === "pending") request.addEventListener("success", () => request.result.close())
  else if (request?.error === null) request.result.close()
}

/** Reads the text of a name; undefined when there is none. */
export const read = (database: IDBDatabase, name: string): Effect.Effect<string | undefined, string> =>
  attempt((resolve, reject) => {
    const request = database.transaction(table).objectStore(table).get(name)
    request.addEventListener("success", () => resolve(textOf(request)))
    request.addEventListener("error", () => reject(request.error))
  })

/** Replaces the text of a name, if it is the expected one, and returns whether it was. The new text is on the disk then. */
export const replace = (
  database: IDBDatabase,
  { expected, name, text }: { readonly name: string; readonly expected: string | undefined; readonly text: string }
): Effect.Effect<boolean, string> =>
  attempt((resolve, reject) => {
    const transaction = database.transaction(table, "readwrite", { durability: "strict" })
    const store = transaction.objectStore(table)
    const request = store.get(name)
    let isExpected = false
    request.addEventListener("success", () => {
      isExpected = textOf(request) === expected
      if (isExpected) store.put(text, name)
    })
    transaction.addEventListener("complete", () => resolve(isExpected))
    transaction.addEventListener("abort", () => reject(transaction.error))
  })

const textOf = ({ result }: IDBRequest<unknown>): string | undefined => Predicate.isString(result) ? result : undefined

/** Runs what calls back, or throws at once. A transaction ends by itself once nothing more is asked of it. */
const attempt = <A>(
  run: (resolve: (value: A) => void, reject: (cause: unknown) => void) => void
): Effect.Effect<A, string> =>
  Effect.tryPromise({
    try: () => new Promise<A>(run),
    catch: BrowserErrors.nameOf
  })
