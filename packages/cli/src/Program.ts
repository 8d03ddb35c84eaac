/**
 * The whole command line: the tree of commands, and what wraps every run of one.
 */
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Terminal from "effect/Terminal"
import { accounts } from "./commands/Accounts.ts"
import { completion } from "./commands/Completion.ts"
import { login } from "./commands/Login.ts"
import { logout } from "./commands/Logout.ts"
import { me } from "./commands/Me.ts"
import { saved } from "./commands/Saved.ts"
import { search } from "./commands/Search.ts"
import { status } from "./commands/Status.ts"
import { token } from "./commands/Token.ts"
import { top } from "./commands/Top.ts"
import { track } from "./commands/Track.ts"
import * as Failure from "./Failure.ts"
import * as Output from "./Output.ts"
import * as Spotify from "./Spotify.ts"
import * as Text from "./Text.ts"

const tree = Spotify.root.pipe(
  Command.withSubcommands([
    { group: "Account", commands: [login, logout, status, accounts, token, me] },
    { group: "Music", commands: [track, saved, top, search] },
    { group: "Shell", commands: [completion((): Command.Command.Any => tree)] }
  ]),
  Command.withExamples([
    { command: "spotify --sandbox top", description: "Look around without an account" },
    { command: "spotify login", description: "Sign in" }
  ])
)

/** A wrong call gets a sentence and where to read on, not the whole help. */
const Presenter = Layer.effect(
  CliOutput.Presenter,
  Effect.map(Effect.context<Output.Place>(), (place) => ({
    present: (event: CliOutput.Presenter.Event) =>
      event._tag === "InvalidInvocation"
        ? Effect.provide(
          Output.note(
            [
              ...event.errors.map(({ message }) => `spotify: ${sentence(message)}`),
              `Run '${event.commandPath.join(" ")} --help' for what it takes.`
            ].join("\n")
          ),
          place
        )
        : CliOutput.defaultPresenter.present(event)
  }))
)

const sentence = (message: string): string =>
  Text.sanitize(message.replace(/\s*\n\s*Did you mean this\?\s*/, ". Did you mean: ")).replaceAll(/ {2,}/g, ", ").trim()

/** Help that fits the terminal: by itself a formatter leaves it to the terminal to break lines, which does so anywhere. */
const Formatter = Layer.unwrap(Effect.gen(function*() {
  const { canColor } = yield* TerminalCapabilities.TerminalCapabilities
  const terminal = yield* Terminal.Terminal
  const width = yield* terminal.columns
  const formatter = CliOutput.defaultFormatter({ colors: canColor, globalFlags: "none" })
  return CliOutput.layer({
    ...formatter,
    formatHelpDoc: (doc) => width > 0 ? Text.flow(formatter.formatHelpDoc(doc), width) : formatter.formatHelpDoc(doc)
  })
}))

const Presentation = Layer.mergeAll(
  Presenter,
  Formatter,
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] })
).pipe(Layer.provideMerge(TerminalCapabilities.layer))

/**
 * Runs a command line, and says on standard error in one sentence why it failed.
 *
 * **Details**
 *
 * The failure goes on, for the exit code: see `Failure.fromExit`.
 */
export const run = (args: ReadonlyArray<string>, version: string) =>
  Command.runWith(tree, { version })(args).pipe(
    Effect.onExit((exit) => {
      const said = Failure.fromExit(exit)?.sentence
      return said === undefined ? Effect.void : Output.note(`spotify: ${said}`)
    }),
    Effect.provide(Presentation),
    // The libraries log for developers; the person gets the sentence.
    Effect.provideService(References.MinimumLogLevel, "None")
  )
