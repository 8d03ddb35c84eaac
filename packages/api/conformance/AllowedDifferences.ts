/**
 * The differences between the contract and Spotify's description that are intended.
 */
import type { Difference } from "./Comparison.ts"

/** An intended difference; any other is a mistake in one of the two. */
export interface AllowedDifference {
  /** Operation as in `Difference`. Absent when the difference is allowed in any. */
  readonly operation?: string
  /** Pattern of the whole subject. */
  readonly subject: RegExp
  /** Value in the description; with any other value, the difference is not allowed. */
  readonly description: string
  readonly reason: string
}

const inside = (field: string): RegExp => new RegExp(`^answer\\.(?:.*\\.)?${field}$`)

/** The intended differences. */
export const allowedDifferences: ReadonlyArray<AllowedDifference> = [
  {
    subject: /^parameter market: values$/,
    description: "any",
    reason:
      "the description says in words that it is a country of ISO 3166-1; a mistyped one is found before it is sent"
  },
  {
    subject: /^parameter time_range: values$/,
    description: "any",
    reason: "the description names the three values in words"
  },
  {
    subject: /^parameter limit: minimum$/,
    description: "0",
    reason: "the description's words say 1, and Spotify answers 0 with `Invalid limit`"
  },
  {
    subject: /^parameter offset: minimum$/,
    description: "none",
    reason: "there is no row before the first"
  },
  {
    subject: inside("duration_ms\\.totalMilliseconds"),
    description: "not there",
    reason: "local files were sent so from December 2023 to January 2024"
  },
  {
    subject: inside("linked_from\\.\\w+"),
    description: "not there",
    reason: "the description leaves this object of a full track open; a simplified track's shows what is in it"
  },
  {
    subject: /^answer\.(?:.*\.)?(?:album\.|albums\[\]\.)?is_playable$/,
    description: "not there",
    reason: "Spotify sends it of albums, too, wherever a market is asked for"
  },
  {
    subject: inside("album\\.album_group"),
    description: "not there",
    reason: "Spotify sends it in an artist's albums, which are described by a type of their own"
  },
  {
    operation: "PUT /me/tracks",
    subject: /^body\.ids$/,
    description: "there",
    reason: "what it does, PUT /me/library does in both quota modes; this operation is for tracks with a time"
  },
  {
    operation: "GET /search",
    subject: /^parameter type: values$/,
    description: "album, artist, audiobook, episode, playlist, show, track",
    reason: "tracks alone are searched for yet"
  },
  {
    operation: "GET /search",
    subject: /^answer\.(?:artists|albums|playlists|shows|episodes|audiobooks)$/,
    description: "there",
    reason: "tracks alone are searched for yet"
  },
  {
    operation: "GET /recommendations",
    subject: /^parameter seed_\w+: required$/,
    description: "true",
    reason: "the description's words say that one kind of seed is enough"
  },
  {
    operation: "GET /recommendations",
    subject: /^parameter \w+_time_signature: (?:minimum|maximum)$/,
    description: "none",
    reason: "the description gives one end for one of the three; all are the same measure"
  }
]

/** Returns the reason for which a difference is allowed; `undefined` when it is not. */
export const reasonFor = (difference: Difference): string | undefined =>
  allowedDifferences.find(({ description, operation, subject }) =>
    (operation === undefined || operation === difference.operation)
    && subject.test(difference.subject)
    && description === difference.description
  )?.reason
