/**
 * The process that `Worker` starts: `node workerProcess.ts SUBJECT SETTING`. It loads nothing but that subject.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import { collectGarbage } from "./Heap.ts"
import { Question, type Sample, Setting, type Subject } from "./Subject.ts"
import { isSubjectName, subjects } from "./subjects.ts"

const measured = async (subject: Subject, { collect, times }: typeof Question.Type): Promise<Sample> => {
  if (collect) {
    await collectGarbage()
    // Connections, and whatever else the collector has taken along, are made again before it counts.
    await subject.run(Math.min(times, 64))
  }
  const heap = process.memoryUsage().heapUsed
  const cpu = process.cpuUsage()
  const wall = performance.now()
  const counts = await subject.run(times)
  const took = performance.now() - wall
  const { system, user } = process.cpuUsage(cpu)
  const allocated = process.memoryUsage().heapUsed - heap
  return { cpu: system + user, wall: took * 1000, allocated, counts: counts ?? {} }
}

const serve = Effect.gen(function*() {
  const [name = "", setting = ""] = process.argv.slice(2)
  if (!isSubjectName(name)) return yield* Effect.die(`There is no subject ${name}`)
  const make = yield* Effect.promise(subjects[name])
  const subject = yield* make(yield* Schema.decodeEffect(Schema.fromJsonString(Setting))(setting))
  const questions = yield* Queue.unbounded<unknown>()
  process.on("message", (question) => {
    Queue.offerUnsafe(questions, question)
  })
  process.send?.("ready")
  while (true) {
    const question = yield* Schema.decodeUnknownEffect(Question)(yield* Queue.take(questions))
    const sample = yield* Effect.promise(() => measured(subject, question))
    process.send?.(sample)
  }
})

process.on("disconnect", () => process.exit())
await Effect.runPromise(Effect.scoped(serve))
