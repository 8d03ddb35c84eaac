/**
 * Runs what is due of one account's tokens, and sleeps in between.
 *
 * **Details**
 *
 * Between two tasks there is neither a fiber nor a timer: a program may have a hundred thousand accounts, and all their
 * schedules wait in the one list of due times.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Clocks from "../../Clocks.ts"
import * as DueTimes from "./DueTimes.ts"
import type * as TokenState from "./TokenState.ts"

// =============================================================================
// Model
// =============================================================================

export type Due = Exclude<TokenState.Task, { readonly _tag: "Sleep" }>

/** The tasks of a schedule. */
export interface Tasks {
  /** Decides what to do at an instant that it reads from the clocks. */
  readonly next: () => readonly [task: TokenState.Task, now: Clocks.Instant]
  readonly run: (task: Due) => Effect.Effect<void>
  readonly context: Context.Context<never>
}

// =============================================================================
// Constructor
// =============================================================================

export class Schedule extends DueTimes.Alarm {
  readonly #dueTimes: DueTimes.DueTimes
  readonly #tasks: Tasks
  /** The fiber that runs tasks, while any are due. */
  #worker: Fiber.Fiber<void> | undefined
  #isStopped = false

  constructor(dueTimes: DueTimes.DueTimes, tasks: Tasks) {
    super()
    this.#dueTimes = dueTimes
    this.#tasks = tasks
  }

  override ring(): void {
    this.restart()
  }

  /** Runs what is due now, and gives up what it waited for. */
  restart(): void {
    if (this.#isStopped) return
    this.#dueTimes.clear(this)
    this.#worker?.interruptUnsafe()
    this.#worker = undefined
    const task = this.#nextDue()
    if (task === undefined) return
    const worker = Effect.runForkWith(this.#tasks.context)(this.#runFrom(task))
    if (worker.pollUnsafe() === undefined) this.#worker = worker
  }

  /** Starts no further task. */
  end(): void {
    this.#isStopped = true
    this.#dueTimes.clear(this)
  }

  stop(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.end()
      return this.#worker === undefined ? Effect.void : Fiber.interrupt(this.#worker)
    })
  }

  #runFrom(task: Due): Effect.Effect<void> {
    return Effect.andThen(
      this.#tasks.run(task),
      Effect.suspend(() => {
        const next = this.#nextDue()
        return next === undefined ? Effect.void : this.#runFrom(next)
      })
    )
  }

  /** Returns the task that is due now. Without one, sets the alarm for the time when one will be. */
  #nextDue(): Due | undefined {
    const [task, now] = this.#tasks.next()
    if (task._tag !== "Sleep") return task
    this.#worker = undefined
    this.#dueTimes.set(this, now.monotonic + task.millis)
    return undefined
  }
}
