/**
 * What the shell tells the program while it runs: Ctrl-C, and that nobody reads its output any more.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { ExitCode } from "./ExitCode.ts"
import { CommandFailed } from "./Failure.ts"

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
 * **Details**
 *
 * Fails, and says so, where the output cannot be written for another reason, such as a disk that is full.
 *
 * **Gotchas**
 *
 * The listener stays: lines that are still written would otherwise end the program with a stack trace.
 */
export const untilReaderLeaves: Effect.Effect<void, CommandFailed> = Effect.callback<void, CommandFailed>((resume) => {
  process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    resume(code === "EPIPE" ? Effect.void : Effect.fail(unwritten(message)))
  })
  // Nobody is left to tell.
  process.stderr.on("error", () => undefined)
}).pipe(Effect.tapError(({ message }) => Console.error(`spotify: ${message}`)))

const unwritten = (reason: string) =>
  new CommandFailed({ code: ExitCode.setup, issue: `The output could not be written: ${reason}. Write it elsewhere.` })
