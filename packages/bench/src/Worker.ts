/**
 * Handle of the process of one subject.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Bench } from "./Bench.ts"
import type { MeasurementFailed } from "./MeasurementFailed.ts"
import * as Process from "./Process.ts"
import { Sample, type Setting } from "./Subject.ts"
import type { SubjectName } from "./subjects.ts"

export interface Worker {
  readonly run: (
    times: number,
    options?: { readonly collect?: boolean | undefined }
  ) => Effect.Effect<Sample, MeasurementFailed>
}

export interface Options {
  readonly subject: SubjectName
  readonly way?: string | undefined
  /** Default: 32. */
  readonly concurrency?: number | undefined
  readonly nodeOptions?: ReadonlyArray<string> | undefined
}

export const start = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<Worker, MeasurementFailed, Bench | Scope.Scope> {
  const { effort, server } = yield* Bench
  const setting: Setting = {
    origin: server.origin,
    concurrency: options.concurrency ?? 32,
    ...(options.way !== undefined && { way: options.way })
  }
  const { ask } = yield* Process.start({
    name: options.way === undefined ? options.subject : `${options.subject} (${options.way})`,
    file: join(import.meta.dirname, "workerProcess.ts"),
    args: [options.subject, JSON.stringify(setting)],
    nodeOptions: options.nodeOptions,
    env: effort.isQuick ? withCompileCache : undefined,
    answer: Sample
  })
  return { run: (times, options) => ask({ times, collect: options?.collect ?? false }) }
})

/** Halves the 0.6 s that a process takes to load its modules, which is most of a quick run. */
const withCompileCache = { NODE_COMPILE_CACHE: join(tmpdir(), "app-bench-compile-cache") }

/** Options of a Node that counts allocated bytes: it collects garbage only when told to. */
export const countingBytes: ReadonlyArray<string> = [
  "--expose-gc",
  "--min-semi-space-size=128",
  "--max-semi-space-size=128"
]
