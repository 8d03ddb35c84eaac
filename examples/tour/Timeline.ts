/**
 * The course of a run: the acts of a server and the calls of a program, over time.
 *
 * **Details**
 *
 * All instants are milliseconds since the beginning.
 */

/** The life of an access token, as far as the server would have accepted it. */
export interface Token {
  /** Counts from 1. */
  readonly number: number
  readonly from: number
  readonly to: number
}

/** A request at an instant, and the status of its response: `undefined` where none came. */
export interface Request {
  readonly at: number
  readonly status: number | undefined
  /** True if the response was of use. A page of a proxy is not, with whatever status. */
  readonly isGood: boolean
}

/** A call of the program's, from beginning to end. */
export interface Call {
  readonly from: number
  readonly to: number
  /** The reason of the failure; absent where the call was answered. */
  readonly reason?: string | undefined
}

/** Something that happened at an instant. */
export interface Event {
  readonly at: number
  readonly label: string
}

/** A run. */
export interface Timeline {
  readonly duration: number
  readonly tokens: ReadonlyArray<Token>
  readonly tokenRequests: ReadonlyArray<Request>
  /** The requests that the API refused. */
  readonly refusals: ReadonlyArray<Request>
  readonly calls: ReadonlyArray<Call>
  readonly events: ReadonlyArray<Event>
}

/** The outcome of a request, such as `503`, or `no answer`. */
export const outcome = ({ isGood, status }: Request): string =>
  status === undefined ? "no answer" : isGood || status >= 400 ? String(status) : "unusable"

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

/** Lists the different texts with how often each occurs, such as `2 × 503, 1 × no answer`. */
const tally = (texts: ReadonlyArray<string>): string =>
  Array.from(new Set(texts), (text) => `${texts.filter((each) => each === text).length} × ${text}`).join(", ")

/** Tells the run in numbers. */
export const summary = ({ calls, refusals, tokenRequests }: Timeline): ReadonlyArray<string> => {
  const failed = calls.flatMap(({ reason }) => reason === undefined ? [] : [reason])
  const refused = tokenRequests.filter(({ isGood }) => !isGood).map(outcome)
  return [
    `${counted(calls.length, "call", "calls")}, ${failed.length === 0 ? "none failed" : `failed: ${tally(failed)}`}`,
    counted(tokenRequests.length, "token request", "token requests") +
    (refused.length === 0 ? "" : `, of which ${tally(refused)}`),
    ...(refusals.length === 0 ? [] : [`refused by the API: ${tally(refusals.map(outcome))}`])
  ]
}

/** Chooses the step of the axis, in milliseconds, for at most so many labels. */
export const step = (duration: number, labels: number): number =>
  [500, 1000, 2000, 5000, 10_000, 30_000, 60_000].find((each) => duration / each <= labels) ?? 300_000
