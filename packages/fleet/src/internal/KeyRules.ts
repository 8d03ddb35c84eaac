/** The rules for the secrets of a service key, as functions over data: which of them is valid, and what a rotation leaves. */
import * as Mac from "effect/crypto/Mac"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Hex from "effect/encoding/Hex"
import * as Result from "effect/Result"
import { StoredKey } from "../FleetStore.ts"

type Secret = StoredKey["secrets"][number]

const isOver = (expiresAt: DateTime.Utc | undefined, now: DateTime.Utc): boolean =>
  expiresAt !== undefined && DateTime.isLessThanOrEqualTo(expiresAt, now)

/** A digest that no secret has been found for, so that a key that is not there takes as long as a wrong one. */
const nobodys: Secret = { sha256: "0".repeat(64), createdAt: DateTime.makeUnsafe(0) }

const bytesOf = (hex: string): Uint8Array => Result.getOrElse(Hex.decode(hex), () => new Uint8Array(32))

/** Whether a digest is that of one of the key's valid secrets; all of them are compared, each in constant time. */
export const accepts = (key: StoredKey | undefined, digest: Uint8Array, now: DateTime.Utc): boolean => {
  let isFound = false
  for (const { expiresAt, sha256 } of key?.secrets ?? [nobodys]) {
    const isSame = Mac.timingSafeEqual(bytesOf(sha256), digest)
    isFound = (isSame && !isOver(expiresAt, now)) || isFound
  }
  return isFound && key !== undefined && !isOver(key.expiresAt, now)
}

const earliest = (one: DateTime.Utc | undefined, other: DateTime.Utc): DateTime.Utc =>
  one === undefined ? other : DateTime.min(one, other)

/** The key with a new secret, and with the newest of its valid ones for as long as `overlap`. */
export const rotate = (key: StoredKey, sha256: string, now: DateTime.Utc, overlap: Duration.Duration): StoredKey => {
  const end = DateTime.addDuration(now, overlap)
  const [former] = valid(key, now)
  const kept = former === undefined ? [] : [{ ...former, expiresAt: earliest(former.expiresAt, end) }]
  return new StoredKey({ ...key, secrets: [{ sha256, createdAt: now }, ...kept] })
}

/** The secrets that are valid, the newest first. */
export const valid = (key: StoredKey, now: DateTime.Utc): ReadonlyArray<Secret> =>
  key.secrets.filter(({ expiresAt }) => !isOver(expiresAt, now))
