/** Requests, ids and answers that tests of operations share. */
import * as Effect from "effect/Effect"
import type * as SpotifyClient from "../../src/SpotifyClient.ts"
import * as Answers from "./Answers.ts"
import * as ScriptedTransport from "./ScriptedTransport.ts"

/** The API's base. */
export const base = "https://api.spotify.com/v1"

/** Distinct ids, the same each time. */
export const idAt = (n: number): string => `track${String(n).padStart(17, "0")}`
export const idsUpTo = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, i) => idAt(i))
export const trackAt = (n: number) => ({ ...Answers.developmentTrack, id: idAt(n) })

/** Requests as `METHOD path?query`, below the API's base. */
export const sent = Effect.map(
  ScriptedTransport.ScriptedTransport,
  (wire) =>
    wire.sent.map(({ request, url }) =>
      `${request.method} ${decodeURIComponent(url.replace(base, "").replaceAll("+", " "))}`
    )
)

export const reasonOf = (error: SpotifyClient.Failure): string =>
  error._tag === "SpotifyError" ? error.reason._tag : error._tag

/** A refusal of Spotify's that says nothing. */
export const forbidden = ScriptedTransport.answer(403, { error: { status: 403, message: "Forbidden" } })
