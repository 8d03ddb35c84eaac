/**
 * Failures of commands, each with an exit code and one sentence that says what to do.
 *
 * **Details**
 *
 * The libraries' messages speak to developers; where the person at the terminal can act, the sentence here speaks to them.
 */
import { SpotifyError } from "@app/api/SpotifyError"
import { AuthError } from "@app/auth/AuthError"
import * as Cause from "effect/Cause"
import * as CliError from "effect/cli/CliError"
import * as DateTime from "effect/DateTime"
import * as Exit from "effect/Exit"
import * as PlatformError from "effect/PlatformError"
import * as Schema from "effect/Schema"
import { ExitCode } from "./ExitCode.ts"
import * as Text from "./Text.ts"

// =============================================================================
// Model
// =============================================================================

/** A failure that the program finds by itself. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>("@app/cli/CommandFailed")("CommandFailed", {
  code: Schema.Literals(Object.values(ExitCode)),
  issue: Schema.String
}) {
  override get message(): string {
    return this.issue
  }
}

/** A failure as the person and the shell see it. Without a sentence everything has been said. */
export interface Failure {
  readonly code: ExitCode
  readonly sentence?: string | undefined
}

// =============================================================================
// Reasons
// =============================================================================

const authCodes: Readonly<Record<AuthError["reason"]["_tag"], ExitCode>> = {
  ReauthorizationRequired: ExitCode.signIn,
  AuthorizationChanged: ExitCode.signIn,
  AuthorizationDenied: ExitCode.signIn,
  StateMismatch: ExitCode.signIn,
  SignInFailed: ExitCode.setup,
  TokenRequestFailed: ExitCode.unavailable,
  MalformedTokenResponse: ExitCode.unavailable,
  DiscoveryFailed: ExitCode.unavailable,
  InvalidClient: ExitCode.setup,
  TokenRequestRejected: ExitCode.setup,
  InvalidConfiguration: ExitCode.setup,
  StoreFailed: ExitCode.setup
}

const spotifyCodes: Readonly<Record<SpotifyError["reason"]["_tag"], ExitCode>> = {
  Unauthorized: ExitCode.signIn,
  Forbidden: ExitCode.refused,
  NotFound: ExitCode.notFound,
  BadRequest: ExitCode.usage,
  RateLimited: ExitCode.later,
  QuotaExceeded: ExitCode.later,
  ServiceUnavailable: ExitCode.unavailable,
  Timeout: ExitCode.unavailable,
  Transport: ExitCode.unavailable,
  UnexpectedResponse: ExitCode.unavailable,
  InvalidArgument: ExitCode.usage,
  InvalidConfiguration: ExitCode.setup
}

const ofAuth = ({ reason }: AuthError, account: string | undefined): Failure => {
  const code = authCodes[reason._tag]
  switch (reason._tag) {
    case "ReauthorizationRequired":
      return {
        code,
        sentence: account !== undefined && reason.kind === "NoRefreshToken"
          ? `Nobody is signed in as ${JSON.stringify(account)}. Run ${
            login(account)
          }, or \`spotify accounts\` for the names.`
          : `${signedOut[reason.kind]} Run ${login(account)}${
            reason.kind === "InsufficientScope" ? " and agree to it" : ""
          }.`
      }
    case "AuthorizationChanged":
      return { code, sentence: "Someone else has signed in meanwhile. Run the command again." }
    case "SignInFailed":
      return reason.kind === "PortTaken"
        ? { code, sentence: `${reason.message} Name the other one with --redirect-uri.` }
        : { code: reason.kind === "TimedOut" ? ExitCode.signIn : code, sentence: reason.message }
    default:
      return { code, sentence: reason.message }
  }
}

const signedOut = {
  Expired: "Your sign-in has reached its end.",
  Revoked: "Spotify no longer accepts your sign-in.",
  AnswerLost: "Your sign-in was lost with an answer of Spotify's.",
  SignedOut: "You are signed out.",
  NoRefreshToken: "You are not signed in.",
  InsufficientScope: "Your sign-in does not cover this."
} as const

/** The command that signs an account in, as a shell reads it. */
const login = (account: string | undefined): string => {
  if (account === undefined) return "`spotify login`"
  const word = /^[\w.@-]+$/.test(account) ? account : `'${account.replaceAll("'", "'\\''")}'`
  return `\`spotify login --account ${word}\``
}

const ofSpotify = ({ reason }: SpotifyError, account: string | undefined): Failure => {
  const code = spotifyCodes[reason._tag]
  switch (reason._tag) {
    case "Unauthorized":
      return { code, sentence: `Spotify does not accept your sign-in. Run ${login(account)}.` }
    case "RateLimited":
      return { code, sentence: `Too many calls for now. Try again ${whenOf(reason.endsAt) ?? "in half a minute"}.` }
    case "QuotaExceeded":
      return { code, sentence: `The app's calls for today are used up. Try again ${whenOf(reason.endsAt) ?? "later"}.` }
    case "Forbidden":
      return reason.kind === "InsufficientScope"
        ? { code, sentence: `${signedOut.InsufficientScope} Run ${login(account)} and agree to it.` }
        : { code, sentence: reason.message }
    default:
      return { code, sentence: reason.message }
  }
}

const whenOf = (instant: DateTime.Utc | undefined): string | undefined =>
  instant === undefined ? undefined : `after ${DateTime.formatIso(instant)}`

// =============================================================================
// Classification
// =============================================================================

/** Tells what an error means to the person and the shell. */
export const fromError = (error: unknown): Failure => {
  const { code, sentence } = classify(error)
  return { code, sentence: sentence === undefined ? undefined : Text.sanitize(sentence) }
}

/** Turns an error that asks for a sign-in into one that names the account, for people who have several. */
export const ofAccount = <E>(error: E, account: string): E | CommandFailed => {
  const { code, sentence } = classify(error, account)
  return code === ExitCode.signIn && sentence !== undefined ? new CommandFailed({ code, issue: sentence }) : error
}

const classify = (error: unknown, account?: string): Failure => {
  if (error instanceof CommandFailed) return { code: error.code, sentence: error.issue }
  if (error instanceof AuthError) return ofAuth(error, account)
  if (error instanceof SpotifyError) return ofSpotify(error, account)
  if (error instanceof CliError.ShowHelp) {
    return { code: error.errors.length === 0 ? ExitCode.done : ExitCode.usage }
  }
  if (CliError.isCliError(error)) return { code: ExitCode.usage, sentence: error.message }
  if (error instanceof PlatformError.PlatformError) return { code: ExitCode.setup, sentence: error.message }
  const said = error instanceof Error ? error.message : String(error)
  return { code: ExitCode.other, sentence: `This is a mistake in the program; please report it: ${said}` }
}

/** Tells what the end of a command means, or `undefined` where it is done. */
export const fromExit = (exit: Exit.Exit<unknown, unknown>): Failure | undefined => {
  if (Exit.isSuccess(exit)) return undefined
  return Cause.hasInterruptsOnly(exit.cause)
    ? { code: ExitCode.interrupted }
    : fromError(Cause.squash(exit.cause))
}
