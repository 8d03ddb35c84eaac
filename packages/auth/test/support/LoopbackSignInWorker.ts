/** A command-line program that needs a person's tokens; it tells which page it opens, and which token it gets. */
import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import { Browser } from "@app/auth/node/Browser"
import * as LoopbackSignIn from "@app/auth/node/LoopbackSignIn"
import * as NodeFileLock from "@app/auth/node/NodeFileLock"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStorage from "@app/auth/TokenStorage"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import { createHash } from "node:crypto"

const [directory = "", accountsUrl = "", clientId = "", redirectUri = ""] = process.argv.slice(2)

const tell = (line: string) => Effect.sync(() => process.stdout.write(`${line}\n`))

const app = { server: Providers.spotify.at(accountsUrl), client: { clientId } }

const tokens = TokenService.layer(app).pipe(
  Layer.provide(TokenStorage.layerTokenStore),
  Layer.provide(FileTokenStorage.layer({ directory })),
  Layer.provideMerge(Layer.succeed(Browser, { open: (url) => Effect.as(tell(`opens ${url}`), true) })),
  Layer.provideMerge(NodeCrypto.layer),
  Layer.provide([NodeFileLock.layer, FetchHttpClient.layer]),
  Layer.provide([NodeFileSystem.layer, NodePath.layer])
)

LoopbackSignIn.signInIfNeeded({ ...app, redirectUri }).pipe(
  // Tells tokens apart and shows none.
  Effect.flatMap(({ value }) => tell(`has ${createHash("sha256").update(Redacted.value(value)).digest("hex")}`)),
  Effect.provide(tokens),
  Effect.provideService(References.MinimumLogLevel, "None"),
  NodeRuntime.runMain
)
