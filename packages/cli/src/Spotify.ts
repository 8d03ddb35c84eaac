/**
 * The root of the command tree, with the flags that every command takes.
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Config from "effect/Config"

/** The account of whoever names none. */
export const defaultAccount = "default"

/** The flags before or after every command; `yield* Spotify.root` reads them. */
const shared = {
  account: Flag.String("account").pipe(
    Flag.withAlias("a"),
    Flag.withMetavar("NAME"),
    Flag.withDescription("Which account (or SPOTIFY_ACCOUNT)"),
    Flag.withFallbackConfig(Config.String("SPOTIFY_ACCOUNT")),
    Flag.withDefault(defaultAccount),
    Flag.filter((name) => name.trim() !== "", () => "a name that is not empty")
  ),
  sandbox: Flag.Boolean("sandbox").pipe(
    Flag.withoutNegation,
    Flag.withDescription("A made-up Spotify on this machine"),
    Flag.withDefault(false)
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withoutNegation,
    Flag.withDescription("JSON for programs"),
    Flag.withDefault(false)
  )
}

/** The command `spotify` without its subcommands. */
export const root = Command.make("spotify").pipe(
  Command.withDescription("Your Spotify account from a terminal."),
  Command.withSharedFlags(shared)
)
