/**
 * News between the tabs of an origin: which record has been written, and nothing of what is in it.
 *
 * **Details**
 *
 * A tab that was hidden, frozen or kept for the back button may have missed some, so that being shown counts as news, too.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import * as Channel from "./Channel.ts"

export interface OtherTabs {
  /** Tells all other tabs that what has this name has changed. */
  readonly tell: (name: string) => Effect.Effect<void>
  /** Runs `onChange` when another tab tells of this name, or when this tab is shown again. */
  readonly watch: (name: string, onChange: Effect.Effect<void>) => Effect.Effect<void, never, Scope.Scope>
}

/** Joins the channel of a name, until the scope closes. Without BroadcastChannel nothing is told. */
export const make = Effect.fnUntraced(function*(channelName: string): Effect.fn.Return<OtherTabs, never, Scope.Scope> {
  const watchers = new Set<Watcher>()
  const channel = yield* join(channelName)
  const runAll = (isMeant: (watcher: Watcher) => boolean) => {
    for (const watcher of watchers) if (isMeant(watcher)) watcher.run()
  }
  channel?.addEventListener(
    "message",
    ({ data }) => runAll(({ name }) => Predicate.isObject(data) && data["name"] === name)
  )
  yield* listen("document", "visibilitychange", () => {
    if (document.visibilityState === "visible") runAll(() => true)
  })
  yield* listen("document", "resume", () => runAll(() => true))
  yield* listen("window", "pageshow", () => runAll(() => true))

  return {
    tell: (name) => Effect.sync(() => channel?.postMessage({ name })),
    watch: Effect.fnUntraced(function*(name, onChange) {
      const run = Effect.runForkWith(yield* Effect.context<never>())
      const watcher: Watcher = { name, run: () => run(onChange) }
      yield* Effect.acquireRelease(
        Effect.sync(() => watchers.add(watcher)),
        () => Effect.sync(() => watchers.delete(watcher))
      )
    })
  }
})

interface Watcher {
  readonly name: string
  readonly run: () => void
}

const join = (name: string): Effect.Effect<BroadcastChannel | undefined, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => Channel.open(name)),
    (channel) => Effect.sync(() => channel?.close())
  )

const listen = (
  target: "document" | "window",
  event: string,
  listener: () => void
): Effect.Effect<void, never, Scope.Scope> => {
  // A worker has neither.
  const subject: EventTarget | undefined = target === "document" ? globalThis.document : globalThis.window
  return Effect.acquireRelease(
    Effect.sync(() => subject?.addEventListener(event, listener)),
    () => Effect.sync(() => subject?.removeEventListener(event, listener))
  )
}
