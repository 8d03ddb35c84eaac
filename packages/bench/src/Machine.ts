/**
 * Where figures come from: without it they say nothing to anybody else.
 */
import { execFileSync } from "node:child_process"
import { availableParallelism, cpus, loadavg, platform, totalmem } from "node:os"

export interface Machine {
  readonly commit: string
  /** True if files differed from the commit. */
  readonly isDirty: boolean
  readonly date: string
  readonly node: string
  readonly platform: string
  readonly processor: string
  readonly cores: number
  readonly memoryInGiB: number
  /** Processes that ran or wanted to, over the minute before: with more than a few tenths, others were at work. */
  readonly load: number
}

const git = (...args: ReadonlyArray<string>): string => {
  try {
    return execFileSync("git", args, { cwd: import.meta.dirname, encoding: "utf8" }).trim()
  } catch {
    return ""
  }
}

export const describe = (): Machine => ({
  commit: git("rev-parse", "--short", "HEAD") || "unknown",
  isDirty: git("status", "--porcelain") !== "",
  date: new Date().toISOString(),
  node: process.version,
  platform: `${platform()} ${process.arch}`,
  processor: cpus()[0]?.model.trim() ?? "unknown",
  cores: availableParallelism(),
  memoryInGiB: Math.round(totalmem() / 2 ** 30),
  load: Math.round((loadavg()[0] ?? 0) * 10) / 10
})

export const line = (machine: Machine): string =>
  `commit ${machine.commit}${machine.isDirty ? " with changes" : ""}, Node ${machine.node}, ${machine.platform}, `
  + `${machine.cores} × ${machine.processor}, ${machine.memoryInGiB} GiB, load ${machine.load}, ${machine.date}`
