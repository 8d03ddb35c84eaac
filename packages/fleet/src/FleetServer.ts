/**
 * The HTTP server of a fleet: the routes of `FleetApi`, and nothing that answers without a service key.
 */
import type { AccountDirectory } from "@app/auth/AccountDirectory"
import type { AuthError } from "@app/auth/AuthError"
import type { AuthorizationRequestStore } from "@app/auth/AuthorizationRequestStore"
import type { SharedTokenStore } from "@app/auth/SharedTokenStore"
import * as Context from "effect/Context"
import type * as Digest from "effect/crypto/Digest"
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerError from "effect/http/HttpServerError"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import type { Apps } from "./Apps.ts"
import { FleetApi } from "./FleetApi.ts"
import type { FleetStore } from "./FleetStore.ts"
import * as Authentication from "./internal/Authentication.ts"
import * as Accounts from "./internal/handlers/Accounts.ts"
import * as Admin from "./internal/handlers/Admin.ts"
import * as SignIns from "./internal/handlers/SignIns.ts"
import * as Tokens from "./internal/handlers/Tokens.ts"
import * as Reading from "./internal/Reading.ts"
import * as HealthServer from "./internal/server/HealthServer.ts"
import * as Listening from "./internal/server/Listening.ts"
import * as Stopping from "./internal/Stopping.ts"
import type { ServiceKeys } from "./ServiceKeys.ts"

const Routes = HttpApiBuilder.layer(FleetApi).pipe(
  Layer.provide([Tokens.layer, Accounts.layer, SignIns.layer, Admin.layer]),
  Layer.provide([Authentication.layer, Reading.layer])
)

/** Responses have secrets in them, and belong in no cache. */
const headers = { "cache-control": "no-store", "x-content-type-options": "nosniff" }

const isRouteNotFound = (error: unknown): boolean =>
  HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound"

/** Around all routes, and around requests that no route is for. */
const Around = HttpRouter.middleware(
  Effect.map(
    Authentication.otherwise,
    (otherwise) => (effect) =>
      Effect.catchIf(effect, isRouteNotFound, () => otherwise).pipe(
        Effect.provideService(HttpIncomingMessage.MaxBodySize, Reading.maxBodySize),
        Effect.map(HttpServerResponse.setHeaders(headers))
      )
  ),
  { global: true }
)

/** The name of an account has 192 bytes, and each may be written as three letters. */
const maxParamLength = 1024

// =============================================================================
// Service
// =============================================================================

/**
 * A server that listens.
 *
 * @category services
 * @since 0.1.0
 */
export class FleetServer extends Context.Service<FleetServer, {
  /** The address of the API, such as `http://127.0.0.1:8080`. */
  readonly url: string
  /** The address of `/livez`, `/readyz` and `/metrics`, such as `http://127.0.0.1:8081`. */
  readonly healthUrl: string
}>()("@app/fleet/FleetServer") {}

/**
 * Options for `layer`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The address to listen on. Default: `127.0.0.1`. */
  readonly host?: string | undefined
  /** The port of the API; 0 takes a free one. Default: 8080. */
  readonly port?: number | undefined
  /** The port of health and metrics; 0 takes a free one. Default: 8081. */
  readonly healthPort?: number | undefined
  /** The longest time for which a refresh may have been due while the process counts as ready. Default: 1 minute. */
  readonly maxLag?: Duration.Input | undefined
  /** The time that the end waits for requests in flight. Default: 15 seconds. */
  readonly shutdownTimeout?: Duration.Input | undefined
}

// =============================================================================
// Layers
// =============================================================================

const Served = HttpRouter.serve(Layer.merge(Routes, Around), {
  routerConfig: { maxParamLength },
  disableLogger: true,
  disableListenLog: true
})

/**
 * Layer that serves the API, health and metrics on Node.
 *
 * **Details**
 *
 * Headers of requests have 16 KiB at most, bodies 64 KiB, and both have to come in within 10 seconds. Health and metrics need
 * no key, show no account, and are on a port of their own, which is for the machine or the cluster alone.
 *
 * When its scope ends, the process is no longer ready, takes no further request, and waits for those in flight. Fails with
 * `InvalidConfiguration` when a port cannot be listened on.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options = {}): Layer.Layer<
  FleetServer,
  AuthError,
  | AccountDirectory
  | Apps
  | AuthorizationRequestStore
  | Digest.Digest
  | FleetStore
  | SecureRandom.SecureRandom
  | ServiceKeys
  | SharedTokenStore
> => {
  const host = options.host ?? "127.0.0.1"
  const Health = HealthServer.layer({
    host,
    port: options.healthPort ?? 8081,
    maxLag: Duration.fromInputUnsafe(options.maxLag ?? "1 minute")
  })
  const Api = Listening.layer({
    host,
    port: options.port ?? 8080,
    setting: "FLEET_PORT",
    shutdownTimeout: Duration.fromInputUnsafe(options.shutdownTimeout ?? "15 seconds")
  })
  return Layer.effect(
    FleetServer,
    Effect.gen(function*() {
      const { address } = yield* HttpServer.HttpServer
      const { url } = yield* HealthServer.HealthServer
      const { begin } = yield* Stopping.Stopping
      // Ends before the server does, so that nobody is led here meanwhile.
      yield* Effect.addFinalizer(() => begin)
      return { url: HttpServer.formatAddress(address), healthUrl: url }
    })
  ).pipe(
    Layer.provide(Served),
    Layer.provide(Api),
    Layer.provide(Health),
    Layer.provide(Stopping.layer),
    Layer.fresh
  )
}
