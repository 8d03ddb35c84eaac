/**
 * `spotify completion`: completion of commands and flags in a shell.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Completions from "effect/cli/Completions"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

const shells: ReadonlyArray<Completions.Shell> = ["bash", "zsh", "fish", "powershell"]

/** Makes the command for a tree, which is a function because the tree holds the command itself. */
export const completion = (tree: () => Command.Command.Any) =>
  Command.make("completion", {
    shell: Argument.Literals("shell", shells).pipe(Argument.withDescription("The shell that reads the script"))
  }, ({ shell }) =>
    Effect.suspend(() =>
      Console.log(
        // The comment on top of the script names a flag of Effect's in place of this command.
        Completions.generate("spotify", shell, Completions.fromCommand(tree()))
          .replaceAll("spotify --completions ", "spotify completion ")
      )
    )).pipe(
      Command.withDescription("Completion of commands and flags for your shell."),
      Command.withExamples([
        { command: "source <(spotify completion bash)", description: "In ~/.bashrc" }
      ])
    )
