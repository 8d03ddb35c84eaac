/**
 * A script of package.json that takes flags or arguments.
 *
 * **Details**
 *
 * A wrong call gets a sentence and a line on how to see the help, not the help itself. A failure is told by its message,
 * without a stack trace. Both end with exit code 1. Published programs cannot import this, so they have presenters of
 * their own.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"

/** The end of a script that has said everything: it gets exit code 1, and nothing more is printed. */
export class Told extends Data.TaggedError("Told") {
  override readonly [Runtime.errorReported] = false
}

/** Puts on one line what the library spreads over several, and leaves out the value where the rest says it again. */
const sentence = (message: string): string =>
  message
    .replace(/\s*\n\s*Did you mean this\?\s*/, ". Did you mean: ")
    .replace(/: "[^"]*"\. Expected: (Path [^\n]*)$/, ": $1")
    .replaceAll(/\s*\n\s*/g, ", ")

const Presentation = Layer.merge(
  Layer.succeed(CliOutput.Presenter, {
    present: (event) =>
      event._tag === "InvalidInvocation"
        ? Console.error(
          [
            ...event.errors.map(({ message }) => sentence(message)),
            `Run 'npm run ${event.commandPath.join(" ")} -- --help' for what it takes.`
          ].join("\n")
        )
        : CliOutput.defaultPresenter.present(event)
  }),
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] })
)

/** Prints the message of a failure, unless the script or the presenter has told it. */
const tell = (error: { readonly message: string }): Effect.Effect<void> =>
  error instanceof Told || CliError.isCliError(error) ? Effect.void : Console.error(error.message)

/** Runs a command, whose name is that of the script, as the whole of a process. */
export const run = <Name extends string, Input, ContextInput, E extends { readonly message: string }>(
  command: Command.Command<Name, Input, ContextInput, E, NodeServices.NodeServices>
): void =>
  Command.run(command, { version: "0.1.0" }).pipe(
    Effect.tapError(tell),
    Effect.mapError(() => new Told()),
    Effect.provide(Layer.merge(Presentation, NodeServices.layer)),
    NodeRuntime.runMain
  )
