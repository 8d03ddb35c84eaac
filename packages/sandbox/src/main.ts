#!/usr/bin/env node
/**
 * The sandbox as a program: `spotify-sandbox`, which `npm run sandbox` starts as well.
 *
 * **Details**
 *
 * Ports come from `--port` and `--api-port`, or from `PORT` and `API_PORT`. The program ends on SIGINT, SIGTERM and SIGHUP,
 * and when one of the commands that started it ends.
 */
import { Scope } from "@app/api/model/Scope"
import * as Providers from "@app/auth/Providers"
import * as TokenEndpoint from "@app/auth/TokenEndpoint"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import { fileURLToPath } from "node:url"
import * as Catalogue from "./Catalogue.ts"
import * as CommandChain from "./internal/CommandChain.ts"
import * as Sandbox from "./Sandbox.ts"

const Manifest = Schema.fromJsonString(Schema.Struct({ version: Schema.String }))

/** Reads the version out of package.json, which is one folder above this file in the sources and in the build. */
const readVersion = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const manifest = yield* fs.readFileString(fileURLToPath(new URL("../package.json", import.meta.url)))
  return (yield* Schema.decodeEffect(Manifest)(manifest)).version
})

/** Signs the first person in with all scopes, for programs of people who have no browser at hand. */
const signIn = Effect.gen(function*() {
  const { accountsUrl, clearLog, client: { clientId } } = yield* Sandbox.Sandbox
  const endpoint = yield* TokenEndpoint.make({ server: Providers.spotify.at(accountsUrl), client: { clientId } })
  const { refreshToken } = yield* endpoint.request(yield* Sandbox.signIn({ scopes: Scope.literals }))
  yield* clearLog
  return refreshToken === undefined ? "" : Redacted.value(refreshToken)
}).pipe(Effect.provide(NodeHttpClient.layerNodeHttp))

const serve = Effect.fnUntraced(function*(chainBroken: Effect.Effect<void>) {
  const { accountsUrl, apiUrl, client } = yield* Sandbox.Sandbox
  const refreshToken = yield* signIn
  const secret = Redacted.value(client.clientSecret)
  yield* Console.log(`A local Spotify is running. Ctrl-C stops it. ${accountsUrl}/ shows all of this.

  Accounts service  ${accountsUrl}
  Web API           ${apiUrl}
  client id         ${client.clientId}
  client secret     ${secret}
  redirect URI      ${client.redirectUri}  (any port)

For your own program, in the terminal that it runs in:

  export SPOTIFY_ACCOUNTS_URL=${accountsUrl} SPOTIFY_API_URL=${apiUrl} SPOTIFY_CLIENT_ID=${client.clientId}

Without a browser there, this as well: a person has signed in already.

  export SPOTIFY_REFRESH_TOKEN=${refreshToken}

Try it:

  curl -u ${client.clientId}:${secret} -d grant_type=client_credentials ${accountsUrl}/api/token
  curl -H "Authorization: Bearer <access_token>" ${apiUrl}/tracks/${Catalogue.ids.cutToTheFeeling}
  curl ${accountsUrl}/sandbox/catalogue
  curl ${accountsUrl}/sandbox/requests`)
  yield* chainBroken
  yield* Console.error("What started the sandbox has ended, and so does the sandbox.")
})

