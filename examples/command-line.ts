/**
 * `npm run example command-line.ts` runs a program of one person in a terminal, who signs in once and stays signed in.
 *
 * **Details**
 *
 * Without configuration the program runs on this machine: `@app/sandbox` stands in for Spotify, and a simulated person
 * agrees. The program runs twice, and the second run opens no browser. Then the person's sign-in ends in the middle of it.
 *
 * With SPOTIFY_CLIENT_ID your own browser opens at Spotify. First register http://127.0.0.1:8900/callback for that app, or
 * set SPOTIFY_REDIRECT_URI to a registered redirect URI. The tokens are stored in your configuration directory.
 */
import * as CommandLine from "@app/api/node/CommandLine"
import * as Profile from "@app/api/Profile"
import * as Browser from "@app/auth/node/Browser"
import * as TokenService from "@app/auth/TokenService"
import { Sandbox } from "@app/sandbox"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as References from "effect/References"

// =============================================================================
// The program
// =============================================================================

const options: CommandLine.Options = { app: "spotify-effect-example", scopes: ["user-read-private"] }

const program = Effect.gen(function*() {
  const { displayName, id } = yield* Profile.me
  const { signInDueAt } = yield* TokenService.status
  const due = signInDueAt === undefined ? "" : `, signed in until ${DateTime.formatIsoDateUtc(signInDueAt)} at most`
  yield* Console.log(`  You are ${displayName ?? id}${due}.`)
})

// =============================================================================
// Against the sandbox
// =============================================================================

/** Layer with a browser whose person agrees to everything. */
const SimulatedPerson = Layer.effect(
  Browser.Browser,
  Effect.gen(function*() {
    const { approve } = yield* Sandbox.Sandbox
    const http = yield* HttpClient.HttpClient
    return {
      open: (url) => Effect.as(Effect.orDie(Effect.flatMap(approve(url), (callback) => http.get(callback))), true)
    }
  })
)

const onThisMachine = Effect.gen(function*() {
  const { accountsUrl, apiUrl, client, revokeAccessTokens, revokeRefreshTokens } = yield* Sandbox.Sandbox
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped()
  const onUrl = ({ origin }: URL) => Console.log(`  Your browser opens at ${origin}.`)
  const Spotify = CommandLine.layerNoBrowser({ ...options, directory, onUrl, clientId: client.clientId }).pipe(
    Layer.provide(SimulatedPerson),
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({
      SPOTIFY_ACCOUNTS_URL: accountsUrl,
      SPOTIFY_API_URL: apiUrl,
      // Without a port any that is free, which the sandbox takes as Spotify does.
      SPOTIFY_REDIRECT_URI: "http://127.0.0.1/callback"
    })))
  )
  yield* Console.log("With a local stand-in for Spotify. Set SPOTIFY_CLIENT_ID to sign in at the real one.")
  yield* Console.log("\nThe first run of the program:")
  yield* Effect.provide(program, Spotify, { local: true })
  yield* Console.log("\nThe second run, which finds the tokens of the first:")
  yield* Effect.provide(program, Spotify, { local: true })
  yield* Console.log("\nA run in the middle of which the person revokes the app's access:")
  const withdraw = yield* Effect.cached(Effect.andThen(revokeRefreshTokens, revokeAccessTokens))
  const interrupted = program.pipe(Effect.andThen(withdraw), Effect.andThen(program))
  yield* Effect.provide(CommandLine.signInAgain(interrupted), Spotify, { local: true })
}).pipe(
  Effect.scoped,
  Effect.provide(Sandbox.layer()),
  Effect.provide([FetchHttpClient.layer, NodeServices.layer]),
  // The end of the sign-in is no news here.
  Effect.provideService(References.MinimumLogLevel, "Fatal")
)

// =============================================================================
// At Spotify
// =============================================================================

const main = Effect.gen(function*() {
  const clientId = yield* Config.option(Config.String("SPOTIFY_CLIENT_ID"))
  yield* Option.isSome(clientId) ? CommandLine.run(options)(program) : onThisMachine
})

NodeRuntime.runMain(main)
