/**
 * A subject of measurement, which is set up once in a process of its own and then run repeatedly.
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

export interface Subject {
  /** Runs the subject so many times, and returns what it has counted. */
  readonly run: (times: number) => Promise<Counts | void>
}

export type Counts = Readonly<Record<string, number>>

/** The settings of a subject's process. */
export const Setting = Schema.Struct({
  /** The server's. */
  origin: Schema.String,
  /** How many calls are under way at a time. */
  concurrency: Schema.Finite,
  /** The variant of a subject that has several. */
  way: Schema.optionalKey(Schema.String)
})

export type Setting = typeof Setting.Type

export type MakeSubject = (setting: Setting) => Effect.Effect<Subject, unknown, Scope.Scope>

/** The measurements of one turn. */
export const Sample = Schema.Struct({
  /** CPU time of the whole process, collector and compiler included, in µs. */
  cpu: Schema.Finite,
  /** In µs. */
  wall: Schema.Finite,
  /** Growth of the heap in bytes: what was allocated, if nothing was collected meanwhile. */
  allocated: Schema.Finite,
  counts: Schema.Record(Schema.String, Schema.Finite)
})

export type Sample = typeof Sample.Type

export const Question = Schema.Struct({
  times: Schema.Finite,
  /** True if all garbage is collected first. */
  collect: Schema.Boolean
})
