/** Programs whose spans, metrics and log lines are watched. */
import * as TokenService from "@app/auth/TokenService"
import * as TokenSource from "@app/auth/TokenSource"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import * as Tracer from "effect/Tracer"
import * as SpanRecorder from "./SpanRecorder.ts"
import { inVirtualTime, type Options, start, type World } from "./TokenServiceModel.ts"

export const vault = TokenSource.layer({
  acquire: Effect.succeed({ value: Redacted.make("token"), expiresIn: "1 hour" as const }),
  name: "vault"
})

/** What is seen of a program from without. */
export const observed = () => {
  const lines: Array<string> = []
  const { spans, tracer } = SpanRecorder.make()
  const logger = Logger.make(({ fiber, logLevel, message }) => {
    const annotations = Object.entries(fiber.getRef(References.CurrentLogAnnotations))
    lines.push([logLevel, message, ...annotations.map(([key, value]) => `${key}=${String(value)}`)].join(" "))
  })
  const layer = Layer.mergeAll(
    Logger.layer([logger]),
    Layer.succeed(References.MinimumLogLevel, "All"),
    Layer.succeed(Tracer.Tracer, tracer)
  )
  return { lines, spans, layer }
}

/** A token service in a world of its own, and what it lets be seen from without. */
export const watched = <A, E>(
  program: (
    seen: { readonly lines: ReadonlyArray<string>; readonly spans: ReadonlyArray<Tracer.NativeSpan> }
  ) => Effect.Effect<A, E, TokenService.TokenService | World>,
  options?: Options
) => {
  const { layer, ...seen } = observed()
  return inVirtualTime(
    Effect.gen(function*() {
      const { stop, tokens } = yield* start({ account: "ann", ...options })
      yield* Effect.provideService(program(seen), TokenService.TokenService, tokens)
      yield* stop
    }).pipe(Effect.withSpan("start"), Effect.provide(layer))
  )
}

export const ann = "oauth.issuer=https://accounts.spotify.com oauth.client_id=client oauth.account=ann"

export const whileTimePasses = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.all([effect, TestClock.adjust("1 second")], { concurrency: 2 })
