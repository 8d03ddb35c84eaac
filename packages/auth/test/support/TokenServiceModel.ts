/** How the tests of `TokenService` start one: against the model server, in virtual time of its own. */
import type { AccessToken } from "@app/auth/AccessToken"
import * as Grant from "@app/auth/Grant"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as ModelServer from "./ModelServer.ts"
import * as WallClock from "./WallClock.ts"

export const refreshToken = Grant.RefreshToken({ refreshToken: Redacted.make("AQ-0") })

export const client = { clientId: "client" }

export interface Options extends Partial<TokenService.Options> {
  readonly store?: Layer.Layer<TokenStore.TokenStore>
  /** What the model server shall know it by. */
  readonly name?: string
}

export const layer = ({ name = "", store = TokenStore.layerMemory, ...options }: Options = {}) =>
  TokenService.layer({ client, grant: refreshToken, ...options }).pipe(
    Layer.provide(store),
    Layer.provide(Layer.effect(
      HttpClient.HttpClient,
      Effect.map(HttpClient.HttpClient, ModelServer.named(name))
    ))
  )

/** Provides a layer whose end takes time, and lets that time pass. */
export const provideWhileTimePasses =
  <Out, E2>(provided: Layer.Layer<Out, E2>) => <A, E>(program: Effect.Effect<A, E, Out>): Effect.Effect<A, E | E2> =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(provided, scope)
      const exit = yield* Effect.exit(Effect.provideContext(program, context))
      yield* stop(scope)
      return yield* exit
    })

/** A token service as a program would have it, with an end that time can be made to pass for. */
export const start = Effect.fnUntraced(function*(options?: Options) {
  const scope = yield* Scope.make()
  const services: Context.Context<TokenService.TokenService> = yield* Layer.buildWithScope(layer(options), scope)
  return {
    tokens: Context.get(services, TokenService.TokenService),
    stop: stop(scope),
    /** Its end, for which a test lets the time pass itself. */
    close: Scope.close(scope, Exit.void)
  }
})

/** The service's end waits for a token request in flight, and only a test's own clock lets one end. */
export const stop = (scope: Scope.Closeable) =>
  Effect.gen(function*() {
    const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
    yield* TestClock.adjust(0)
    if (closing.pollUnsafe() === undefined) yield* TestClock.adjust("1 minute")
    yield* Fiber.join(closing)
  })

export type World = ModelServer.ModelServer | WallClock.WallClock

/** A world of its own: a model server, and clocks that begin at zero. */
export const inVirtualTime = <A, E>(
  program: Effect.Effect<A, E, World | HttpClient.HttpClient>,
  behaviour: Partial<ModelServer.Behaviour> = {}
): Effect.Effect<A, E> =>
  Effect.andThen(ModelServer.ModelServer.use((server) => server.behave(behaviour)), program).pipe(
    Effect.provide(ModelServer.layer),
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.provide(WallClock.layer)
  )

/** What an effect comes to when no time passes at all. */
export const atOnce = Effect.fnUntraced(function*<A, E>(effect: Effect.Effect<A, E>) {
  const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
  yield* TestClock.adjust(0)
  const exit = fiber.pollUnsafe()
  if (exit === undefined) {
    yield* Fiber.interrupt(fiber)
    return "waits" as const
  }
  return yield* exit
})

/** So many callers who ask for a token at the same instant. */
export const callAtOnce = (callers: number, tokens: TokenService.Service) =>
  Effect.forEach(
    Array.from({ length: callers }),
    () => Effect.forkChild(tokens.get, { startImmediately: true })
  )

export const secretOf = ({ value }: AccessToken): string => Redacted.value(value)

/** Runs a program with a token service in a world of its own. */
export const simulate = <A, E>(
  program: Effect.Effect<A, E, TokenService.TokenService | World>,
  { behaviour, ...options }: Options & { readonly behaviour?: Partial<ModelServer.Behaviour> } = {}
) =>
  inVirtualTime(
    Effect.gen(function*() {
      const { stop, tokens } = yield* start(options)
      const exit = yield* Effect.exit(Effect.provideService(program, TokenService.TokenService, tokens))
      yield* stop
      return yield* exit
    }),
    behaviour
  )
