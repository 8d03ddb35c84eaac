/** Token services that share a store, and a server whose refresh tokens work once. */
import type * as Grant from "@app/auth/Grant"
import type * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as Layer from "effect/Layer"
import * as References from "effect/References"
import type { ObservedStore } from "./ObservedStore.ts"
import { type Options, RotatingServer } from "./RotatingServer.ts"
import { client, start } from "./TokenServiceModel.ts"
import * as WallClock from "./WallClock.ts"

export interface World {
  readonly server: RotatingServer
  /** A service of a process of its own, over a store that it may share. */
  readonly open: (
    store: Layer.Layer<TokenStore.TokenStore>,
    grant: Grant.Grant | undefined,
    options?: Partial<TokenService.Options>
  ) => Effect.Effect<Effect.Success<ReturnType<typeof start>>>
}

export const inWorld = <A, E>(program: (world: World) => Effect.Effect<A, E, WallClock.WallClock>, options?: Options) =>
  Effect.suspend(() => {
    const server = new RotatingServer(options)
    return program({
      server,
      open: (store, grant, options) =>
        Effect.provideService(
          Effect.orDie(start({ client, store, grant, ...options })),
          HttpClient.HttpClient,
          server.httpClient
        )
    })
  }).pipe(
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.provide(WallClock.layer)
  )

/** Takes the store's lock until the deferred is done. */
export const holdLock = (store: ObservedStore, until: Deferred.Deferred<void>) =>
  Effect.provide(
    TokenStore.TokenStore.use(({ modify }) =>
      modify({ issuer: "", clientId: "", account: "" }, () => Deferred.await(until))
    ),
    store.layer
  )

/** Starts an effect, and lets no time pass. */
export const begin = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.forkChild(Effect.exit(effect), { startImmediately: true })
