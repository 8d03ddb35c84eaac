/** Where the contract differs from Spotify's description on purpose, and why. Anything else is a mistake of one of them. */
import type { Difference } from "./Comparison.ts"

export interface AllowedDifference {
  /** As in `Difference`; absent: any. */
  readonly operation?: string
  /** Of the whole subject. */
  readonly subject: RegExp
  /** What the description says there; anything else is another difference. */
  readonly description: string
  readonly reason: string
}

const inside = (field: string): RegExp => new RegExp(`^answer\\.(?:.*\\.)?${field}$`)

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
    subject: inside("album\\.is_playable"),
    description: "not there",
    reason: "Spotify sends it wherever a market is asked for"
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

export const reasonFor = (difference: Difference): string | undefined =>
  allowedDifferences.find(({ description, operation, subject }) =>
    (operation === undefined || operation === difference.operation)
    && subject.test(difference.subject)
    && description === difference.description
  )?.reason
