import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Ids from "../src/Ids.ts"

describe("Ids", () => {
  const kinds = { track: Ids.Track, album: Ids.Album, artist: Ids.Artist }

  it.prop("every form of an id reads back as that id", { id: Ids.TrackId, si: Schema.String }, ({ id, si }) => {
    const query = new URLSearchParams({ si })
    for (
      const form of [
        id,
        Ids.Track.uri(id),
        Ids.Track.url(id),
        `  ${Ids.Track.url(id)}?${query}\n`,
        `https://open.spotify.com/intl-de/track/${id}`,
        `https://open.spotify.com/intl-pt-br/track/${id}/?${query}#x`,
        `https://open.spotify.com/embed/track/${id}?${query}`
      ]
    ) assert.strictEqual(Result.getOrThrow(Ids.Track.parse(form)), id, form)
  })

  it.prop("an id of one kind is never read as another", { id: Ids.TrackId }, ({ id }) => {
    for (const [name, kind] of Object.entries(kinds)) {
      for (const other of Object.keys(kinds).filter((other) => other !== name)) {
        assert.strictEqual(kind.parse(`spotify:${other}:${id}`)._tag, "Failure")
        assert.strictEqual(kind.parse(`https://open.spotify.com/${other}/${id}`)._tag, "Failure")
      }
    }
  })

  it.prop("any text is an id or a reason, never a defect", { text: Schema.String }, ({ text }) => {
    const parsed = Ids.Track.parse(text)
    return Result.isFailure(parsed) || /^[0-9A-Za-z]{22}$/.test(parsed.success)
  })

  for (
    const [input, expected] of [
      ["", "neither an id"],
      ["11dFghVXANMlKmJXsNCbN", "neither an id"],
      ["spotify:album:11dFghVXANMlKmJXsNCbNl", "another kind, album"],
      ["spotify:track:nope", "\"nope\" is not 22 letters and digits"],
      ["spotify:track", "spotify:<kind>:<id>"],
      ["spotify:local:a:b:c:188", "local file"],
      ["https://example.com/track/11dFghVXANMlKmJXsNCbNl", "example.com is not open.spotify.com"],
      ["https://open.spotify.com/track/11dFghVXANMlKmJXsNCbNl?x#y/", undefined],
      ["https://open.spotify.com/user/someone", "another kind, user"],
      ["https://open.spotify.com/", "<kind>/<id>"],
      ["https://spotify.link/abc", "short link"],
      ["ftp://open.spotify.com/track/11dFghVXANMlKmJXsNCbNl", "neither a web link"]
    ] as const
  ) {
    it.effect(`${JSON.stringify(input)}: ${expected ?? "is fine"}`, () =>
      Effect.sync(() => {
        const parsed = Ids.Track.parse(input)
        if (expected === undefined) return assert.isTrue(Result.isSuccess(parsed))
        assert.include(Result.getOrThrow(Result.flip(parsed)).message, expected)
      }))
  }
})
