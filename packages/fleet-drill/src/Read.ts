/**
 * The judgement of a read: a token that was handed out, and what the provider says of it.
 */
import type { Reads } from "./Line.ts"

export interface Handed {
  readonly account: string
  /** Milliseconds since 1970. */
  readonly handedAt: number
  readonly expiresAt: number
  /** The time of the provider's response, and whose token it is; undefined where the provider refused it. */
  readonly answeredAt: number
  readonly person: string | undefined
}

export type Verdict = "right" | "wrong" | "expired" | "unverified"

/** Milliseconds that may lie between the library's look at a token and the reader's, on a busy machine. */
const onTheWay = 250

export const verdict = ({ account, answeredAt, expiresAt, handedAt, person }: Handed): Verdict => {
  if (handedAt >= expiresAt + onTheWay) return "expired"
  if (person !== undefined) return person === account ? "right" : "wrong"
  // A provider that was stopped may answer after the end of the token.
  return answeredAt >= expiresAt ? "unverified" : "expired"
}

export const none: Reads = {
  _tag: "Reads",
  right: 0,
  wrong: 0,
  expired: 0,
  unverified: 0,
  failed: {},
  slowestMillis: 0,
  latestMillis: 0
}

export const add = (one: Reads, other: Reads): Reads => ({
  _tag: "Reads",
  right: one.right + other.right,
  wrong: one.wrong + other.wrong,
  expired: one.expired + other.expired,
  unverified: one.unverified + other.unverified,
  failed: Object.fromEntries(
    [...new Set([...Object.keys(one.failed), ...Object.keys(other.failed)])]
      .map((kind) => [kind, (one.failed[kind] ?? 0) + (other.failed[kind] ?? 0)])
  ),
  slowestMillis: Math.max(one.slowestMillis, other.slowestMillis),
  latestMillis: Math.max(one.latestMillis, other.latestMillis)
})
