/**
 * `npm run example sign-in.ts` runs a command-line program that signs you in once and keeps you signed in.
 *
 * **Details**
 *
 * Without configuration the program runs on this machine: `@app/sandbox` stands in for Spotify, and a simulated person
 * agrees. With SPOTIFY_CLIENT_ID your own browser opens at Spotify. First register http://127.0.0.1:8900/callback for that
 * app, or set SPOTIFY_REDIRECT_URI to a registered redirect URI. The tokens are stored in your configuration directory, so
 * the second run opens no browser.
 */
import type { Scope } from "@app/api/model/Scope"
import * as Profile from "@app/api/Profile"
import * as SpotifyClient from "@app/api/SpotifyClient"
import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import * as Browser from "@app/auth/node/Browser"
import * as LoopbackSignIn from "@app/auth/node/LoopbackSignIn"
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
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as UserDirectories from "effect/persistence/UserDirectories"
import type { PlatformError } from "effect/PlatformError"
import * as References from "effect/References"
import * as Runtime from "effect/Runtime"

// =============================================================================
// Sign-in
// =============================================================================

const scopes: ReadonlyArray<Scope> = ["user-read-private"]

const whoAmI = Effect.fnUntraced(function*(options: Omit<LoopbackSignIn.Options<Scope>, "scopes" | "onUrl">) {
  yield* LoopbackSignIn.signInIfNeeded({
    ...options,
    scopes,
    programName: "The example sign-in.ts",
    onUrl: (url) => Console.log(`  Your browser opens at ${url.origin}. If it does not, open this:\n  ${url}`)
  })
  const { displayName, id } = yield* Profile.me
  const { signInDueAt } = yield* TokenService.status
  const due = signInDueAt === undefined ? "" : `, signed in until ${DateTime.formatIsoDateUtc(signInDueAt)} at most`
  yield* Console.log(`  You are ${displayName ?? id}${due}.`)
})

/** Layer with tokens in a storage and a client that uses them. */
const Spotify = (
  app: Pick<TokenService.Options, "server" | "client">,
  storage: Layer.Layer<TokenStorage.TokenStorage, PlatformError>,
  apiUrl?: string
) =>
  SpotifyClient.layer({ apiUrl }).pipe(
    Layer.provideMerge(TokenService.layer({ ...app, scopes })),
    Layer.provide(Layer.provide(TokenStorage.layerTokenStore, storage))
  )

const Platform = Layer.mergeAll(NodeFileLock.layer, NodeCrypto.layer, NodeHttpClient.layerUndici, NodeServices.layer)

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
  const { accountsUrl, apiUrl, client: { clientId, redirectUri } } = yield* Sandbox.Sandbox
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped()
  const app = { server: Providers.spotify.at(accountsUrl), client: { clientId } }
  yield* Console.log("With a local stand-in for Spotify. Set SPOTIFY_CLIENT_ID to sign in at the real one.\n")
  for (const run of ["first", "second"]) {
    yield* Console.log(`The ${run} run of the program:`)
    yield* Effect.provide(
      whoAmI({ ...app, redirectUri }),
      Spotify(app, Layer.provide(FileTokenStorage.layer({ directory }), Platform), apiUrl)
    )
  }
}).pipe(Effect.scoped, Effect.provide(Layer.provideMerge(SimulatedPerson, Sandbox.layer())))

// =============================================================================
// Against Spotify
// =============================================================================

const withSpotify = Effect.fnUntraced(function*(clientId: string) {
  const redirectUri = yield* Config.String("SPOTIFY_REDIRECT_URI").pipe(
    Config.withDefault("http://127.0.0.1:8900/callback")
  )
  const app = { client: { clientId } }
  const storage = FileTokenStorage.layerUser("spotify-effect-sign-in").pipe(
    Layer.provide([Platform, UserDirectories.layer])
  )
  yield* Effect.provide(whoAmI({ ...app, redirectUri }), Spotify(app, storage))
}, Effect.provide(Browser.layer))

// =============================================================================
// Program
// =============================================================================

const main = Effect.gen(function*() {
  const clientId = yield* Config.option(Config.String("SPOTIFY_CLIENT_ID"))
  yield* Option.isSome(clientId) ? withSpotify(clientId.value) : onThisMachine
})

main.pipe(
  // The message is printed alone, without a stack trace.
  Effect.catch((error) =>
    Effect.andThen(
      Console.error(error.message),
      Effect.fail(Object.assign(new Error(error.message), { [Runtime.errorReported]: false }))
    )
  ),
  Effect.provide(Platform),
  Effect.provideService(References.MinimumLogLevel, "Error"),
  NodeRuntime.runMain
)
