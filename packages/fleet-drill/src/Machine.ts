/**
 * Where figures come from: without it they say nothing to anybody else.
 */
import { availableParallelism, cpus, loadavg, totalmem } from "node:os"

export interface Machine {
  readonly date: string
  readonly node: string
  readonly processor: string
  readonly cores: number
  readonly memoryInGiB: number
  /** Processes that ran or wanted to, over the minute before: with more than a few tenths, others were at work. */
  readonly load: number
}

export const describe = (): Machine => ({
  date: new Date().toISOString(),
  node: process.version,
  processor: cpus()[0]?.model.trim() ?? "unknown",
  cores: availableParallelism(),
  memoryInGiB: Math.round(totalmem() / 2 ** 30),
  load: Math.round((loadavg()[0] ?? 0) * 10) / 10
})

export const line = (machine: Machine): string =>
  `Node ${machine.node}, ${machine.cores} × ${machine.processor}, ${machine.memoryInGiB} GiB, load ${machine.load}, `
  + machine.date
