/**
 * Lets the browser keep the files of the page, so that it opens without a network.
 */
import * as Effect from "effect/Effect"

const script = "/service-worker.js"

/** The one address that is ever run as a worker. `trusted-types` in the page's policy names this exception. */
const trusted = globalThis.trustedTypes?.createPolicy("service-worker", { createScriptURL: () => script })

/**
 * Registers the service worker.
 *
 * **Details**
 *
 * A browser that has none, or that keeps no data for the page, shows the same page; only not without a network.
 */
export const install: Effect.Effect<void> = Effect.tryPromise(() =>
  navigator.serviceWorker.register(trusted?.createScriptURL("") ?? script)
).pipe(
  Effect.catch(({ cause }) => Effect.logDebug("The page will not open without a network.", cause)),
  Effect.asVoid
)
