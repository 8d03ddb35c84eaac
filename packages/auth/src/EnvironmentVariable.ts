/**
 * Environment variables, read through Effect's `Config` and checked by a rule each.
 *
 * **Example** (A setting of a program's own)
 *
 * ```ts
 * import * as EnvironmentVariable from "@app/auth/EnvironmentVariable"
 * import * as Effect from "effect/Effect"
 * import * as Result from "effect/Result"
 *
 * const variable = EnvironmentVariable.reader((name, issue) => Effect.fail(`${name} cannot be used: ${issue}`))
 *
 * const market = variable("APP_MARKET", (text) =>
 *   /^[A-Z]{2}$/.test(text) ? Result.succeed(text) : Result.fail("it is no country. Write it as DE."))
 * ```
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as StrayCharacters from "./internal/text/StrayCharacters.ts"

/**
 * A function that reads the value of a variable from its text.
 *
 * **Details**
 *
 * The failure is a sentence that begins with "it" and says what is wrong, followed by one that says what to do.
 *
 * @category models
 * @since 0.1.0
 */
export type Rule<A> = (text: string) => Result.Result<A, string>

/**
 * Makes a function that reads variables by a rule each and fails as `invalid` says.
 *
 * **Details**
 *
 * A variable that is blank or not set is `undefined`. White space around a value is removed, because shells, files and
 * mounted secrets often leave a line break at its end. Quotation marks around a value, byte order marks and other
 * invisible characters are refused before the rule is asked.
 *
 * In a tree of configuration, such as a directory, a variable such as `APP_CLIENT_ID` is found as `CLIENT_ID` below `APP`,
 * or under its whole name.
 *
 * @category constructors
 * @since 0.1.0
 */
export const reader = <E>(invalid: (name: string, issue: string) => Effect.Effect<never, E>) =>
  Effect.fnUntraced(function*<A>(name: string, rule: Rule<A>): Effect.fn.Return<A | undefined, E> {
    const text = yield* Effect.catch(
      textOf(name),
      ({ message }) =>
        invalid(name, `it could not be read (${StrayCharacters.shown(message)}). Check where it comes from.`)
    )
    if (text === "") return undefined
    const stray = StrayCharacters.quotes(text) ?? StrayCharacters.invisible(text)
    if (stray !== undefined) return yield* invalid(name, StrayCharacters.sentences(stray))
    const value = rule(text)
    return Result.isSuccess(value) ? value.success : yield* invalid(name, value.failure)
  })

const textOf = Effect.fnUntraced(function*(name: string): Effect.fn.Return<string, Config.ConfigError> {
  const [group = "", ...rest] = name.split("_")
  const below = yield* Config.option(Config.nested(Config.String(rest.join("_")), group))
  const value = Option.isSome(below) ? below : yield* Config.option(Config.String(name))
  return StrayCharacters.trimmed(Option.getOrElse(value, () => ""))
})
