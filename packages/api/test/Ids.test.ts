import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Ids from "../src/Ids.ts"

const base62Kinds = {
  track: Ids.Track,
  album: Ids.Album,
  artist: Ids.Artist,
  playlist: Ids.Playlist,
  show: Ids.Show,
  episode: Ids.Episode,
  audiobook: Ids.Audiobook,
  chapter: Ids.Chapter
}

const kinds = { ...base62Kinds, user: Ids.User }

const issueOf = (parsed: Result.Result<unknown, Error>) => Result.getOrThrow(Result.flip(parsed)).message

describe("Ids", () => {
  it.prop("every form of an id reads back as that id", { id: Ids.TrackId, si: Schema.String }, ({ id, si }) => {
    const query = new URLSearchParams({ si })
    for (const [name, kind] of Object.entries(base62Kinds)) {
      for (
        const form of [
          id,
          `spotify:${name}:${id}`,
          `spotify:${name}:${id}?${query}`,
          `https://open.spotify.com/${name}/${id}`,
          `  https://open.spotify.com/${name}/${id}?${query}\n`,
          `http://play.spotify.com/${name}/${id}`,
          `https://open.spotify.com/intl-de/${name}/${id}`,
          `https://open.spotify.com/intl-pt-br/${name}/${id}/?${query}#x`,
          `https://open.spotify.com/embed/${name}/${id}?${query}`,
          `https://open.spotify.com/embed-podcast/${name}/${id}`
        ]
      ) {
        const parsed: Result.Result<string, Error> = kind.parse(form)
        assert.strictEqual(Result.getOrThrow(parsed), id, form)
      }
    }
  })

  it.prop("what a kind writes, it reads", { id: Ids.TrackId }, ({ id }) => {
    assert.strictEqual(Result.getOrThrow(Ids.Track.parse(Ids.Track.uri(id))), id)
    assert.strictEqual(Result.getOrThrow(Ids.Track.parse(Ids.Track.url(id))), id)
  }, { arbitrary: { runs: 200 } })

  it.prop("what people are called survives URI and link, whatever it is", { id: Ids.UserId }, ({ id }) => {
    assert.strictEqual(Result.getOrThrow(Ids.User.parse(Ids.User.uri(id))), id)
    assert.strictEqual(Result.getOrThrow(Ids.User.parse(Ids.User.url(id))), id)
    assert.strictEqual(Result.getOrThrow(Ids.User.parse(`${Ids.User.url(id)}?si=x#y`)), id)
    assert.deepStrictEqual(Result.getOrThrow(Ids.parse(Ids.User.uri(id))), { kind: "user", id })
  }, { arbitrary: { runs: 200 } })

  it.prop("an id of one kind is never read as another", { id: Ids.TrackId }, ({ id }) => {
    for (const [name, kind] of Object.entries(kinds)) {
      for (const other of Object.keys(kinds).filter((other) => other !== name)) {
        assert.include(issueOf(kind.parse(`spotify:${other}:${id}`)), `another kind, ${other}`)
        assert.include(issueOf(kind.parse(`https://open.spotify.com/${other}/${id}`)), `another kind, ${other}`)
      }
    }
  })

  it.prop("a URI or a link of any kind tells kind and id, and a bare id does not", { id: Ids.TrackId }, ({ id }) => {
    for (const kind of Object.keys(kinds)) {
      assert.deepStrictEqual<unknown>(Result.getOrThrow(Ids.parse(`spotify:${kind}:${id}`)), { kind, id })
      assert.deepStrictEqual<unknown>(Result.getOrThrow(Ids.parse(`https://open.spotify.com/${kind}/${id}`)), {
        kind,
        id
      })
    }
    assert.include(issueOf(Ids.parse(id)), "to know the kind")
  })

  it.prop("a playlist under its owner's name is that playlist", { id: Ids.PlaylistId, owner: Ids.UserId }, (_) => {
    const owner = encodeURIComponent(_.owner)
    for (
      const form of [
        `spotify:user:${owner}:playlist:${_.id}`,
        `https://open.spotify.com/user/${owner}/playlist/${_.id}?si=x`,
        `https://open.spotify.com/embed/user/${owner}/playlist/${_.id}`
      ]
    ) {
      assert.strictEqual(Result.getOrThrow(Ids.Playlist.parse(form)), _.id, form)
      assert.include(issueOf(Ids.User.parse(form)), "another kind, playlist")
    }
  })

  it.prop("a library takes everything but chapters", { id: Ids.TrackId }, ({ id }) => {
    for (const kind of Object.keys(kinds)) {
      const parsed = Ids.libraryUri(`https://open.spotify.com/${kind}/${id}?si=x`)
      if (kind === "chapter") assert.include(issueOf(parsed), "a library holds no chapter")
      else assert.strictEqual<string>(Result.getOrThrow(parsed), `spotify:${kind}:${id}`)
    }
  })

  it.prop("a person's URI fits into a list of URIs, whatever the person is called", { id: Ids.UserId }, ({ id }) => {
    const uri = Result.getOrThrow(Ids.libraryUri(Ids.User.url(id)))
    assert.strictEqual(uri, Ids.User.uri(id))
    assert.notInclude(uri, ",")
    assert.isTrue(Schema.is(Ids.LibraryUri)(uri))
  }, { arbitrary: { runs: 200 } })

  it.prop("any text is an id or a reason, never a defect", { text: Schema.String }, ({ text }) => {
    for (const input of [text, `spotify:${text}`, `spotify:user:${text}`, `https://open.spotify.com/${text}`]) {
      for (const kind of Object.values(kinds)) kind.parse(input)
      Ids.parse(input)
      Ids.libraryUri(input)
    }
    const parsed = Ids.Track.parse(text)
    return Result.isFailure(parsed) || /^[0-9A-Za-z]{22}$/.test(parsed.success)
  }, { arbitrary: { runs: 200 } })

  for (
    const [input, expected] of [
      ["", "neither an id"],
      ["11dFghVXANMlKmJXsNCbN", "neither an id"],
      ["spotify:album:11dFghVXANMlKmJXsNCbNl", "another kind, album"],
      ["spotify:track:nope", "\"nope\" is not an id of 22 letters and digits"],
      ["spotify:track", "spotify:<kind>:<id>"],
      ["spotify:local:a:b:c:188", "local file"],
      ["https://example.com/track/11dFghVXANMlKmJXsNCbNl", "example.com is not open.spotify.com"],
      ["https://open.spotify.com/track/11dFghVXANMlKmJXsNCbNl?x#y/", undefined],
      ["https://open.spotify.com/user/someone", "another kind, user"],
      ["https://open.spotify.com/user/someone/collection", "another kind, collection"],
      ["spotify:user:someone:collection:your-episodes", "another kind, collection"],
      ["https://open.spotify.com/", "<kind>/<id>"],
      ["https://spotify.link/abc", "short link"],
      ["ftp://open.spotify.com/track/11dFghVXANMlKmJXsNCbNl", "neither a web link"]
    ] as const
  ) {
    it.effect(`${JSON.stringify(input)}: ${expected ?? "is fine"}`, () =>
      Effect.sync(() => {
        const parsed = Ids.Track.parse(input)
        if (expected === undefined) return assert.isTrue(Result.isSuccess(parsed))
        assert.include(issueOf(parsed), expected)
      }))
  }

  for (
    const [input, expected] of [
      ["some.one", "some.one"],
      ["#1 fan & more", "#1 fan & more"],
      ["spotify:user:%23caf%C3%A9", "#café"],
      ["spotify:user:#café?", "#café?"],
      ["spotify:user:100%", "100%"],
      ["https://open.spotify.com/user/embed", "embed"],
      ["https://open.spotify.com/intl-de/user/intl-de", "intl-de"],
      ["https://open.spotify.com/user/a%2Fb", "a/b"]
    ] as const
  ) {
    it.effect(`${JSON.stringify(input)} is the person ${JSON.stringify(expected)}`, () =>
      Effect.sync(() => assert.strictEqual<string>(Result.getOrThrow(Ids.User.parse(input)), expected)))
  }

  for (
    const [input, expected] of [
      ["", "neither the id of a person"],
      ["..", "neither the id of a person"],
      ["spotify:user:", "spotify:<kind>:<id>"],
      ["spotify:user:someone:collection", "another kind, collection"],
      ["https://example.com/user/someone", "example.com is not open.spotify.com"]
    ] as const
  ) {
    it.effect(`${JSON.stringify(input)} is no person: ${expected}`, () =>
      Effect.sync(() => assert.include(issueOf(Ids.User.parse(input)), expected)))
  }
})
