/**
 * Locks that all tabs and workers of an origin share (Web Locks).
 *
 * **Details**
 *
 * The browser gives a lock to one holder at a time, in the order in which they asked, and takes it back when a tab is
 * closed or crashes. It keeps a tab that holds one from being frozen.
 *
 * @see https://w3c.github.io/web-locks/
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as BrowserErrors from "./BrowserErrors.ts"

/** Takes the lock of a name until the scope closes. Fails with the name of the browser's error. */
export const take = (name: string): Effect.Effect<void, string, Scope.Scope> =>
  Effect.asVoid(
    Effect.acquireRelease(acquire(name), (release) => Effect.sync(release), { interruptible: true })
  )

const acquire = (name: string): Effect.Effect<() => void, string> =>
  Effect.callback((resume, signal) => {
    let release = () => {}
    const hold = () =>
      new Promise<void>((resolve) => {
        release = resolve
        resume(Effect.succeed(release))
      })
    // Where a browser has no locks, asking for one throws at once.
    const request = async () => navigator.locks.request(name, { signal }, hold)
    request().catch((cause: unknown) => resume(Effect.fail(BrowserErrors.nameOf(cause))))
    // The lock may have come in the same moment as the interruption.
    return Effect.sync(() => release())
  })
