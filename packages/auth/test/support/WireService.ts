/** A token service that talks to a running server. */
import type * as AuthError from "@app/auth/AuthError"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import type { ObservedStore } from "./ObservedStore.ts"
import { RunningServer, type Settings } from "./RunningServer.ts"
import * as SignIn from "./SignIn.ts"

export const start = (options: Omit<TokenService.Options, "server">, store = TokenStore.layerMemory) =>
  Effect.gen(function*() {
    const { server } = yield* RunningServer
    return yield* TokenService.make({ ...options, server })
  }).pipe(Effect.provide(store))

export const asPerson = Effect.fnUntraced(function*(store?: Layer.Layer<TokenStore.TokenStore>) {
  const { publicClient: client } = yield* RunningServer
  return yield* start({ client, grant: yield* SignIn.complete(client) }, store)
})

export const tokenRequests = Effect.flatMap(RunningServer, (server) => server.tokenRequests)

export const refreshTokenIn = ({ record }: ObservedStore) => record?.tokenSet?.refreshToken ?? Redacted.make("")

export const endOf = (error: AuthError.AuthError) =>
  error.reason._tag === "ReauthorizationRequired" ? error.reason.kind : error.reason._tag

/** Runs a program with a server of its own. */
export const against = (running: (settings?: Settings) => Layer.Layer<RunningServer>) =>
<A, E>(
  program: Effect.Effect<A, E, RunningServer | HttpClient.HttpClient | Scope.Scope>,
  settings?: Settings,
  transport: Layer.Layer<HttpClient.HttpClient> = NodeHttpClient.layerUndici
) =>
  Effect.scoped(program).pipe(
    Effect.provide([running(settings), transport]),
    Effect.provideService(References.MinimumLogLevel, "None")
  )
