/** What a contract can say of its operations, by groups that are not part of Spotify's. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import * as Annotations from "../src/contract/Annotations.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import type { SpotifyError } from "../src/SpotifyError.ts"
import * as ScriptedTransport from "./support/ScriptedTransport.ts"
import { answer } from "./support/ScriptedTransport.ts"

const Snapshot = Schema.Struct({ snapshot_id: Schema.String })

const Playlists = HttpApiGroup.make("playlists").add(
  HttpApiEndpoint.post("addItems", "/playlists/p/items", { success: Snapshot.pipe(HttpApiSchema.status(201)) }),
  HttpApiEndpoint.put("setItems", "/playlists/p/items", { success: Snapshot }),
  HttpApiEndpoint.put("setCover", "/playlists/p/images", { success: HttpApiSchema.Empty(202) })
    .annotate(Annotations.Scopes, {
      required: [["ugc-image-upload"], ["playlist-modify-public", "playlist-modify-private"]],
      optional: []
    }),
  HttpApiEndpoint.get("items", "/playlists/p/items", { success: Snapshot })
    .annotate(Annotations.Alternative, "Only playlists that the person owns or shares can be read."),
  HttpApiEndpoint.get("tracks", "/playlists/p/tracks", { success: Snapshot })
    .annotate(Annotations.Audience, "extended")
    .annotate(Annotations.Scopes, { required: [], optional: ["playlist-read-private"] }),
  HttpApiEndpoint.get("newReleases", "/browse/new-releases", { success: Snapshot })
    .annotate(Annotations.Audience, "extended")
)

const Player = HttpApiGroup.make("player").add(
  HttpApiEndpoint.get("state", "/me/player", { success: [Snapshot, HttpApiSchema.NoContent] }),
  HttpApiEndpoint.put("pause", "/me/player/pause", { success: HttpApiSchema.Empty(204) })
)

const addItems = SpotifyClient.call(Playlists, (playlists) => playlists.addItems())
const setCover = SpotifyClient.call(Playlists, (playlists) => playlists.setCover())
const state = SpotifyClient.call(Player, (player) => player.state())
const pause = SpotifyClient.call(Player, (player) => player.pause())

const snapshot = { snapshot_id: "s" }
const forbidden = answer(403, { error: { status: 403, message: "Forbidden" } })
const reasonOf = (error: SpotifyClient.Failure): SpotifyError["reason"] | undefined =>
  error._tag === "SpotifyError" ? error.reason : undefined

describe("a success", () => {
  for (const status of [200, 201, 202]) {
    it.effect(`with ${status} is the declared one when there is one with a body`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* addItems, snapshot)
      }).pipe(Effect.provide(ScriptedTransport.layer(answer(status, snapshot)))))
  }

  for (const status of [200, 202, 204]) {
    it.effect(`with ${status} and no body is the declared one without`, () =>
      Effect.gen(function*() {
        assert.isUndefined(yield* state)
        assert.isUndefined(yield* pause)
      }).pipe(Effect.provide(ScriptedTransport.layer(answer(status, "")))))
  }

  it.effect("with a body is read where it may have none", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* state, snapshot)
    }).pipe(Effect.provide(ScriptedTransport.layer(answer(200, snapshot)))))

  it.effect("without a body where one is declared is none", () =>
    Effect.gen(function*() {
      assert.strictEqual(reasonOf(yield* Effect.flip(addItems))?._tag, "UnexpectedResponse")
    }).pipe(Effect.provide(ScriptedTransport.layer(answer(201, "")))))
})

describe("scopes", () => {
  const grant = (...scopes: ReadonlyArray<string>) =>
    Effect.map(ScriptedTransport.Tokens, (tokens) => {
      tokens.scopes = scopes
    })

  for (const status of [401, 403]) {
    it.effect(`of which a token tells that one group is missing explain a ${status}, and no token is replaced`, () =>
      Effect.gen(function*() {
        yield* grant("playlist-modify-private", "user-read-private")
        const reason = reasonOf(yield* Effect.flip(setCover))
        assert.isTrue(reason?._tag === "Forbidden" && reason.kind === "InsufficientScope")
        assert.deepStrictEqual(reason?._tag === "Forbidden" ? reason.scopes : [], ["ugc-image-upload"])
        assert.isEmpty((yield* ScriptedTransport.Tokens).invalidated)
      }).pipe(Effect.provide(ScriptedTransport.layer(answer(status, { error: { status, message: "Nope" } })))))
  }

  it.effect("of which one of each group was granted explain nothing", () =>
    Effect.gen(function*() {
      yield* grant("playlist-modify-private", "ugc-image-upload")
      const reason = reasonOf(yield* Effect.flip(setCover))
      assert.isTrue(reason?._tag === "Forbidden" && reason.kind === "Other")
    }).pipe(Effect.provide(ScriptedTransport.layer(forbidden))))

  it.effect("do not explain a 401 whose challenge is about the token", () =>
    Effect.gen(function*() {
      yield* grant("playlist-modify-private")
      yield* Effect.flip(setCover)
      assert.isNotEmpty((yield* ScriptedTransport.Tokens).invalidated)
    }).pipe(
      Effect.provide(ScriptedTransport.layer(answer(401, "", { "www-authenticate": "Bearer error=\"invalid_token\"" })))
    ))
})

describe("a refusal", () => {
  it.effect("of what everyone is served says what it may be about", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(SpotifyClient.call(Playlists, (playlists) => playlists.items()))
      const reason = reasonOf(error)
      assert.isTrue(reason?._tag === "Forbidden" && reason.kind === "Other")
      assert.include(error.message, "Only playlists that the person owns or shares")
    }).pipe(Effect.provide(ScriptedTransport.layer(forbidden))))

  it.effect("of what may be a person's own tells nothing of the mode, one of the catalogue does", () =>
    Effect.gen(function*() {
      const { quotaMode } = yield* SpotifyClient.SpotifyClient
      yield* Effect.flip(SpotifyClient.call(Playlists, (playlists) => playlists.tracks()))
      assert.isUndefined(yield* quotaMode)
      yield* Effect.flip(SpotifyClient.call(Playlists, (playlists) => playlists.newReleases()))
      assert.strictEqual(yield* quotaMode, "development")
    }).pipe(Effect.provide(ScriptedTransport.layer(forbidden))))
})

describe("I17: a request that its call says is not idempotent", () => {
  const move = (options?: SpotifyClient.CallOptions) =>
    SpotifyClient.call(Playlists, (playlists) => playlists.setItems(), options).pipe(
      Effect.provideService(RetryPolicy.RetryPolicy, {
        ...RetryPolicy.standard,
        pauses: RetryPolicy.fullJitter({ base: 0, times: 2 })
      })
    )

  it.effect("is not sent a second time after it may have arrived, whatever its method", () =>
    Effect.gen(function*() {
      const wire = yield* ScriptedTransport.ScriptedTransport
      yield* Effect.flip(move({ idempotent: false }))
      assert.lengthOf(wire.sent, 1)
      yield* Effect.flip(move())
      assert.lengthOf(wire.sent, 4)
    }).pipe(Effect.provide(ScriptedTransport.layer({ _tag: "Reset" }))))
})
