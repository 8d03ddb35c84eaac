/**
 * The refusals of a provider, to tell an incident there from people who have left.
 *
 * **Details**
 *
 * Three accounts and a fifth of those that were answered within ten minutes, refused: then refusals count as failures in
 * passing, and one account a minute is tried. A success ends that, and an hour does: what is refused then is over.
 */

interface Minute {
  readonly minute: number
  readonly answered: number
  readonly refused: ReadonlySet<string>
}

export interface Breaker {
  readonly minutes: ReadonlyArray<Minute>
  /** The time since when refusals do not count, in milliseconds. */
  readonly openSince: number | undefined
  readonly triedAt: number
}

export const closed: Breaker = { minutes: [], openSince: undefined, triedAt: -Infinity }

const minute = 60_000
const window = 10
const longest = 60 * minute
const fewest = 3
const share = 1 / 5

/** Whether refusals are those of an incident. */
export const isOpen = ({ openSince }: Breaker, now: number): boolean =>
  openSince !== undefined && now - openSince < longest

/** The server has answered for an account, with tokens or a refusal. */
export const onAnswer = (
  breaker: Breaker,
  { account, isRefused, now }: { readonly account: string; readonly isRefused: boolean; readonly now: number }
): Breaker => {
  if (!isRefused && isOpen(breaker, now)) return closed
  const current = Math.floor(now / minute)
  const recent = breaker.minutes.filter((one) => one.minute > current - window)
  const before = recent.find((one) => one.minute === current) ?? { minute: current, answered: 0, refused: new Set() }
  const refused = isRefused ? new Set([...before.refused, account]) : before.refused
  const minutes = [...recent.filter((one) => one !== before), { ...before, answered: before.answered + 1, refused }]
  const accounts = new Set(minutes.flatMap((one) => [...one.refused])).size
  const answered = minutes.reduce((sum, one) => sum + one.answered, 0)
  const isIncident = accounts >= fewest && accounts >= share * answered
  return { ...breaker, minutes, openSince: breaker.openSince ?? (isIncident ? now : undefined) }
}

/** The number of accounts that may be begun now, of those that there is room for. */
export const admit = (breaker: Breaker, room: number, now: number): readonly [Breaker, number] => {
  if (!isOpen(breaker, now)) return [breaker, room]
  return now - breaker.triedAt < minute || room < 1 ? [breaker, 0] : [{ ...breaker, triedAt: now }, 1]
}
