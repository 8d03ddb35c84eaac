/**
 * Handle of the process of one subject.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
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
  const { server } = yield* Bench
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
    answer: Sample
  })
  return { run: (times, options) => ask({ times, collect: options?.collect ?? false }) }
})

/** Options of a Node that counts allocated bytes: it collects garbage only when told to. */
export const countingBytes: ReadonlyArray<string> = [
  "--expose-gc",
  "--min-semi-space-size=128",
  "--max-semi-space-size=128"
]
