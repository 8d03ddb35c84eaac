/**
 * A child process that writes lines, and can be stopped, continued, ended and killed.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { DrillFailed } from "./DrillFailed.ts"
import * as Line from "./Line.ts"
import * as ProcessSettings from "./ProcessSettings.ts"

export interface Child {
  readonly ready: Effect.Effect<Extract<Line.Line, { readonly _tag: "Ready" }>, DrillFailed>
  /** Its memory, and the time that it has had on the processor. */
  readonly usage: Effect.Effect<Line.Usage>
  readonly send: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** Waits until it has ended and all of its lines have been read. */
  readonly ended: Effect.Effect<void>
}

export interface Options {
  readonly file: string
  readonly settings: Schema.Json
  readonly onLine?: (line: Line.Line) => void
  /** Whether its log is shown. */
  readonly isVerbose?: boolean | undefined
}

/** Starts a process, which is killed with the scope. */
export const start = ({ file, isVerbose, onLine, settings }: Options): Effect.Effect<Child, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, ["--expose-gc", file], {
        env: { ...process.env, [ProcessSettings.variable]: JSON.stringify(settings) },
        stdio: ["pipe", "pipe", isVerbose === true ? "inherit" : "ignore"]
      })
      // One that was killed takes no more input.
      child.stdin.on("error", () => undefined)
      const ready = Deferred.makeUnsafe<Extract<Line.Line, { readonly _tag: "Ready" }>, DrillFailed>()
      const ended = Deferred.makeUnsafe<void>()
      let usage = Deferred.makeUnsafe<Line.Usage>()
      createInterface(child.stdout)
        .on("line", (text) => {
          const line = Option.getOrUndefined(Line.decode(text))
          if (line?._tag === "Ready") Deferred.doneUnsafe(ready, Effect.succeed(line))
          if (line?._tag === "Usage") Deferred.doneUnsafe(usage, Effect.succeed(line))
          if (line !== undefined) onLine?.(line)
          // Its log goes the same way.
          else if (isVerbose === true) process.stderr.write(`${text}\n`)
        })
        .on("close", () => {
          Deferred.doneUnsafe(ready, Effect.fail(new DrillFailed({ issue: `${file} ended before it was ready` })))
          Deferred.doneUnsafe(ended, Effect.void)
        })
      return {
        ready: Deferred.await(ready),
        ended: Deferred.await(ended),
        send: (signal: NodeJS.Signals) => Effect.sync(() => void child.kill(signal)),
        usage: Effect.suspend(() => {
          usage = Deferred.makeUnsafe<Line.Usage>()
          child.stdin.write("\n")
          return Deferred.await(usage)
        })
      }
    }),
    ({ ended, send }) => Effect.andThen(send("SIGKILL"), ended)
  )
