/**
 * A token that is held and good, or a success that is only suspended: `TokenService.get runSync`, `success runSync`. Asked
 * for in steps of a generator, or each by a run of its own.
 */
import * as TokenService from "@app/auth/TokenService"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Spotify from "../Spotify.ts"
import type { MakeSubject, Subject } from "../Subject.ts"

const success = Effect.suspend(() => Effect.succeed(1))

export const validToken: MakeSubject = ({ origin, way = "" }) =>
  Effect.gen(function*() {
    const context = yield* Layer.build(Spotify.Tokens(origin, NodeHttpClient.layerUndici))
    yield* Effect.provideContext(TokenService.get, context)
    const [what, how] = way.split(" ")
    const effect: Effect.Effect<unknown, unknown, TokenService.TokenService> = what === "success"
      ? success
      : TokenService.get
    const runPromise = Effect.runPromiseWith(context)
    const runSync = Effect.runSyncWith(context)
    const ways: Readonly<Record<string, Subject["run"]>> = {
      generator: (times) =>
        runPromise(Effect.gen(function*() {
          for (let i = 0; i < times; i++) yield* effect
        })),
      runSync: (times) => {
        for (let i = 0; i < times; i++) runSync(effect)
        return Promise.resolve()
      },
      runPromise: async (times) => {
        for (let i = 0; i < times; i++) await runPromise(effect)
      }
    }
    const run = ways[how ?? ""]
    return run === undefined ? yield* Effect.die(`There is no way ${how}`) : { run }
  })
