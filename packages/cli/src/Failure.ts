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

const ofAuth = ({ reason }: AuthError): Failure => {
  switch (reason._tag) {
    case "ReauthorizationRequired":
      return { code: ExitCode.signIn, sentence: signedOut[reason.kind] }
    case "AuthorizationChanged":
      return { code: ExitCode.signIn, sentence: "Someone else has signed in meanwhile. Run the command again." }
    case "SignInFailed":
      return { code: reason.kind === "TimedOut" ? ExitCode.signIn : ExitCode.setup, sentence: reason.message }
    default:
      return { code: authCodes[reason._tag], sentence: reason.message }
  }
}

const signedOut = {
  Expired: "Your sign-in has reached its end. Run `spotify login`.",
  Revoked: "Spotify no longer accepts your sign-in. Run `spotify login`.",
  AnswerLost: "Your sign-in was lost with an answer of Spotify's. Run `spotify login`.",
  SignedOut: "You are signed out. Run `spotify login`.",
  NoRefreshToken: "You are not signed in. Run `spotify login`.",
  InsufficientScope: "Your sign-in does not cover this. Run `spotify login` and agree to it."
} as const

const ofSpotify = ({ reason }: SpotifyError): Failure => {
  const code = spotifyCodes[reason._tag]
  switch (reason._tag) {
    case "Unauthorized":
      return { code, sentence: "Spotify does not accept your sign-in. Run `spotify login`." }
    case "RateLimited":
      return { code, sentence: `Too many calls for now. Try again ${whenOf(reason.endsAt) ?? "in half a minute"}.` }
    case "QuotaExceeded":
      return { code, sentence: `The app's calls for today are used up. Try again ${whenOf(reason.endsAt) ?? "later"}.` }
    case "Forbidden":
      return reason.kind === "InsufficientScope"
        ? { code, sentence: "Your sign-in does not cover this. Run `spotify login` and agree to it." }
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

const classify = (error: unknown): Failure => {
  if (error instanceof CommandFailed) return { code: error.code, sentence: error.issue }
  if (error instanceof AuthError) return ofAuth(error)
  if (error instanceof SpotifyError) return ofSpotify(error)
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