const sandbox = Command.make("spotify-sandbox", {
  port: Flag.Int("port").pipe(
    Flag.withDescription("Port of the Accounts service (or PORT); 0 takes a free one"),
    Flag.withFallbackConfig(Config.Int("PORT")),
    Flag.withDefault(8888)
  ),
  apiPort: Flag.Int("api-port").pipe(
    Flag.withDescription("Port of the Web API (or API_PORT); 0 takes a free one"),
    Flag.withFallbackConfig(Config.Int("API_PORT")),
    Flag.withDefault(8889)
  ),
  quotaMode: Flag.Literals("quota-mode", ["development", "extended"]).pipe(
    Flag.withDescription("Which operations and fields are served"),
    Flag.withDefault("development")
  ),
  legacy: Flag.Boolean("legacy").pipe(
    Flag.withDescription("In extended mode: also what apps from before 27 November 2024 are served"),
    Flag.withDefault(false)
  ),
  consent: Flag.Boolean("consent").pipe(
    Flag.withDescription("Show a consent page instead of agreeing at once"),
    Flag.withDefault(false)
  ),
  rotate: Flag.Boolean("rotate").pipe(
    Flag.withDescription("Give a new refresh token with each refresh; the old one dies"),
    Flag.withDefault(false)
  ),
  lifetime: Flag.Finite("access-token-lifetime").pipe(
    Flag.withDescription("Lifetime of access tokens, in seconds"),
    Flag.filter((seconds) => seconds > 0, () => "more than 0 seconds"),
    Flag.withDefault(3600)
  ),
  grace: Flag.Finite("refresh-token-grace").pipe(
    Flag.withDescription("Seconds for which the old refresh token is still accepted; implies --rotate"),
    Flag.filter((seconds) => seconds >= 0, () => "0 seconds or more"),
    Flag.withDefault(0)
  ),
  successors: Flag.Literals("refresh-token-successors", ["same", "every", "last"]).pipe(
    Flag.withDescription(
      "With --refresh-token-grace: what the old one receives. same: the first response again; "
        + "every: a new token, and all live; last: a new token, and only the last lives"
    ),
    Flag.withDefault("same")
  ),
  host: Flag.String("host").pipe(
    Flag.withDescription("Address to listen on, such as 0.0.0.0 in a container"),
    Flag.withDefault("127.0.0.1")
  ),
  allowedHosts: Flag.String("allowed-host").pipe(
    Flag.withDescription("Another name by which the sandbox may be reached, such as that of a container; repeatable"),
    Flag.atLeast(0)
  )
}, ({ allowedHosts, apiPort, consent, grace, host, legacy, lifetime, port, quotaMode, rotate, successors }) =>
  // The chain is read before the sandbox listens: a script that waits for the port may end npm at once.
  Effect.flatMap(CommandChain.watch, (chainBroken) =>
    Effect.provide(
      serve(chainBroken),
      Sandbox.layer({
        accountsPort: port,
        apiPort,
        quotaMode,
        legacy,
        autoApprove: !consent,
        host,
        allowedHosts,
        accessTokenLifetime: Duration.seconds(lifetime),
        rotateRefreshTokens: rotate || grace > 0,
        refreshTokenGrace: grace > 0 ? { duration: Duration.seconds(grace), successors } : "none"
      })
    ))).pipe(Command.withDescription("A local Spotify on loopback"))

const tracks = Command.make(
  "tracks",
  {},
  () => Console.log(Catalogue.tracks.map(({ artist, id, name }) => `${id}  ${artist}, ${name}`).join("\n"))
).pipe(
  Command.withDescription("List the tracks it has in common with Spotify")
)

/** The library puts suggestions on lines of their own, and quotes a schema's error about a variable. */
const sentence = (message: string): string =>
  message
    .replace(/\s*\n\s*Did you mean this\?\s*/, ". Did you mean: ")
    .replace(/"config"\. Expected: SchemaError\(.*\["(\w+)"\]\)/s, "$1 is not a number")

/** A wrong call gets a sentence and where to read on, not the whole help. */
const Presentation = Layer.merge(
  Layer.succeed(CliOutput.Presenter, {
    present: (event) =>
      event._tag === "InvalidInvocation"
        ? Console.error(
          [
            ...event.errors.map(({ message }) => sentence(message)),
            `Run '${event.commandPath.join(" ")} --help' for what it takes.`
          ].join("\n")
        )
        : CliOutput.defaultPresenter.present(event)
  }),
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] })
)

readVersion.pipe(
  Effect.flatMap((version) => Command.run(Command.withSubcommands(sandbox, [tracks]), { version })),
  Effect.catchTag("SandboxError", (error) =>
    Effect.andThen(
      Console.error(`${error.message} (--port, --api-port, or PORT, API_PORT).`),
      // The message is printed already, so there is no report and no stack trace.
      Effect.fail(Object.assign(error, { [Runtime.errorReported]: false }))
    )),
  Effect.provide(Layer.provideMerge(Presentation, NodeServices.layer)),
  NodeRuntime.runMain
)
