/**
 * `spotify logout`: forgets an account's tokens on this machine.
 */
import * as TokenService from "@app/auth/TokenService"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Prompt from "effect/cli/Prompt"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import * as Effect from "effect/Effect"
import { ExitCode } from "../ExitCode.ts"
import { CommandFailed } from "../Failure.ts"
import * as Output from "../Output.ts"
import * as Question from "../Question.ts"
import * as Session from "../Session.ts"
import * as Settings from "../Settings.ts"
import * as Spotify from "../Spotify.ts"

const unasked = new CommandFailed({
  code: ExitCode.usage,
  issue: "Nobody can be asked here. Pass --yes to sign out."
})

/** Asks the person, where there is one. */
const confirm = Effect.fnUntraced(function*(account: string) {
  const { canPrompt } = yield* TerminalCapabilities
  return canPrompt
    ? yield* Question.ask(Prompt.Confirm({ message: `Forget the tokens of ${JSON.stringify(account)}?` }))
    : yield* unasked
})

const signOut = Effect.gen(function*() {
  const { account, sandbox } = yield* Spotify.root
  const tokens = yield* TokenService.TokenService
  yield* tokens.signOut
  if (!sandbox) {
    yield* Settings.update((settings) => ({
      ...settings,
      accounts: Object.fromEntries(Object.entries(settings.accounts).filter(([name]) => name !== account))
    }))
  }
  yield* Output.note("✓ You are signed out on this machine.")
}).pipe(Session.provide)

/** The command. */
export const logout = Command.make("logout", {
  yes: Flag.Boolean("yes").pipe(
    Flag.withAlias("y"),
    Flag.withoutNegation,
    Flag.withDescription("Do not ask"),
    Flag.withDefault(false)
  )
}, ({ yes }) =>
  Effect.gen(function*() {
    const { account } = yield* Spotify.root
    if (yes || (yield* confirm(account))) yield* signOut
  })).pipe(Command.withDescription("Forget an account's tokens on this machine."))
