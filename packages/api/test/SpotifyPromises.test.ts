/** Operations for programs of Promises. */
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as SpotifyError from "../src/SpotifyError.ts"
import * as SpotifyPromises from "../src/SpotifyPromises.ts"
import * as SpotifyTest from "../src/SpotifyTest.ts"

const typhoons = SpotifyTest.track({ name: "Typhoons" })
const addedAt = DateTime.makeUnsafe("2026-05-01T12:00:00Z")
const saved = ["One", "Two", "Three"].map((name) =>
  SpotifyTest.savedTrack({ track: SpotifyTest.track({ name }), addedAt })
)
const Spotify = SpotifyTest.layer({ me: SpotifyTest.currentUser({ displayName: "Ada" }), tracks: [typhoons], saved })

const failureOf = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => undefined, (error) => error)

const collected = async <A>(list: AsyncIterable<A>): Promise<ReadonlyArray<A>> => {
  const items: Array<A> = []
  for await (const item of list) items.push(item)
  return items
}

describe("SpotifyPromises", () => {
  it("returns plain data, which JSON keeps as it is", async () => {
    await using spotify = await SpotifyPromises.make(Spotify)
    const track = await spotify.tracks.get(typhoons.uri, { market: "SE" })
    assert.strictEqual(track.name, "Typhoons")
    assert.strictEqual(track.durationMs, 180_000)
    assert.deepStrictEqual(JSON.parse(JSON.stringify(track)), track)
    assert.deepStrictEqual(await spotify.tracks.getMany([typhoons.uri]), [track])
    assert.strictEqual((await spotify.profile.me()).displayName, "Ada")
    assert.isUndefined(await spotify.tracks.save([typhoons.uri]))
  })

  it("lists items one by one, as an array, and as pages", async () => {
    await using spotify = await SpotifyPromises.make(Spotify)
    const names: Array<string> = []
    for await (const { track } of spotify.tracks.saved({ pageSize: 1 })) {
      names.push(track.name)
      if (names.length === 2) break
    }
    assert.deepStrictEqual(names, ["One", "Two"])
    const list = spotify.tracks.saved()
    assert.deepStrictEqual((await list.toArray({ limit: 2 })).map(({ track }) => track.name), ["One", "Two"])
    assert.deepStrictEqual(
      (await list.toArray()).map(({ addedAt }) => addedAt),
      saved.map(() => "2026-05-01T12:00:00.000Z")
    )
    const pages = await collected(spotify.tracks.saved({ pageSize: 2 }).pages())
    assert.deepStrictEqual(pages.map(({ items, total }) => [items.length, total]), [[2, 3], [1, 3]])
  })

  it("takes a Date where operations take a time", async () => {
    const sent: Array<unknown> = []
    const Spotify = SpotifyTest.layer({
      answers: {
        "tracks.saveAt": ({ payload }) =>
          Effect.sync(() => {
            sent.push(...payload.timestampedIds.map(({ addedAt }) => DateTime.formatIso(addedAt)))
          })
      }
    })
    await using spotify = await SpotifyPromises.make(Spotify)
    await spotify.tracks.saveAt([{ id: "11dFghVXANMlKmJXsNCbNl", addedAt: new Date("2026-05-01T12:00:00Z") }])
    assert.deepStrictEqual(sent, ["2026-05-01T12:00:00.000Z"])
  })

  it("rejects with the error of a layer that cannot be built, whose stack is the caller's", async () => {
    const reason = new SpotifyError.InvalidConfiguration({ setting: "apiUrl", issue: "it is no URL." })
    const Broken = Layer.effect(SpotifyClient.SpotifyClient, Effect.fail(new SpotifyError.SpotifyError({ reason })))
    const whoStarts = async () => await SpotifyPromises.make(Broken)
    const error = await failureOf(whoStarts())
    assert.instanceOf(error, SpotifyError.SpotifyError)
    assert.strictEqual(error.reason, reason)
    assert.include(error.stack, "whoStarts")
  })

  it("says of an argument that is missing what is wrong with it", async () => {
    await using spotify = await SpotifyPromises.make(Spotify)
    const row: Readonly<Record<string, string>> = {}
    // What a program without types does.
    const error = await failureOf(spotify.tracks.get(row["id"] as string))
    assert.instanceOf(error, SpotifyError.SpotifyError)
    assert.strictEqual(error.message, "The track given cannot be right: \"undefined\": it is no text.")
  })

  it("rejects with the error of the operation, whose stack is the caller's", async () => {
    await using spotify = await SpotifyPromises.make(Spotify)
    const failing = async function whoAsks() {
      return await spotify.tracks.get("11dFghVXANMlKmJXsNCbNl")
    }
    const error = await failureOf(failing())
    assert.instanceOf(error, SpotifyError.SpotifyError)
    assert.instanceOf(error, Error)
    if (!(error instanceof SpotifyError.SpotifyError)) return
    assert.strictEqual(error.reason._tag, "NotFound")
    assert.include(error.stack, error.message)
    assert.include(error.stack, "whoAsks")
    const printed = inspect(error)
    assert.include(printed, error.message)
    assert.include(printed, "whoAsks")
    assert.match(printed, /reason: \{\s+_tag: 'NotFound'/)
    const listed = await failureOf(spotify.artists.topTracks("nonsense").then(() => undefined))
    assert.instanceOf(listed, SpotifyError.SpotifyError)
  })

  it("fails without frames of the library, in what Node prints of an error that nobody catches", async () => {
    await using spotify = await SpotifyPromises.make(Spotify)
    const error = await failureOf((async function whoAsks() {
      return await spotify.tracks.get("11dFghVXANMlKmJXsNCbNl")
    })())
    const printed = inspect(error, { customInspect: false, depth: 5 })
    assert.match(printed, /^SpotifyError[^\n]*: tracks\.get: Spotify has nothing under [^\n]*\n +at whoAsks /)
    assert.notInclude(printed, "/packages/api/src/")
    assert.notInclude(printed, "/effect/")
  })

  it("gives up with the reason of a signal, before a request or during it", async () => {
    const Hanging = SpotifyTest.layer({
      answers: { "profile.me": () => Effect.never, "tracks.saved": () => Effect.never }
    })
    await using spotify = await SpotifyPromises.make(Hanging)
    const aborted = AbortSignal.abort("too late")
    assert.strictEqual(await failureOf(spotify.withSignal(aborted).profile.me()), "too late")
    assert.strictEqual(await failureOf(spotify.withSignal(aborted).tracks.saved().toArray()), "too late")
    const controller = new AbortController()
    const { profile, tracks } = spotify.withSignal(controller.signal)
    const calls = [
      failureOf(profile.me()),
      failureOf(tracks.saved().toArray()),
      failureOf(collected(tracks.saved()))
    ]
    controller.abort("changed my mind")
    assert.deepStrictEqual(await Promise.all(calls), ["changed my mind", "changed my mind", "changed my mind"])
  })

  it("asks for nothing once a signal is aborted", async () => {
    let asked = 0
    const ask = Effect.suspend(() => {
      asked += 1
      return Effect.never
    })
    const Hanging = SpotifyTest.layer({ answers: { "profile.me": () => ask, "tracks.saved": () => ask } })
    await using spotify = await SpotifyPromises.make(Hanging)
    const { profile, tracks } = spotify.withSignal(AbortSignal.abort("too late"))
    const calls = [profile.me(), tracks.saved().toArray(), collected(tracks.saved()), collected(tracks.saved().pages())]
    for (const call of calls) assert.strictEqual(await failureOf(call), "too late")
    assert.strictEqual(asked, 0)
  })

  const closings: Readonly<
    Record<string, (spotify: SpotifyPromises.SpotifyPromises & SpotifyPromises.WithTokens) => Promise<void>>
  > = {
    "the client": (spotify) => spotify.close(),
    "its tokens": (spotify) => spotify.tokens.close()
  }

  for (const [closed, close] of Object.entries(closings)) {
    it(`ends iterations with ${closed}, whether they wait for a page or begin later`, async () => {
      let asked = 0
      const Hanging = SpotifyTest.layer({
        answers: {
          "tracks.saved": () =>
            Effect.suspend(() => {
              asked += 1
              return Effect.never
            })
        }
      })
      const Tokens = TokenService.layerStatic({ value: Redacted.make("a-token") })
      const spotify = await SpotifyPromises.make(Layer.merge(Hanging, Tokens))
      const list = spotify.tracks.saved()
      const endings = [failureOf(collected(list)), failureOf(collected(list.pages()))]
      await close(spotify)
      endings.push(failureOf(collected(list)), failureOf(collected(spotify.tracks.saved())))
      for (const error of await Promise.all(endings)) {
        assert.strictEqual(error instanceof Error ? error.message : error, "The client has been closed.")
      }
      assert.strictEqual(asked, 2)
    })
  }

  it("has the tokens of a layer that provides them", async () => {
    const Tokens = TokenService.layerStatic({ value: Redacted.make("a-token") })
    await using spotify = await SpotifyPromises.make(Layer.merge(Spotify, Tokens))
    assert.deepStrictEqual(await spotify.tokens.headers(), { authorization: "Bearer a-token" })
  })

  it("rejects calls after it was closed, and where its layer cannot be built", async () => {
    const spotify = await SpotifyPromises.make(Spotify)
    await spotify.close()
    assert.isDefined(await failureOf(spotify.profile.me()))
    const broken = Layer.unwrap(Effect.as(Effect.fail("no layer"), Spotify))
    assert.strictEqual(await failureOf(SpotifyPromises.make(broken)), "no layer")
  })
})
