/**
 * A sign-in and its token, as fields, lines of a live view, rows and JSON.
 */
import type { TokenStatus } from "@app/auth/TokenStatus"
import { displayWidth } from "effect/cli/CliOutput"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Fields from "./Fields.ts"
import type { Json } from "./Json.ts"
import type { Styles } from "./Style.ts"
import * as Text from "./Text.ts"

/** Who is signed in. */
export interface Subject {
  /** The person's own name for the account. */
  readonly account: string
  readonly title: string
  readonly id: string | undefined
  readonly displayName: string | undefined
  /** Absent while they are unknown. */
  readonly scopes: ReadonlyArray<string> | undefined
}

/** The token at an instant. */
export interface Moment {
  readonly status: TokenStatus
  readonly now: DateTime.Utc
}

const left = (now: DateTime.Utc, end: DateTime.Utc): Duration.Duration =>
  Duration.seconds(Math.max(0, Math.ceil(Duration.toSeconds(DateTime.distance(now, end)))))

const isAfter = (now: DateTime.Utc, end: DateTime.Utc): boolean => DateTime.isGreaterThan(end, now)

const untilOf = (now: DateTime.Utc, end: DateTime.Utc | undefined): string | undefined =>
  end === undefined ? undefined : isAfter(now, end) ? Duration.format(left(now, end)) : "now"

/** Says how the token is doing. */
const tokenText = ({ now, status: { expiresAt, phase, retryAt } }: Moment): string => {
  const serves = expiresAt !== undefined && isAfter(now, expiresAt)
  switch (phase) {
    case "Valid":
      return "good"
    case "Refreshing":
      return serves ? "good, and being refreshed" : "being refreshed"
    case "Retrying": {
      const next = untilOf(now, retryAt)
      const says = `Spotify does not give a new one${next === undefined ? "" : `, next try ${inTime(next)}`}`
      return serves ? `good, but ${says}` : says
    }
    case "SignInRequired":
      return serves ? "good, and the last one: the sign-in has ended" : "over, since the sign-in has ended"
    case "Misconfigured":
      return "none, since the app's settings are wrong"
    case "Empty":
      return "none"
  }
}

const inTime = (time: string): string => time === "now" ? time : `in ${time}`

/** The fields of one look at the status. */
export const fields = ({ account, scopes }: Subject, moment: Moment): ReadonlyArray<Fields.Field> => {
  const { now, status: { expiresAt, signInDueAt } } = moment
  return [
    ["account", account],
    ["token", tokenText(moment)],
    ["ends in", untilOf(now, expiresAt)],
    ["sign-in due", signInDueAt === undefined ? undefined : DateTime.formatIsoDateUtc(signInDueAt)],
    ["scopes", scopes?.join(" ")]
  ]
}

const isoOf = (instant: DateTime.Utc | undefined): string | null =>
  instant === undefined ? null : DateTime.formatIso(instant)

/** The object of JSON, whose keys are only ever added to. */
export const json = ({ account, displayName, id, scopes }: Subject, { now, status }: Moment): Json => ({
  account,
  id: id ?? null,
  displayName: displayName ?? null,
  phase: status.phase,
  expiresAt: isoOf(status.expiresAt),
  signInDueAt: isoOf(status.signInDueAt),
  scopes: scopes ?? null,
  at: DateTime.formatIso(now),
  refreshAt: isoOf(status.refreshAt),
  retryAt: isoOf(status.retryAt),
  reason: status.error?.reason._tag ?? null
})

const isSameInstant = (one: DateTime.Utc | undefined, other: DateTime.Utc | undefined): boolean =>
  isoOf(one) === isoOf(other)

/** Tells whether two statuses show the same to a person. */
export const isSame = (one: TokenStatus, other: TokenStatus): boolean =>
  one.phase === other.phase
  && one.generation === other.generation
  && isSameInstant(one.expiresAt, other.expiresAt)
  && isSameInstant(one.refreshAt, other.refreshAt)
  && isSameInstant(one.retryAt, other.retryAt)

/** The cells of a line in a pipe, one line for each change. */
export const row = ({ now, status: { expiresAt, phase } }: Moment): ReadonlyArray<string> => [
  DateTime.formatIso(now),
  phase,
  isoOf(expiresAt) ?? ""
]

// =============================================================================
// Live view
// =============================================================================

/** What the live view keeps between two looks. */
export interface View extends Moment {
  /** The time that a full bar stands for. */
  readonly full: Duration.Duration
}

const hour = Duration.hours(1)

/**
 * Takes a new look.
 *
 * **Details**
 *
 * A token that arrives while somebody looks has its whole life ahead, which fills the bar. Of the first one only the rest
 * is known, so its bar stands for an hour, as long as tokens of Spotify's last.
 */
export const look = (before: View | undefined, moment: Moment): View => {
  const { now, status: { expiresAt } } = moment
  if (expiresAt === undefined) return { ...moment, full: hour }
  const rest = left(now, expiresAt)
  if (before === undefined) return { ...moment, full: Duration.max(rest, hour) }
  return { ...moment, full: isSameInstant(before.status.expiresAt, expiresAt) ? before.full : rest }
}

const barWidth = 40

/** The width of the longest time that a token usually has left, such as `59m 58s`. */
const timeWidth = 7

/** The column at which the bar begins, behind the names of fields and the time. */
const barStart = 24

const barOf = ({ full, now, status: { expiresAt } }: View, columns: number): string => {
  const room = columns - barStart
  if (expiresAt === undefined || room < 8) return ""
  const share = Duration.toMillis(DateTime.distance(now, expiresAt)) / Math.max(1, Duration.toMillis(full))
  return `  ${Text.bar(share, Math.min(barWidth, room))}`
}

const colours = {
  Valid: "green",
  Refreshing: "yellow",
  Retrying: "yellow",
  Empty: "yellow",
  SignInRequired: "red",
  Misconfigured: "red"
} as const

/** The lines of the live view, none of which is wider than the terminal. */
export const lines = (subject: Subject, view: View, columns: number, styles: Styles): ReadonlyArray<string> => {
  const { account, scopes, title } = subject
  const { now, status: { expiresAt, phase, refreshAt, signInDueAt } } = view
  const ends = untilOf(now, expiresAt)
  const mark = styles[colours[phase]]("●")
  const name = Text.cut(Text.sanitize(title), columns - 2)
  const isNamed = title !== account && columns >= displayWidth(name) + displayWidth(account) + 5
  const described: ReadonlyArray<Fields.Field> = [
    ["token", tokenText(view)],
    ["ends in", ends === undefined ? undefined : Text.padEnd(ends, timeWidth) + barOf(view, columns)],
    ["refresh in", phase === "Valid" ? untilOf(now, refreshAt) : undefined],
    ["sign-in due", signInDueAt === undefined ? undefined : DateTime.formatIsoDateUtc(signInDueAt)],
    ["scopes", scopes?.join(" ")]
  ]
  return [
    `${mark} ${styles.bold(name)}${isNamed ? styles.dim(` (${Text.sanitize(account)})`) : ""}`,
    ...Fields.layout(undefined, described, columns, styles),
    styles.dim(Text.cut("  Ctrl-C ends this", columns))
  ]
}
