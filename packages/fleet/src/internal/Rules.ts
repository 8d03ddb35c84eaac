/** The rules for the values of settings: each reads a text, or says in a sentence what is wrong and what to use. */
import type { Rule } from "@app/auth/EnvironmentVariable"
import type { Ahead } from "@app/auth/SharedAccounts"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { isAppName } from "../Names.ts"
import * as ServiceKey from "../ServiceKey.ts"

export const anyText: Rule<string> = Result.succeed

export const integer = (least: number, most: number): Rule<number> => (text) => {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  return value >= least && value <= most
    ? Result.succeed(value)
    : Result.fail(`it is no whole number from ${least} to ${most}. Write digits alone.`)
}

export const port: Rule<number> = integer(0, 65_535)

export const host: Rule<string> = (text) =>
  /^[A-Za-z0-9.:-]+$/.test(text)
    ? Result.succeed(text)
    : Result.fail("it is no address to listen on. Write 127.0.0.1, or 0.0.0.0 in a container.")

export const flag: Rule<boolean> = (text) =>
  text === "true" || text === "false"
    ? Result.succeed(text === "true")
    : Result.fail("it is neither true nor false. Write one of them.")

const units = /^\d+(\.\d+)? (millis|seconds?|minutes?|hours?|days?)$/

const parseDuration = (text: string): Option.Option<Duration.Duration> => {
  if (!units.test(text)) return Option.none()
  const [amount = "0", unit = ""] = text.split(" ")
  return Duration.fromInput({ [unit.endsWith("s") ? unit : `${unit}s`]: Number(amount) })
}

export const duration = (least: Duration.Input, most: Duration.Input): Rule<Duration.Duration> => (text) => {
  const [from, to] = [Duration.fromInputUnsafe(least), Duration.fromInputUnsafe(most)]
  return Result.fromOption(
    Option.filter(
      parseDuration(text),
      (value) => Duration.isGreaterThanOrEqualTo(value, from) && Duration.isLessThanOrEqualTo(value, to)
    ),
    () => `it is no time from ${Duration.format(from)} to ${Duration.format(to)}. Write it as "30 seconds" or "1 day".`
  )
}

export const ahead: Rule<Ahead> = (text) => {
  if (text === "always" || text === "on demand") return Result.succeed(text)
  return Result.mapBoth(duration("1 minute", "3650 days")(text), {
    onFailure: () =>
      "it is no such choice. Write always, on demand, or a time within which accounts were used, such as 1 day.",
    onSuccess: (usedWithin) => ({ usedWithin })
  })
}

export const databaseUrl: Rule<string> = (text) => {
  const url = URL.parse(text)
  return url !== null && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1
    ? Result.succeed(text)
    : Result.fail("it is no address of a PostgreSQL database. Write it as postgres://user:password@host:5432/database.")
}

export const appNames: Rule<ReadonlyArray<string>> = (text) => {
  const names = text.split(",").map((name) => name.trim())
  if (!names.every(isAppName)) {
    return Result.fail(
      "an app has 1 to 63 lower-case letters, digits and hyphens. Write names like spotify, separated by commas."
    )
  }
  return new Set(names).size === names.length
    ? Result.succeed(names)
    : Result.fail("it has a name twice. Give each app a name of its own.")
}

export const serviceKey: Rule<string> = (text) =>
  ServiceKey.parse(text) === undefined
    ? Result.fail("it is no service key. Make one with `token-fleet new-key`.")
    : Result.succeed(text)

/** Printable ASCII, as RFC 6749 appendix A allows in a client id and a client secret. */
export const credential: Rule<string> = (text) =>
  /^[\x21-\x7e]+$/.test(text)
    ? Result.succeed(text)
    : Result.fail("it has a space or a character that no credential has. Copy it again.")

export const scopes: Rule<ReadonlyArray<string>> = (text) => {
  const all = text.split(/[\s,]+/).filter((scope) => scope !== "")
  return all.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))
    ? Result.succeed(all)
    : Result.fail("it has a character that no scope has. Write scopes with spaces between them.")
}
