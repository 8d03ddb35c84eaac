/**
 * `npm start` reads a profile and a track while the token is refreshed in the background.
 *
 * **Details**
 *
 * Without configuration the program runs against `@app/sandbox` on this machine, with tokens that live five seconds. With
 * SPOTIFY_CLIENT_ID it runs against Spotify: SPOTIFY_CLIENT_SECRET is enough for the track, and SPOTIFY_REFRESH_TOKEN adds
 * the profile. An argument names another track: `npm start -- https://open.spotify.com/track/…`.
 */
import type { Track } from "@app/api/model/Track"
import type { CurrentUser } from "@app/api/model/User"
import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
import * as Profile from "@app/api/Profile"
import * as SpotifyClient from "@app/api/SpotifyClient"
import * as Tracks from "@app/api/Tracks"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { Catalogue, Sandbox } from "@app/sandbox"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Runtime from "effect/Runtime"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"

// =============================================================================
// Output
// =============================================================================

const describeTrack = (track: Track) =>
  [
    `  ${track.name}`,
    `  by ${track.artists.map(({ name }) => name).join(", ")}`,
    `  from ${track.album.name} (${track.album.releaseDate ?? "date unknown"})`,
    `  ${minutes(track.duration)}`
  ].join("\n")

const minutes = (duration: Duration.Duration) => {
  const seconds = Math.round(Duration.toSeconds(duration))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} minutes`
}

// The 404 of the sandbox says where its tracks are listed; this list saves the person the way.
class UnknownTrack extends Data.TaggedError("UnknownTrack")<{ readonly where: string }> {
  override get message(): string {
    const tracks = Catalogue.tracks.map(({ artist, id, name }) => `  ${id}  ${artist}, ${name}`)
    return `${this.where} does not know that track. The stand-in for Spotify knows these:\n\n${tracks.join("\n")}`
  }
}

const getAt = (where: string, track: string) =>
  Tracks.get(track).pipe(
    Effect.catchReason("SpotifyError", "NotFound", () => Effect.fail(new UnknownTrack({ where })))
  )

const describeProfile = (user: CurrentUser) => `  ${user.displayName ?? user.id} (${user.uri})`

/** Makes a function that prints a line after the seconds since the program began. */
const timeline = Effect.map(
  Clock.currentTimeMillis,
  (startedAt) => (line: string) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const seconds = ((now - startedAt) / 1000).toFixed(1)
      return Console.log(`  ${seconds.padStart(5)} s  ${line}`)
    })
)

/** Prints a line for each new token, with the time left of the one before. */
const printTokens = Effect.fnUntraced(function*(
  print: (line: string) => Effect.Effect<void>,
  wasRevoked: (generation: number) => boolean
) {
  const tokens = yield* TokenService.TokenService
  let last = yield* tokens.status
  yield* tokens.changes.pipe(
    Stream.filter((status) => status.generation > last.generation),
    Stream.runForEach(Effect.fnUntraced(function*(status) {
      const now = yield* Clock.currentTimeMillis
      const ahead = ((last.expiresAt?.epochMilliseconds ?? now) - now) / 1000
      yield* print(
        `token ${status.generation} is here, `
          + (wasRevoked(last.generation)
            ? `since token ${last.generation} was refused`
            : `${ahead.toFixed(1)} s before token ${last.generation} ends`)
      )
      last = status
    }))
  )
})

// =============================================================================
// Against the sandbox
// =============================================================================

const tokenLifetime = Duration.seconds(5)

const OnThisMachine = Sandbox.signedIn({ scopes: ["user-read-private"] }).pipe(
  Layer.provideMerge(Sandbox.layer({ accessTokenLifetime: tokenLifetime })),
  Layer.provide(UndiciHttpClient.layer())
)

const onThisMachine = (track: string) =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox.Sandbox
    yield* Console.log(
      "Talking to a local stand-in for Spotify. Set SPOTIFY_CLIENT_ID to talk to the real one.\n\n"
        + "Signed in with authorization code and PKCE as\n"
    )
    yield* Console.log(`${describeProfile(yield* Profile.me)}\n`)
    yield* Console.log(`${describeTrack(yield* getAt("This local stand-in for Spotify", track))}\n`)
    yield* Console.log(
      `Tokens here live ${Duration.format(tokenLifetime)}. Now the same track, four times a second:\n`
    )
    const print = yield* timeline
    const calls = { made: 2, failed: 0, sincePrinted: 0 }
    const revoked = new Set<number>()
    yield* Effect.forkScoped(printTokens(print, (generation) => revoked.has(generation)))

    const call = Tracks.get(track).pipe(
      Effect.catch((error) => {
        calls.failed += 1
        return print(`a call failed: ${error.message}`)
      }),
      Effect.tap(() => {
        calls.made += 1
        calls.sincePrinted += 1
        return Effect.void
      })
    )
    const printCalls = Effect.suspend(() => {
      const { sincePrinted } = calls
      calls.sincePrinted = 0
      return print(`${"♪".repeat(sincePrinted)} ${sincePrinted} calls answered`)
    })
    const revoke = Effect.gen(function*() {
      const { generation } = yield* TokenService.status
      revoked.add(generation)
      yield* sandbox.revokeAccessTokens
      yield* print(`the server revokes token ${generation}`)
    })

    yield* Effect.forkScoped(Effect.delay(revoke, "8500 millis"))
    yield* Effect.forkScoped(Effect.repeat(Effect.delay(printCalls, "1 second"), Schedule.forever))
    yield* Effect.repeat(call, Schedule.fixed("250 millis").pipe(Schedule.upTo({ duration: "16 seconds" })))

    const tokenRequests = yield* sandbox.count("POST /api/token")
    const refreshes = yield* sandbox.count("POST /api/token", ({ grantType }) => grantType === "refresh_token")
    yield* Console.log(
      `\nsummary: calls=${calls.made} failed=${calls.failed} tokenRequests=${tokenRequests} `
        + `refreshes=${refreshes} revoked=${revoked.size}`
    )
  }).pipe(Effect.scoped, Effect.provide(OnThisMachine))

// =============================================================================
// Against Spotify
// =============================================================================

const WithSpotify = SpotifyClient.layerConfig().pipe(
  Layer.provideMerge(TokenService.layerConfig()),
  Layer.provide([TokenStore.layerMemory, UndiciHttpClient.layer()])
)

/** A program that nobody signs in to has no token of its own without a secret. */
class NothingToProve extends Data.TaggedError("NothingToProve") {
  override get message(): string {
    return "SPOTIFY_CLIENT_ID alone names the program but proves nothing. Set SPOTIFY_CLIENT_SECRET too for the program's own token, or SPOTIFY_REFRESH_TOKEN for a person's. `npm run example command-line.ts` signs you in without either."
  }
}

const withSpotify = (track: string) =>
  Effect.gen(function*() {
    const hasSecret = Option.isSome(yield* Config.option(Config.Redacted("SPOTIFY_CLIENT_SECRET")))
    const hasPerson = Option.isSome(yield* Config.option(Config.Redacted("SPOTIFY_REFRESH_TOKEN")))
    if (!hasSecret && !hasPerson) return yield* new NothingToProve()
    const accounts = Option.getOrUndefined(yield* Config.option(Config.NonEmptyString("SPOTIFY_ACCOUNTS_URL")))
    const api = Option.getOrUndefined(yield* Config.option(Config.NonEmptyString("SPOTIFY_API_URL")))
    yield* Console.log(
      accounts === undefined && api === undefined
        ? "Talking to Spotify, as SPOTIFY_CLIENT_ID says.\n"
        : `Talking to ${api ?? "Spotify"} with tokens of ${accounts ?? "Spotify"}, as the environment says.\n`
    )
    if (hasPerson) yield* Console.log(`${describeProfile(yield* Profile.me)}\n`)
    yield* Console.log(`${describeTrack(yield* api === undefined ? Tracks.get(track) : getAt(api, track))}\n`)
    const { generation, refreshAt } = yield* TokenService.status
    if (refreshAt !== undefined) {
      yield* Console.log(`The token would be refreshed at ${DateTime.formatIso(refreshAt)}, ahead of its end.`)
    }
    yield* Console.log(
      `summary: calls=${hasPerson ? 2 : 1} failed=0 tokenRequests=${generation} refreshes=${generation - 1} revoked=0`
    )
  }).pipe(Effect.provide(WithSpotify))

// =============================================================================
// Program
// =============================================================================

const main = Effect.gen(function*() {
  const track = process.argv[2] ?? Catalogue.ids.cutToTheFeeling
  const clientId = yield* Config.option(Config.String("SPOTIFY_CLIENT_ID"))
  yield* Option.isSome(clientId) ? withSpotify(track) : onThisMachine(track)
})

main.pipe(
  // The message is printed alone, without a stack trace.
  Effect.catch((error) =>
    Effect.andThen(
      Console.error(error.message),
      Effect.fail(Object.assign(new Error(error.message), { [Runtime.errorReported]: false }))
    )
  ),
  // The timeline says the same as the logs would.
  Effect.provideService(References.MinimumLogLevel, "None"),
  NodeRuntime.runMain
)
