/** The parameters of a callback, validated for one sign-in (RFC 6749 §4.1.2, RFC 9207 §2.4). */
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as AuthError from "../../AuthError.ts"
import * as UntrustedText from "../text/UntrustedText.ts"
import * as CallbackParameters from "./CallbackParameters.ts"
import * as Credential from "./Credential.ts"

// =============================================================================
// Model
// =============================================================================

/** The sign-in that a callback must belong to. */
export interface SignIn {
  readonly issuer: string
  /** True when the server always names itself in `iss`. */
  readonly authorizationResponseIssParameterSupported?: boolean | undefined
  readonly state: Redacted.Redacted<string>
  /** The browser session that the sign-in began in; absent when it is bound to none. */
  readonly session?: Redacted.Redacted<string> | undefined
  readonly lifetime: Duration.Duration
}

/** The circumstances in which a callback comes. */
export interface Arrival {
  readonly session: Redacted.Redacted<string> | undefined
  /** The milliseconds since the sign-in began; negative when it began later by this machine's clock. */
  readonly age: number
  /** True once a callback of this sign-in has come. */
  readonly isUsed: boolean
}

// =============================================================================
// Validation
// =============================================================================

/** Returns the state in a callback. Fails with `StateMismatch` when the parameters are not those of one callback. */
export const stateOf = (parameters: URLSearchParams): Result.Result<string, AuthError.StateMismatch> => {
  const mistake = CallbackParameters.mistake(parameters)
  if (mistake !== undefined) return mismatch("state", mistake)
  const repeated = once.find((name) => parameters.getAll(name).length > 1)
  if (repeated !== undefined) return mismatch(repeated, `it carries more than one ${repeated}`)
  return Result.succeed(parameters.get("state") ?? "")
}

/**
 * Returns the code in a callback. Fails with `StateMismatch` when the callback does not belong to the sign-in, and with
 * `AuthorizationDenied` when it does and the sign-in was denied.
 */
export const validate = (
  parameters: URLSearchParams,
  signIn: SignIn,
  { age, isUsed, session }: Arrival
): Result.Result<string, AuthError.StateMismatch | AuthError.AuthorizationDenied> => {
  const given = stateOf(parameters)
  if (Result.isFailure(given)) return Result.fail(given.failure)
  if (!equalInConstantTime(given.success, Redacted.value(signIn.state))) {
    return mismatch("state", "its state is another sign-in's")
  }
  if (signIn.session !== undefined && !isSameSession(session, signIn.session)) {
    return mismatch("state", "it comes to another browser than the one that the sign-in began in")
  }
  const issuer = parameters.get("iss")
  if (issuer === null && signIn.authorizationResponseIssParameterSupported === true) {
    return mismatch("iss", "it does not say which authorization server it comes from")
  }
  if (issuer !== null && issuer !== signIn.issuer) {
    return mismatch("iss", "it comes from another authorization server")
  }
  if (isUsed) return mismatch("code", "it has been used already")
  const lifetime = Duration.toMillis(signIn.lifetime)
  if (age > lifetime) {
    return mismatch("state", `it comes more than ${Duration.format(signIn.lifetime)} after the sign-in began`)
  }
  if (age < -lifetime) return mismatch("state", "it comes before the sign-in began, by the clock of this machine")
  const error = parameters.get("error")
  if (error !== null) {
    const description = parameters.get("error_description")
    return Result.fail(
      new AuthError.AuthorizationDenied({
        error: UntrustedText.sanitize(error),
        ...(description !== null && { description: UntrustedText.sanitize(description) })
      })
    )
  }
  const code = parameters.get("code")
  if (code === null || code === "") return mismatch("code", "it carries neither a code nor an error")
  const issue = Credential.text(code)
  return issue === undefined ? Result.succeed(code) : mismatch("code", `its code cannot be one: ${issue.fault}`)
}

/** Parameters that may appear once only: of two values, none can be preferred (RFC 6749 §3.1). */
const once = ["state", "iss", "code"] as const

const mismatch = (parameter: typeof once[number], issue: string) =>
  Result.fail(new AuthError.StateMismatch({ parameter, issue }))

const isSameSession = (given: Redacted.Redacted<string> | undefined, expected: Redacted.Redacted<string>): boolean =>
  given !== undefined && equalInConstantTime(Redacted.value(given), Redacted.value(expected))

/** Compares two texts in a time that does not depend on the place of the first difference. */
const equalInConstantTime = (given: string, expected: string): boolean => {
  let difference = given.length ^ expected.length
  for (let i = 0; i < expected.length; i++) {
    difference |= expected.charCodeAt(i) ^ (given.charCodeAt(i % Math.max(given.length, 1)) || 0)
  }
  return difference === 0
}
