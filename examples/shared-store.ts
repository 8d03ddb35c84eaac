/**
 * `npm run example shared-store.ts` runs three processes that use one person's tokens out of one store.
 *
 * **Details**
 *
 * The store is a folder here, for processes on one machine. For processes on several machines, take `SqlTokenStorage` in
 * place of `FileTokenStorage`: nothing else changes. The server gives a new refresh token with each refresh and refuses the
 * old one, so that two processes that refreshed at the same time would end the sign-in for all of them.
 */
import * as Profile from "@app/api/Profile"
import * as SpotifyClient from "@app/api/SpotifyClient"
import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import * as NodeFileLock from "@app/auth/node/NodeFileLock"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStorage from "@app/auth/TokenStorage"
import { Sandbox } from "@app/sandbox"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as References from "effect/References"
import * as Schedule from "effect/Schedule"

// =============================================================================
// One process
// =============================================================================

const Platform = Layer.mergeAll(NodeFileLock.layer, NodeCrypto.layer, NodeHttpClient.layerUndici, NodeServices.layer)

/** Layer with tokens out of the shared folder, which is all that the processes have in common. */
const Spotify = Layer.unwrap(Effect.gen(function*() {
  const apiUrl = yield* Config.String("SPOTIFY_API_URL")
  const directory = yield* Config.String("SHARED_FOLDER")
  return SpotifyClient.layer({ apiUrl }).pipe(
    Layer.provideMerge(TokenService.layerConfig()),
    Layer.provide(TokenStorage.layerTokenStore),
    Layer.provide(FileTokenStorage.layer({ directory }))
  )
})).pipe(Layer.provide(Platform))

/** Calls the API ten times a second, for longer than three tokens live. */
const worker = Effect.gen(function*() {
  const used = new Set<number>()
  let answered = 0
  let failed = 0
  const call = Effect.gen(function*() {
    yield* Profile.me
    answered += 1
    used.add((yield* TokenService.get).issuedAt.epochMilliseconds)
  }).pipe(Effect.catch(() =>
    Effect.sync(() => {
      failed += 1
    })
  ))
  yield* Effect.repeat(call, Schedule.fixed("100 millis").pipe(Schedule.upTo({ duration: "5 seconds" })))
  yield* Console.log(`${answered} calls answered, ${failed} failed, ${used.size} tokens`)
}).pipe(Effect.provide(Spotify))

// =============================================================================
// All of them
// =============================================================================

const tokenLifetime = Duration.seconds(2)

const all = Effect.gen(function*() {
  const { accountsUrl, apiUrl, client: { clientId }, clearLog, refreshCounts } = yield* Sandbox.Sandbox
  const fs = yield* FileSystem.FileSystem
  const processes = yield* ChildProcessSpawner.ChildProcessSpawner
  const directory = yield* fs.makeTempDirectoryScoped()

  const Tokens = TokenService.layer({ client: { clientId }, server: Providers.spotify.at(accountsUrl) }).pipe(
    Layer.provide(TokenStorage.layerTokenStore),
    Layer.provide(FileTokenStorage.layer({ directory })),
    Layer.provide(Platform)
  )
  yield* Effect.provide(Effect.flatMap(Sandbox.signIn(), TokenService.authorize), Tokens)
  yield* Console.log(`A person has signed in. Tokens live ${Duration.format(tokenLifetime)}. Three processes start.\n`)
  yield* clearLog

  const command = ChildProcess.make(process.execPath, [import.meta.filename], {
    extendEnv: true,
    env: {
      SPOTIFY_CLIENT_ID: clientId,
      SPOTIFY_ACCOUNTS_URL: accountsUrl,
      SPOTIFY_API_URL: apiUrl,
      SHARED_FOLDER: directory
    }
  })
  yield* Effect.forEach(
    [1, 2, 3],
    (number) => Effect.flatMap(processes.string(command), (line) => Console.log(`process ${number}: ${line.trim()}`)),
    {
      concurrency: "unbounded"
    }
  )

  const { overlapping, requests, reused } = yield* refreshCounts
  yield* Console.log(
    `\nThe server has seen ${requests} refreshes for all three: ${overlapping} of them overlapped, ${reused} were refused.`
  )
}).pipe(
  Effect.scoped,
  Effect.provide([Sandbox.layer({ accessTokenLifetime: tokenLifetime, rotateRefreshTokens: true }), NodeServices.layer])
)

const main = Effect.gen(function*() {
  const folder = yield* Config.option(Config.String("SHARED_FOLDER"))
  yield* Option.isSome(folder) ? worker : all
})

main.pipe(
  // The lines that the program prints say the same as the logs would.
  Effect.provideService(References.MinimumLogLevel, "None"),
  NodeRuntime.runMain
)
