#!/usr/bin/env node
/**
 * The program `token-fleet`: a process of a fleet, or one to try.
 *
 * **Details**
 *
 * `serve` takes its settings from environment variables, and logs a line of JSON for each event. It ends on SIGINT and
 * SIGTERM, when requests in flight have been answered. `FleetConfig.read` has the table of the variables.
 */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Fleet from "./Fleet.ts"
import * as FleetApi from "./FleetApi.ts"
import * as FleetConfig from "./FleetConfig.ts"
import { FleetServer } from "./FleetServer.ts"
import * as Demo from "./internal/demo/Demo.ts"
import * as ServiceKey from "./ServiceKey.ts"

/** A failure that has been logged: nothing else is printed, and the exit code is 1. */
const reported = <E extends object>(error: E): E => Object.assign(error, { [Runtime.errorReported]: false })

const logFailure = <A, E extends { readonly message: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.catch(effect, (error) => Effect.andThen(Effect.logFatal(error.message), Effect.fail(reported(error))))

const Listening = Layer.effectDiscard(
  FleetServer.use(({ healthUrl, url }) =>
    Effect.annotateLogs(Effect.logInfo("The fleet is listening"), { url, healthUrl })
  )
)

const serve = Command.make("serve", {}, () =>
  Effect.gen(function*() {
    const config = yield* FleetConfig.read
    if (!config.isEncrypted) {
      yield* Effect.logWarning("TOKEN_ENCRYPTION_KEYS is not set, so tokens are not encrypted in the database.")
    }
    return yield* Layer.launch(Layer.provide(Listening, Fleet.layerNode(config)))
  }).pipe(logFailure)).pipe(Command.withDescription("Run a process of a fleet, with settings from the environment"))

const demo = Command.make("demo", {
  port: Flag.Int("port").pipe(
    Flag.withDescription("Port of the API; 0 takes a free one"),
    Flag.withDefault(8080)
  ),
  healthPort: Flag.Int("health-port").pipe(
    Flag.withDescription("Port of health and metrics; 0 takes a free one"),
    Flag.withDefault(8081)
  )
}, (ports) => logFailure(Demo.run(ports))).pipe(
  Command.withDescription("Run a fleet to try, with a database and a provider of its own")
)

const newKey = Command.make("new-key", {}, () =>
  ServiceKey.generate("admin").pipe(
    Effect.flatMap((parts) => Console.log(Redacted.value(ServiceKey.print(parts))))
  )).pipe(Command.withDescription("Print a new administrator's service key, for FLEET_ADMIN_KEY"))

const openApi = Command.make(
  "openapi",
  {},
  () => Console.log(JSON.stringify(FleetApi.openApi(), undefined, 2))
).pipe(Command.withDescription("Print the OpenAPI document of the API"))

Command.make("token-fleet").pipe(
  Command.withDescription("A server that keeps OAuth tokens of many accounts fresh"),
  Command.withSubcommands([serve, demo, newKey, openApi]),
  Command.run({ version: "0.1.0" }),
  Effect.provide(Layer.mergeAll(NodeServices.layer, NodeCrypto.layer, Logger.layer([Logger.consoleJson]))),
  NodeRuntime.runMain
)
