/**
 * The workers of a drill. One that dies is replaced, and what it had claimed is remembered.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Child from "./Child.ts"
import type { DrillFailed } from "./DrillFailed.ts"
import type * as Line from "./Line.ts"

/** A worker, and the accounts that it has claimed and not written yet, with how often. */
export interface Worker {
  readonly child: Child.Child
  readonly claims: Map<string, number>
  readonly scope: Scope.Closeable
  isSuspended: boolean
}

export interface Workers {
  /** A worker that runs, drawn by a number from 0 to 1; undefined where all are suspended. */
  readonly any: (random: number) => Worker | undefined
  /** Ends a worker by a signal, starts another, and returns the accounts that the first one held. */
  readonly replace: (worker: Worker, signal: "SIGKILL" | "SIGTERM") => Effect.Effect<ReadonlyArray<string>, DrillFailed>
  readonly all: () => ReadonlyArray<Worker>
}

const onLine = (claims: Map<string, number>) => (line: Line.Line): void => {
  if (line._tag === "Claimed") {
    for (const account of line.accounts) claims.set(account, (claims.get(account) ?? 0) + 1)
  }
  if (line._tag === "Written") {
    const left = (claims.get(line.account) ?? 0) - 1
    if (left > 0) claims.set(line.account, left)
    else claims.delete(line.account)
  }
}

export const make = Effect.fnUntraced(function*(
  options: Omit<Child.Options, "onLine">,
  count: number
): Effect.fn.Return<Workers, DrillFailed, Scope.Scope> {
  const outer = yield* Scope.Scope
  const begin = Effect.gen(function*() {
    const claims = new Map<string, number>()
    const scope = yield* Scope.fork(outer)
    const child = yield* Scope.provide(Child.start({ ...options, onLine: onLine(claims) }), scope)
    return { child, claims, scope, isSuspended: false } satisfies Worker
  })
  const workers: Array<Worker> = yield* Effect.forEach(Array.from({ length: count }), () => begin, {
    concurrency: "unbounded"
  })
  yield* Effect.forEach(workers, ({ child }) => child.ready, { discard: true })
  return {
    all: () => workers,
    any: (random) => {
      const running = workers.filter(({ isSuspended }) => !isSuspended)
      return running[Math.floor(random * running.length)]
    },
    replace: (worker, signal) =>
      Effect.gen(function*() {
        yield* worker.child.send(signal)
        yield* worker.child.ended
        const held = [...worker.claims.keys()]
        yield* Scope.close(worker.scope, Exit.void)
        // One that is started while the database is away ends again, as in production.
        const successor = yield* begin
        workers.splice(workers.indexOf(worker), 1, successor)
        return held
      })
  }
})
