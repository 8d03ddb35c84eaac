/**
 * What the shell tells the program while it runs: Ctrl-C, and that nobody reads its output any more.
 */
import * as Effect from "effect/Effect"
import { ExitCode } from "./ExitCode.ts"

/** The time after which a person wonders why Ctrl-C has not ended the program. */
const patience = 1000

const waiting = "\nWaiting for Spotify's answer, so that your sign-in is not lost. Press Ctrl-C again to end at once.\n"

/**
 * Watches for Ctrl-C while the scope lives.
 *
 * **Details**
 *
 * The first one interrupts the command, which waits for a token request in flight, because the answer may hold the only
 * refresh token. After a second this says so. The second one ends the program at once.
 */
export const watchInterrupts = Effect.acquireRelease(
  Effect.sync(() => {
    let notice: NodeJS.Timeout | undefined
    const onInterrupt = () => {
      if (notice !== undefined) process.exit(ExitCode.interrupted)
      notice = setTimeout(() => process.stderr.write(waiting), patience)
    }
    process.on("SIGINT", onInterrupt)
    return () => {
      clearTimeout(notice)
      process.off("SIGINT", onInterrupt)
    }
  }),
  (stop) => Effect.sync(stop)
)

/**
 * Waits until the reader of standard output has gone, as `head` does when it has seen enough.
 *
 * **Gotchas**
 *
 * The listener stays: lines that are still written would otherwise end the program with a stack trace.
 */
export const untilReaderLeaves: Effect.Effect<void> = Effect.callback((resume) => {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    resume(error.code === "EPIPE" ? Effect.void : Effect.die(error))
  })
  // Nobody is left to tell.
  process.stderr.on("error", () => undefined)
})
