/**
 * A child process that responds to one question at a time and ends with the scope it was started in.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { type ChildProcess, fork } from "node:child_process"
import { MeasurementFailed } from "./MeasurementFailed.ts"

export interface Process<A> {
  readonly ask: (question: Schema.JsonObject) => Effect.Effect<A, MeasurementFailed>
}

export const start = Effect.fnUntraced(function*<A>(options: {
  /** Its name in errors. */
  readonly name: string
  readonly file: string
  readonly args: ReadonlyArray<string>
  /** For Node itself, such as `--expose-gc`. */
  readonly nodeOptions?: ReadonlyArray<string> | undefined
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly answer: Schema.Codec<A, Schema.Json>
}): Effect.fn.Return<Process<A>, MeasurementFailed, Scope.Scope> {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      fork(options.file, options.args, {
        execArgv: [...options.nodeOptions ?? []],
        env: { ...process.env, ...options.env },
        // Its output is no response, but may explain why there is none.
        stdio: ["ignore", 2, 2, "ipc"]
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  const failed = (issue: string) => Effect.fail(new MeasurementFailed({ subject: options.name, issue }))
  const decode = Schema.decodeUnknownEffect(options.answer)
  const read = (answer: unknown) => Effect.catch(decode(answer), () => failed(`it answered ${JSON.stringify(answer)}`))
  yield* Effect.flatMap(next(child, failed), (ready) => ready === "ready" ? Effect.void : failed("it did not start"))
  return {
    ask: (question) => Effect.flatMap(next(child, failed, () => child.send(question)), read)
  }
})

/** Its next message, unless it ends before. */
const next = (
  child: ChildProcess,
  failed: (issue: string) => Effect.Effect<never, MeasurementFailed>,
  begin: () => unknown = () => undefined
): Effect.Effect<unknown, MeasurementFailed> =>
  Effect.callback((resume) => {
    const stop = () => {
      child.off("exit", ended)
      child.off("message", answered)
    }
    const ended = (code: number | null, signal: string | null) => {
      stop()
      resume(failed(`its process ended with ${signal ?? code}`))
    }
    const answered = (message: unknown) => {
      stop()
      resume(Effect.succeed(message))
    }
    child.once("exit", ended)
    child.once("message", answered)
    if (child.exitCode !== null || child.signalCode !== null) ended(child.exitCode, child.signalCode)
    else begin()
    return Effect.sync(stop)
  })
