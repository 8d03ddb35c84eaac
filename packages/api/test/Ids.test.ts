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

/** Links and URIs in the forms in which people pass them on, with any id, encoded where necessary. */
const handedOn = (name: string, id: string): ReadonlyArray<string> => {
  const link = `https://open.spotify.com/${name}/${id}`
  const uri = `spotify:${name}:${id}`
  return [
    ...[link, uri, `open.spotify.com/${name}/${id}?si=x`].flatMap((address) => [
      `<${address}>`,
      `"${address}"`,
      `'${address}'`,
      `\`${address}\``,
      `“${address}”`,
      `«${address}»`,
      `(${address})`,
      `[${address}]`,
      `**${address}**`,
      `<${address}>.`,
      `[a title](${address})`,
      `\u200e${address}\u200f`,
      `\ufeff${address}\r\n`
    ]),
    `<${link}|a title>`,
    `open.spotify.com/${name}/${id}`,
    `//open.spotify.com/${name}/${id}`,
    `OPEN.SPOTIFY.COM/${name}/${id}?si=x`,
    `play.spotify.com/intl-de/${name}/${id}`,
    `open.spotify.com:443/${name}/${id}`,
    `HTTPS://Open.Spotify.com/${name}/${id}`,
    `http:open.spotify.com/${name}/${id}`,
    `SPOTIFY:${name}:${id}`,
    `Spotify:${name.toUpperCase()}:${id}`,
    `spotify://${name}/${id}`,
    `spotify://${name}/${id}?si=x`,
    `${uri}#0:38`,
    `${uri}#1:02:03`,
    `${uri}%230:38`,
    `${uri}?context=spotify:playlist:37i9dQZF1DX0XUsuxWHRQd`,
    `${uri}?si=x&context=spotify%3Aplaylist%3A37i9dQZF1DX0XUsuxWHRQd#0:38`,
    `https://embed.spotify.com/?uri=${encodeURIComponent(uri)}`,
    `embed.spotify.com?uri=${encodeURIComponent(uri)}&theme=white`,
    `https://embed.spotify.com/?uri=${encodeURIComponent(link)}`,
    `https://open.spotify.com/embed?uri=${encodeURIComponent(uri)}`,
    `https://open.spotify.com/embed/?uri=${encodeURIComponent(uri)}`,
    `https://open.spotify.com/follow/1/?uri=${encodeURIComponent(uri)}&size=basic`,
    encodeURIComponent(uri),
    encodeURIComponent(link)
  ]
}

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
          `https://open.spotify.com/embed-podcast/${name}/${id}`,
          ...handedOn(name, id)
        ]
      ) {
        const parsed: Result.Result<string, Error> = kind.parse(form)
        assert.strictEqual(Result.getOrThrow(parsed), id, form)
      }
    }
  })

  it.prop(
    "a link or a URI is read as people hand it on, whatever its kind (F96)",
    { id: Ids.TrackId, person: Ids.UserId },
    ({ id, person }) => {
      for (const name of Object.keys(base62Kinds)) {
        for (const form of handedOn(name, id)) {
          assert.deepStrictEqual<unknown>(Result.getOrThrow(Ids.parse(form)), { kind: name, id }, form)
        }
      }
      for (const form of handedOn("user", encodeURIComponent(person))) {
        assert.deepStrictEqual<unknown>(Result.getOrThrow(Ids.parse(form)), { kind: "user", id: person }, form)
        assert.strictEqual<string>(Result.getOrThrow(Ids.User.parse(form)), person, form)
        assert.strictEqual<string>(Result.getOrThrow(Ids.libraryUri(form)), Ids.User.uri(person), form)
      }
    },
    { arbitrary: { runs: 100 } }
  )

  it.prop("what stands behind an id and is none of it is left out (F96)", { id: Ids.TrackId }, ({ id }) => {
    for (const [name, kind] of Object.entries(base62Kinds)) {
      for (
        const form of [
          `"${id}"`,
          `<${id}>`,
          `${id}.`,
          `https://open.spotify.com/${name}/${id}.`,
          `https://open.spotify.com/${name}/${id}/discography/all`,
          `https://open.spotify.com/${name}/${id}&si=x`,
          `(https://open.spotify.com/${name}/${id}`,
          `https://open.spotify.com/${name}/${id}),`,
          `spotify:${name}:${id}…`,
          `spotify:user:some.one:playlist:${id}#0:38`.replace("playlist", name)
        ]
      ) {
        if (form.startsWith("spotify:user") && name !== "playlist") continue
        const parsed: Result.Result<string, Error> = kind.parse(form)
        assert.strictEqual(Result.getOrThrow(parsed), id, form)
      }
    }
  })

  it.prop(
    "no text with a link or a URI in it is ever a person (F96)",
    {
      before: Schema.String,
      address: Schema.Literals([
        "spotify:",
        "SPOTIFY:",
        "spotify%3A",
        "open.spotify.com",
        "Open.Spotify.Com",
        "play.spotify.com",
        "embed.spotify.com",
        "spotify.link",
        "spotify.app.link",
        "https://open.spotify.com/user/"
      ]),
      after: Schema.String
    },
    ({ address, after, before }) => {
      const parsed = Ids.User.parse(`${before}${address}${after}`)
      if (Result.isSuccess(parsed)) assert.notMatch(parsed.success, /spotify(:|%3a|\.com|\.link|\.app\.link)/i)
    },
    { arbitrary: { runs: 500 } }
  )

  it("long texts are turned down before anything is made of them (F96)", () => {
    for (const filler of ["(", "<", "\"", " ", ".", "|", "a", "%3", "spotify:", "?uri=", "embed.spotify.com?uri="]) {
      for (const length of [8_192, 1_000_000]) {
        const text = filler.repeat(length / filler.length)
        const startedAt = performance.now()
        for (const input of [text, `open.spotify.com/track/${text}`, `https://embed.spotify.com/?uri=${text}`]) {
          for (const kind of Object.values(kinds)) kind.parse(input)
          Ids.parse(input)
        }
        assert.isBelow(performance.now() - startedAt, 2_000)
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
      ["spotify.link/abc", "short link"],
      ["<Spotify.app.link/abc>", "short link"],
      ["spoti.fi/3abc", "short link"],
      ["open.spotify.com", "<kind>/<id>"],
      ["open.spotify.com.example.com/track/11dFghVXANMlKmJXsNCbNl", "example.com is not open.spotify.com"],
      ["https://open.spotify.com@example.com/track/11dFghVXANMlKmJXsNCbNl", "example.com is not open.spotify.com"],
      ["https://embed.spotify.com/?uri=11dFghVXANMlKmJXsNCbNl", "its uri is neither"],
      ["https://embed.spotify.com/?uri=spotify:album:11dFghVXANMlKmJXsNCbNl", "another kind, album"],
      ["mailto:11dFghVXANMlKmJXsNCbNl@example.com", "neither a web link"],
      ["https://[", "a link that cannot be read"],
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
      ["Who?", "Who?"],
      ["(me)", "(me)"],
      ["example.com", "example.com"],
      ["spotify", "spotify"],
      ["open.spotify.com/user/some.one", "some.one"],
      ["SPOTIFY:USER:some.one", "some.one"],
      ["spotify:user:some.one?si=x", "some.one"],
      ["spotify:user:...", "..."],
      ["https://open.spotify.com/user/some.one.", "some.one."],
      ["https://open.spotify.com/user/some.one/playlists", "some.one"],
      ["https://open.spotify.com/user/playlists", "playlists"],
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
      ["look: open.spotify.com/user/some.one", "neither the id of a person"],
      ["example.com/some.one", "example.com is not open.spotify.com"],
      ["//example.com/some.one", "example.com is not open.spotify.com"],
      ["spotify.link/abc", "short link"],
      ["ftp://example.com", "neither a web link"],
      ["https://", "a link that cannot be read"],
      ["spotify:user:", "spotify:<kind>:<id>"],
      ["spotify::someone", "spotify:<kind>:<id>"],
      ["spotify:user:someone:collection", "another kind, collection"],
      ["https://example.com/user/someone", "example.com is not open.spotify.com"]
    ] as const
  ) {
    it.effect(`${JSON.stringify(input)} is no person: ${expected}`, () =>
      Effect.sync(() => assert.include(issueOf(Ids.User.parse(input)), expected)))
  }
})
