/** What a program's own source of tokens or grants failed with, told without giving anything away. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as AuthError from "../../AuthError.ts"

/** Passing trouble, as far as anyone here can tell. */
export const failed = (detail: string, kind: "Timeout" | "UnexpectedStatus" = "UnexpectedStatus") =>
  new AuthError.AuthError({ reason: new AuthError.TokenRequestFailed({ kind, detail }) })

/**
 * Bounds a source in time and gives its errors this package's type. An `AuthError` stays what it is: a source that knows
 * that a person must sign in may say so. Of any other error, and of a fault, only the name is told: the text may quote a
 * secret.
 */
export const contain = <A, E, R>(source: Effect.Effect<A, E, R>, options: {
  /** What is being asked, in the middle of a sentence. */
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

/** What an error is called, without a word of what it says. */
export const nameOf = (error: unknown): string => {
  if (Predicate.hasProperty(error, "_tag") && Predicate.isString(error._tag)) return error._tag
  return error instanceof Error ? error.name : typeof error
}
