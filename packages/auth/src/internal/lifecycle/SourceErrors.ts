/** The errors of a program's own source of tokens or grants, without anything secret in them. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as AuthError from "../../AuthError.ts"

/** A failure that counts as transient. */
export const failed = (detail: string, kind: "Timeout" | "UnexpectedStatus" = "UnexpectedStatus") =>
  new AuthError.AuthError({ reason: new AuthError.TokenRequestFailed({ kind, detail }) })

/**
 * Limits the time of a source, and turns its errors into `AuthError`.
 *
 * **Details**
 *
 * An `AuthError` stays as it is, so that a source may say that a person must sign in. Of any other error or defect only
 * the name is kept, since its text may quote a secret.
 */
export const contain = <A, E, R>(source: Effect.Effect<A, E, R>, options: {
  /** The name of the source, for the middle of a sentence. */
  readonly name: string
  readonly timeout: Duration.Duration
}): Effect.Effect<A, AuthError.AuthError, R> =>
  source.pipe(
    Effect.mapError((error) =>
      error instanceof AuthError.AuthError ? error : failed(`${options.name} failed (${nameOf(error)})`)
    ),
    Effect.catchDefect((defect) =>
      Effect.fail(failed(`${options.name} ended in an unexpected fault (${nameOf(defect)})`))
    ),
    Effect.timeoutOrElse({
      duration: options.timeout,
      orElse: () =>
        Effect.fail(failed(`${options.name} did not answer within ${Duration.format(options.timeout)}`, "Timeout"))
    })
  )

/** The name of an error, without its message. */
export const nameOf = (error: unknown): string => {
  if (Predicate.hasProperty(error, "_tag") && Predicate.isString(error._tag)) return error._tag
  return error instanceof Error ? error.name : typeof error
}
