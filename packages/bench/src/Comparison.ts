/**
 * Subjects against a baseline, each in a process of its own, taking turns: the baseline has one between each two of the
 * others, so that what else the machine does meets all alike.
 */
import * as Effect from "effect/Effect"
import { Bench } from "./Bench.ts"
import type { MeasurementFailed } from "./MeasurementFailed.ts"
import { bracketed } from "./Statistics.ts"
import type { Sample } from "./Subject.ts"
import * as Worker from "./Worker.ts"

export interface Options<Label extends string> {
  readonly baseline: Worker.Options
  readonly subjects: Readonly<Record<Label, Worker.Options>>
  /** Returns the compared value of a sample, such as its CPU time. */
  readonly of: (sample: Sample) => number
  /** How many runs each process makes before it is measured. Default: the effort's. */
  readonly warmUp?: number | undefined
  /** How many runs each process makes in a turn. Default: the effort's calls. */
  readonly times?: number | undefined
  /** The processes that collect all garbage before each turn: all, including the baseline, or those of these labels. Default: none. */
  readonly collecting?: "all" | ReadonlyArray<Label> | undefined
}

export interface Comparison<Label extends string> {
  /** The cost of one run of the baseline, sample by sample. */
  readonly baseline: ReadonlyArray<number>
  /** The cost of one run as a ratio to the baseline, sample by sample; those of one turn have the same index. */
  readonly ratios: Readonly<Record<Label, ReadonlyArray<number>>>
}

export const compare = Effect.fnUntraced(function*<Label extends string>(
  options: Options<Label>
): Effect.fn.Return<Comparison<Label>, MeasurementFailed, Bench> {
  const { effort } = yield* Bench
  const times = options.times ?? effort.calls
  const labels = labelsOf(options.subjects)
  const collects = (label: Label) => options.collecting === "all" || options.collecting?.includes(label) === true

  /** The samples of one set of processes. */
  const set = Effect.scoped(Effect.gen(function*() {
    const start = (options: Worker.Options, warmUp: number) =>
      Effect.tap(Worker.start(options), (worker) => worker.run(warmUp))
    const warmUp = options.warmUp ?? effort.warmUp
    const baseline = yield* start(options.baseline, warmUp)
    const workers = yield* Effect.forEach(
      labels,
      (label) => Effect.map(start(options.subjects[label], warmUp), (worker) => ({ label, worker })),
      // Nothing is measured yet.
      { concurrency: 2 }
    )
    const turn = (worker: Worker.Worker, collect: boolean) =>
      Effect.map(worker.run(times, { collect }), (sample) => options.of(sample) / times)
    const ofBaseline = turn(baseline, options.collecting === "all")

    const baselines = [yield* ofBaseline]
    const values: Array<number> = []
    for (let round = 0; round < effort.rounds; round++) {
      for (const { label, worker } of workers) {
        values.push(yield* turn(worker, collects(label)))
        baselines.push(yield* ofBaseline)
      }
    }
    return { baselines, ratios: bracketed(baselines, values) }
  }))

  const sets = yield* Effect.forEach(Array.from({ length: effort.processes }), () => set)
  const ratiosOf = (place: number) => sets.flatMap(({ ratios }) => ratios.filter((_, i) => i % labels.length === place))
  return {
    baseline: sets.flatMap(({ baselines }) => baselines),
    ratios: record(labels, (_, place) => ratiosOf(place))
  }
})

/** CPU time of a turn, in µs. */
export const cpu = (sample: Sample): number => sample.cpu

const labelsOf = <Label extends string>(subjects: Readonly<Record<Label, unknown>>): ReadonlyArray<Label> =>
  // The keys of this object are of this type.
  Object.keys(subjects) as Array<Label>

const record = <Label extends string, A>(
  labels: ReadonlyArray<Label>,
  of: (label: Label, place: number) => A
): Readonly<Record<Label, A>> =>
  // The entries have these keys.
  Object.fromEntries(labels.map((label, place) => [label, of(label, place)])) as Record<Label, A>
