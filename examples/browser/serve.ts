/**
 * `npm run example:browser`: builds the page, serves it, and builds it again when a file changes.
 *
 * **Details**
 *
 * Without configuration a local stand-in for Spotify runs beside it, whose tokens live for two minutes, so that refreshes
 * are seen. With VITE_SPOTIFY_CLIENT_ID the page talks to Spotify. First register http://127.0.0.1:8900/callback for that
 * app.
 */
import { Sandbox } from "@app/sandbox"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import { build, type InlineConfig, preview } from "vite"
import { configurationOf, type Settings } from "./Site.ts"

const watch = (configuration: InlineConfig) =>
  Effect.acquireRelease(
    Effect.promise(() => build({ ...configuration, build: { ...configuration.build, watch: {} } })),
    (watcher) => Effect.promise(async () => "close" in watcher ? watcher.close() : undefined)
  )

/** A port that is taken is the one thing that goes wrong here and that somebody can put right. */
const listen = (configuration: InlineConfig) =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () => preview(configuration),
      catch: (cause) => `The page could not be served: ${cause instanceof Error ? cause.message : String(cause)}`
    }),
    (server) => Effect.promise(() => server.close())
  )

const serve = Effect.fnUntraced(function*(settings: Settings) {
  const fs = yield* FileSystem.FileSystem
  const page = configurationOf(settings)
  const configuration: InlineConfig = {
    ...page,
    configFile: false,
    // `dist` is for the page that is published.
    build: { ...page.build, outDir: yield* fs.makeTempDirectoryScoped({ prefix: "liner-notes-" }) },
    // Spotify compares the port of a redirect URI; the stand-in takes any.
    preview: { ...page.preview, strictPort: settings.accountsUrl === undefined }
  }
  // `watch` does not wait for the first build.
  yield* Effect.promise(() => build(configuration))
  yield* watch(configuration)
  const server = yield* listen(configuration)
  yield* Console.log(`Open ${server.resolvedUrls?.local[0]}  (Ctrl-C stops it)`)
  return yield* Effect.never
})

const withSandbox = Effect.gen(function*() {
  const { accountsUrl, apiUrl, client: { clientId } } = yield* Sandbox.Sandbox
  yield* Console.log("With a local stand-in for Spotify. Set VITE_SPOTIFY_CLIENT_ID to use the real one.\n")
  return yield* serve({ accountsUrl, apiUrl, clientId })
}).pipe(Effect.provide(Sandbox.layer({ autoApprove: false, accessTokenLifetime: Duration.minutes(2) })))

Effect.gen(function*() {
  const clientId = yield* Config.option(Config.NonEmptyString("VITE_SPOTIFY_CLIENT_ID"))
  return yield* Option.isSome(clientId) ? serve({ clientId: clientId.value }) : withSandbox
}).pipe(
  Effect.scoped,
  // The message is printed alone, without a stack trace.
  Effect.catch((error) =>
    Effect.andThen(
      Console.error(typeof error === "string" ? error : error.message),
      Effect.fail(Object.assign(new Error(), { [Runtime.errorReported]: false }))
    )
  ),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain
)
