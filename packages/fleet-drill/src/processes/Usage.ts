/** The memory and the time of this process. */
import * as Line from "../Line.ts"

export const now = (): Line.Usage => {
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  const { system, user } = process.cpuUsage()
  return { _tag: "Usage", rss, heap: heapUsed, cpuMillis: (system + user) / 1000 }
}

/** Tells them for each line of the input. */
export const tellWhenAsked = (): void => {
  process.stdin.on("data", () => Line.write(now()))
}
