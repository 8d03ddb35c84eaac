/** Processes of a fleet: the program `token-fleet serve`, started by its environment. */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { createInterface } from "node:readline"

const program = join(import.meta.dirname, "../../src/main.ts")

export interface LogLine {
  readonly message: string
  readonly level: string
  readonly annotations: Readonly<Record<string, unknown>>
}

export interface FleetProcess {
  readonly child: ChildProcess
  /** The next line with a message; lines before it are left out. */
  readonly line: (message: string) => Effect.Effect<LogLine>
  /** The exit code, or the signal, once it has ended. */
  readonly ended: Effect.Effect<number | string>
}

/** Starts a process, which ends with the scope at the latest. */
export const start = Effect.fnUntraced(function*(environment: Readonly<Record<string, string>>) {
  const lines = yield* Queue.unbounded<LogLine>()
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [program, "serve"], {
        env: { PATH: process.env["PATH"], ...environment },
        stdio: ["ignore", "pipe", "inherit"]
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  createInterface({ input: child.stdout }).on("line", (text) => {
    Queue.offerUnsafe(lines, JSON.parse(text))
  })
  const ended = yield* Effect.cached(Effect.callback<number | string>((resume) => {
    const done = () => resume(Effect.succeed(child.exitCode ?? child.signalCode ?? ""))
    if (child.exitCode !== null || child.signalCode !== null) return done()
    child.on("exit", done)
  }))
  const line = (message: string): Effect.Effect<LogLine> =>
    Effect.repeat(Queue.take(lines), { until: (line) => line.message.includes(message) })
  return { child, ended, line } satisfies FleetProcess
})
