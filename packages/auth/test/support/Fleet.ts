/** Processes that share accounts in a store in memory, in virtual time, and a server whose refresh tokens work once. */
import { AccountDirectory } from "@app/auth/AccountDirectory"
import * as Accounts from "@app/auth/Accounts"
import { AuthorizationServer } from "@app/auth/AuthorizationServer"
import type * as Grant from "@app/auth/Grant"
import * as MemorySharedTokenStore from "@app/auth/MemorySharedTokenStore"
import * as Providers from "@app/auth/Providers"
import * as SharedAccounts from "@app/auth/SharedAccounts"
import { SharedTokenStore } from "@app/auth/SharedTokenStore"
import * as TokenService from "@app/auth/TokenService"
import type { TokenKey } from "@app/auth/TokenStore"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { type Options, RotatingServer } from "./RotatingServer.ts"
import { stop } from "./TokenServiceModel.ts"
import * as WallClock from "./WallClock.ts"

export const server = new AuthorizationServer({ ...Providers.spotify, refreshTokenGrace: Duration.seconds(30) })

export const keyOf = (account: string): TokenKey => ({ issuer: server.issuer, clientId: "client", account })

export class Process {
  readonly accounts: Accounts.Service
  readonly stop: Effect.Effect<void>
  constructor(accounts: Accounts.Service, stop: Effect.Effect<void>) {
    this.accounts = accounts
    this.stop = stop
  }

  /** Runs an effect with the token service of an account. */
  as<A, E>(account: string, effect: Effect.Effect<A, E, TokenService.TokenService>) {
    return Effect.provide(effect, this.accounts.get(account))
  }

  tokenOf(account: string) {
    return Effect.map(this.as(account, TokenService.get), ({ value }) => Redacted.value(value))
  }
}

export interface Fleet {
  readonly provider: RotatingServer
  readonly store: SharedTokenStore["Service"]
  readonly directory: AccountDirectory["Service"]
  /** A process of its own, in which an account begins with the provider's refresh token for its name. */
  readonly open: (options?: Partial<SharedAccounts.Options>) => Effect.Effect<Process>
  /** Whether the row of an account has tokens and no end. */
  readonly isAlive: (account: string) => Effect.Effect<boolean>
}

export const inFleet = <A, E>(
  program: (fleet: Fleet) => Effect.Effect<A, E, WallClock.WallClock>,
  options: Options & { readonly httpClient?: (provider: RotatingServer) => HttpClient.HttpClient } = {}
) =>
  Effect.gen(function*() {
    const provider = new RotatingServer(options)
    const context = yield* Layer.build(MemorySharedTokenStore.layer())
    const store = Context.get(context, SharedTokenStore)
    const httpClient = options.httpClient?.(provider) ?? provider.httpClient
    const all: Array<Process> = []
    const grants = new Map<string, Grant.Grant>()
    const grantFor = (account: string) =>
      Effect.sync(() => {
        const grant = grants.get(account) ?? provider.signIn(account)
        grants.set(account, grant)
        return grant
      })
    const open: Fleet["open"] = Effect.fnUntraced(function*(options) {
      const scope = yield* Scope.make()
      const accounts = yield* Layer.buildWithScope(
        SharedAccounts.layer({
          client: { clientId: "client" },
          server,
          grantFor,
          ...options
        }).pipe(Layer.provide([Layer.succeedContext(context), Layer.succeed(HttpClient.HttpClient, httpClient)])),
        scope
      ).pipe(Effect.orDie)
      const process = new Process(Context.get(accounts, Accounts.Accounts), stop(scope))
      all.push(process)
      return process
    })
    const result = yield* Effect.exit(program({
      provider,
      store,
      directory: Context.get(context, AccountDirectory),
      open,
      isAlive: (account) =>
        Effect.map(Effect.orDie(store.peek(keyOf(account))), (seen) =>
          Option.exists(seen, ({ facts, record }) => Option.isSome(record) && facts.ended === undefined))
    }))
    for (const { stop } of all) {
      yield* stop
    }
    return yield* result
  }).pipe(
    Effect.scoped,
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.provide(WallClock.layer)
  )

/** Asks, and lets the time pass that a response takes. */
export const ask = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.gen(function*() {
    const asking = yield* Effect.forkChild(Effect.exit(effect), { startImmediately: true })
    yield* pass("3 seconds", "100 millis")
    return yield* yield* Fiber.join(asking)
  })

/** Lets time pass as processes see it: in steps, since each of their looks takes some. */
export const pass = (duration: Duration.Input, step: Duration.Input = "1 second") => {
  const steps = Math.ceil(
    Duration.toMillis(Duration.fromInputUnsafe(duration)) / Duration.toMillis(Duration.fromInputUnsafe(step))
  )
  return Effect.forEach(Array.from({ length: steps }), () => TestClock.adjust(step), { discard: true })
}
