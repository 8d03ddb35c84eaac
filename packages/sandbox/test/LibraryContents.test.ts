import { Catalogue, People, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { at, call, column, inSandbox, personToken, send, text } from "./support/Requests.ts"

const track = (id: string) => `spotify:track:${id}`

const { helvegen, typhoons } = Catalogue.ids

describe("a library", () => {
  it.live("has at the start what the settings say, in this order", () =>
    Effect.gen(function*() {
      const { library } = yield* Sandbox.Sandbox
      assert.deepStrictEqual(yield* library(), [track(helvegen), track(typhoons), "spotify:user:somebody"])
      assert.deepStrictEqual(yield* library({ as: People.quiet.id }), [])
      const saved = yield* call("/me/tracks", yield* personToken())
      assert.deepStrictEqual([at(saved, "items.0.track.id"), at(saved, "items.1.track.id")], [helvegen, typhoons])
    }).pipe(inSandbox({ libraries: { [People.sandy.id]: [helvegen, track(typhoons), "spotify:user:somebody"] } })))

  it.live("has what it is given while the sandbox runs, with the time of each where there is one", () =>
    Effect.gen(function*() {
      const { library, setLibrary } = yield* Sandbox.Sandbox
      const addedAt = DateTime.makeUnsafe("2011-05-06T07:08:09Z")
      yield* setLibrary([{ uri: track(typhoons), addedAt }, helvegen], { as: People.quiet.id })
      const saved = yield* call("/me/tracks", yield* personToken(People.quiet.id))
      assert.deepStrictEqual(column(saved, "items", "added_at")[1], "2011-05-06T07:08:09Z")
      assert.strictEqual(at(saved, "items.1.track.id"), typhoons)
      yield* setLibrary([], { as: People.quiet.id })
      assert.deepStrictEqual(yield* library({ as: People.quiet.id }), [])
    }).pipe(inSandbox()))

  it.live("fails for what the catalogue does not have and for people who are not there", () =>
    Effect.gen(function*() {
      const { library, setLibrary } = yield* Sandbox.Sandbox
      for (const item of [Catalogue.ids.unknown, "nothing", "spotify:album:short"]) {
        assert.strictEqual((yield* Effect.flip(setLibrary([item]))).reason._tag, "NotInCatalogue")
      }
      const nobody = yield* Effect.flip(library({ as: "nobody" }))
      assert.include(nobody.message, People.sandy.id)
      const libraries = { nobody: [typhoons] }
      const atStart = yield* Effect.flip(Effect.scoped(Layer.build(Layer.fresh(Sandbox.layer({ libraries })))))
      assert.strictEqual(atStart.reason._tag, "NoSuchPerson")
    }).pipe(inSandbox()))

  it.live("is read and replaced over HTTP", () =>
    Effect.gen(function*() {
      const { accountsUrl } = yield* Sandbox.Sandbox
      const urlOf = (person: string) => `${accountsUrl}/sandbox/people/${encodeURIComponent(person)}/library`
      const put = (person: string, body: unknown) =>
        send(urlOf(person), {
          method: "PUT",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body)
        })
      const addedAt = "2024-01-02T03:04:05Z"
      const items = [helvegen, { uri: track(typhoons), addedAt }]
      assert.strictEqual((yield* put(People.quiet.id, items)).status, 204)
      assert.deepStrictEqual((yield* send(urlOf(People.quiet.id))).json, [track(helvegen), track(typhoons)])
      for (
        const [person, body, status] of [
          ["nobody", [helvegen], 404],
          [People.sandy.id, [Catalogue.ids.unknown], 400],
          [People.sandy.id, { items: [] }, 400],
          [People.sandy.id, [{ uri: track(typhoons), added_at: addedAt }], 400]
        ] as const
      ) {
        const refused = yield* put(person, body)
        assert.strictEqual(refused.status, status)
        assert.isAbove(text(refused, "error").length, 10)
      }
      const people = yield* send(`${accountsUrl}/sandbox/people`)
      assert.deepStrictEqual(["0.id", "1.id", "2.id"].map((place) => at(people, place)), [
        People.sandy.id,
        People.quiet.id,
        People.stranger.id
      ])
      assert.deepStrictEqual((yield* send(`${accountsUrl}/sandbox/catalogue`)).json, Catalogue.all)
    }).pipe(inSandbox()))
})
