/** A program that signs in over loopback, and the person at its browser. */
import type { AuthError } from "@app/auth/AuthError"
import { Browser } from "@app/auth/node/Browser"
import * as LoopbackSignIn from "@app/auth/node/LoopbackSignIn"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { Sandbox } from "@app/sandbox"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import { once } from "node:events"
import { connect, type Server } from "node:net"
import { freePort } from "./FreePort.ts"

export interface Shown {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** What a browser gets for an address; a status of 0 where nobody answers. */
export const visit = (url: URL | string, init?: RequestInit): Effect.Effect<Shown> =>
  Effect.tryPromise(async (signal) => {
    const response = await fetch(url, { ...init, signal })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }).pipe(Effect.orElseSucceed(() => ({ status: 0, headers: new Headers(), text: "" })))

/** A browser that opens nothing, and tells a test what it was asked to open. */
export const opened = Effect.gen(function*() {
  const addresses = yield* Queue.unbounded<URL>()
  const layer = Layer.succeed(Browser, { open: (url) => Effect.as(Queue.offer(addresses, url), true) })
  return { addresses, layer }
})

/** A person who does what `answer` says with the address, as far as the page it leads to. */
export const person = (answer: (authorizationUrl: URL) => Effect.Effect<URL, unknown>) =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const shown = yield* Queue.unbounded<Shown>()
    const layer = Layer.succeed(Browser, {
      open: (url) =>
        Effect.flatMap(Effect.orDie(answer(url)), visit).pipe(
          Effect.flatMap((page) => Queue.offer(shown, page)),
          // A browser goes on when the program has what it wants.
          Effect.forkIn(scope),
          Effect.as(true)
        )
    })
    return { shown, layer }
  })

export const listenAt = (server: Server, port = 0, host = "127.0.0.1") =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      server.listen(port, host)
      await once(server, "listening")
      const address = server.address()
      return typeof address === "object" && address !== null ? address.port : 0
    }),
    () => Effect.promise(async () => new Promise((resolve) => server.close(resolve)))
  )

export const isListening = (port: number, host = "127.0.0.1") =>
  Effect.callback<boolean>((resume) => {
    const socket = connect(port, host)
    socket.once("connect", () => resume(Effect.sync(() => (socket.destroy(), true))))
    socket.once("error", () => resume(Effect.succeed(false)))
  })

/** A command-line program: its app, its token service, and a redirect URI on a port of its own. */
export const program = Effect.fnUntraced(function*(options: {
  readonly redirectUri?: string
  readonly store?: Layer.Layer<TokenStore.TokenStore>
} = {}) {
  const { accountsUrl, client: { clientId } } = yield* Sandbox.Sandbox
  const port = yield* freePort
  const app = {
    server: Providers.spotify.at(accountsUrl),
    client: { clientId },
    scopes: ["user-read-private"]
  }
  const tokens = yield* Effect.provide(
    TokenService.make(app),
    [options.store ?? TokenStore.layerMemory, FetchHttpClient.layer]
  )
  const redirectUri = options.redirectUri ?? `http://127.0.0.1:${port}/callback`
  const provided =
    (browser: Layer.Layer<Browser>) =>
    <A>(signIn: Effect.Effect<A, AuthError, Effect.Services<ReturnType<typeof LoopbackSignIn.signIn>>>) =>
      signIn.pipe(
        Effect.provide([browser, SecureRandom.layerWebCrypto, Digest.layerWebCrypto]),
        Effect.provideService(TokenService.TokenService, tokens)
      )
  return {
    port,
    tokens,
    signIn: (browser: Layer.Layer<Browser>, more: Partial<LoopbackSignIn.Options> = {}) =>
      provided(browser)(LoopbackSignIn.signIn({ ...app, redirectUri, ...more })),
    signInIfNeeded: (browser: Layer.Layer<Browser>, more: Partial<LoopbackSignIn.Options> = {}) =>
      provided(browser)(LoopbackSignIn.signInIfNeeded({ ...app, redirectUri, ...more }))
  }
})

export const withSandbox = <A, E>(test: Effect.Effect<A, E, Sandbox.Sandbox | Scope.Scope>) =>
  Effect.scoped(test).pipe(
    Effect.provide(Sandbox.layer()),
    Effect.provideService(References.MinimumLogLevel, "None")
  )

export const tokenRequests = Effect.flatMap(Sandbox.Sandbox, ({ count }) => count("POST /api/token"))

export const reasonOf = <A>(effect: Effect.Effect<A, AuthError>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason)

/** Begins a sign-in, up to the open browser. */
export const begin = Effect.fnUntraced(function*(more?: Partial<LoopbackSignIn.Options>) {
  const { addresses, layer } = yield* opened
  const running = yield* program()
  const fiber = yield* Effect.forkScoped(running.signIn(layer, more))
  return { ...running, addresses, fiber, url: yield* Queue.take(addresses) }
})
