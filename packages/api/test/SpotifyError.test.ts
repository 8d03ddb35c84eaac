import { AccessToken } from "@app/auth/AccessToken"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Answer from "../src/internal/Answer.ts"
import * as Profile from "../src/Profile.ts"
import * as SpotifyError from "../src/SpotifyError.ts"
import * as Tracks from "../src/Tracks.ts"
import * as Answers from "./Answers.ts"
import * as InMemory from "./InMemory.ts"

const tokenWith = (...scopes: ReadonlyArray<string>) =>
  new AccessToken({ value: Redacted.make("secret-token"), scopes, issuedAt: DateTime.makeUnsafe(0) })

const operation = {
  name: "tracks.saved",
  idempotent: true,
  scopes: ["user-library-read"],
  servedTo: "everyone",
  instead: undefined,
  answers: true,
  bucket: "library"
} as const

const forbidden = (
  body: string,
  token = tokenWith("user-library-read"),
  servedTo: "everyone" | "extended" | "legacy" = operation.servedTo
) => {
  const answer = Answer.describe(403, body, token)
  const reason = Answer.classify({
    answer,
    headers: Headers.empty,
    operation: { ...operation, servedTo },
    token,
    now: DateTime.makeUnsafe(0)
  })
  return reason._tag === "Forbidden" ? reason.kind : reason._tag
}

const message = (message: string, reason?: string) =>
  JSON.stringify({ error: { status: 403, message, ...(reason !== undefined && { reason }) } })

describe("Forbidden", () => {
  for (
    const [what, kind, expected] of [
      ["a message about scopes", forbidden(message("Insufficient client scope")), "InsufficientScope"],
      [
        "a token known to lack the scope, without a word",
        forbidden(message(""), tokenWith("streaming")),
        "InsufficientScope"
      ],
      ["the player's own reason", forbidden(message("Player command failed", "PREMIUM_REQUIRED")), "PremiumRequired"],
      [
        "plain text about the owner's plan",
        forbidden("An active premium subscription is required."),
        "PremiumRequired"
      ],
      ["plain text about the user list", forbidden("User not registered in the dashboard"), "NotRegistered"],
      ["a message about the user list", forbidden(message("The user may not be registered.")), "NotRegistered"],
      [
        "an operation outside Development Mode",
        forbidden(message("Forbidden"), undefined, "extended"),
        "NotInQuotaMode"
      ],
      ["no message at all", forbidden("{\"error\":{\"status\":403}}"), "Other"],
      ["an empty body", forbidden(""), "Other"],
      ["a page for people", forbidden("<html>premium registered scope</html>"), "Other"]
    ] as const
  ) {
    it(`${what}: ${expected}`, () => assert.strictEqual(kind, expected))
  }
})

describe("SpotifyError", () => {
  it.effect.prop("any error survives encode, JSON, decode, and has a message for people", {
    error: SpotifyError.SpotifyError
  }, ({ error }) =>
    Effect.gen(function*() {
      const codec = Schema.toCodecJson(SpotifyError.SpotifyError)
      const wire = JSON.parse(JSON.stringify(yield* Schema.encodeEffect(codec)(error)))
      const again = yield* Schema.decodeUnknownEffect(codec)(wire)
      assert.strictEqual(again.message, error.message)
      assert.strictEqual(again.isRetryable, error.isRetryable)
      assert.isAbove(error.message.length, 10)
    }))

  it.effect("I19: a wrong field is named by its path, and the raw answer is at hand, cut", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Tracks.get(Answers.trackId))
      assert.isTrue(error._tag === "SpotifyError")
      if (error._tag !== "SpotifyError" || error.reason._tag !== "UnexpectedAnswer") return assert.fail(error.message)
      assert.strictEqual(error.reason.path, "album.images.0.url")
      assert.strictEqual(error.answer?.status, 200)
      assert.strictEqual(error.answer?.body.length, 1_000)
      assert.include(error.message, "tracks.get")
    }).pipe(Effect.provide(InMemory.layer(InMemory.answer(200, {
      ...Answers.developmentTrack,
      album: { ...Answers.developmentTrack.album, images: [{ url: 7, height: 1, width: 1 }] },
      long: "x".repeat(5_000)
    })))))

  it.effect("an id of another kind fails before anything is sent", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Tracks.get("spotify:album:6eUW0wxWtzkFdaEFsTJto6"))
      assert.strictEqual(error.reason._tag, "InvalidArgument")
      assert.strictEqual((yield* InMemory.Wire).sent.length, 0)
    }).pipe(Effect.provide(InMemory.layer(InMemory.answer(200, Answers.developmentTrack)))))

  it.effect("the requests are those of the documentation", () =>
    Effect.gen(function*() {
      const { sent } = yield* InMemory.Wire
      yield* Tracks.get(`spotify:track:${Answers.trackId}`, { market: "DE" })
      yield* Effect.exit(Profile.me)
      assert.deepStrictEqual(sent.map(({ request, url }) => `${request.method} ${url}`), [
        `GET https://api.spotify.com/v1/tracks/${Answers.trackId}?market=DE`,
        "GET https://api.spotify.com/v1/me"
      ])
    }).pipe(Effect.provide(InMemory.layer(InMemory.answer(200, Answers.developmentTrack)))))
})
