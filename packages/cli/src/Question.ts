/**
 * Questions to the person at the terminal.
 */
import * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as Terminal from "effect/Terminal"

const leaveLine = Effect.flatMap(Terminal.Terminal, ({ display }) => Effect.ignore(display("\u001b[J\n")))

/** Asks, and leaves the line of a question that Ctrl-C has ended, so that the shell does not go on within it. */
export const ask = <A>(prompt: Prompt.Prompt<A>) => Prompt.run(prompt).pipe(Effect.tapError(() => leaveLine))
