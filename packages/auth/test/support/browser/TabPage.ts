/** The program of a page that signs in and shares its tokens, driven by tests through `globalThis.tab`. */
import type { AuthError } from "@app/auth/AuthError"
import * as BrowserSignIn from "@app/auth/browser/BrowserSignIn"
import * as BrowserTokenStore from "@app/auth/browser/BrowserTokenStore"
import * as IndexedDbTokenStorage from "@app/auth/browser/IndexedDbTokenStorage"
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import type { TokenStatus } from "@app/auth/TokenStatus"
import * as TokenStorage from "@app/auth/TokenStorage"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as PageSettings from "./PageSettings.ts"

export interface Settings {
  readonly accountsUrl: string
  readonly clientId: string
  readonly redirectUri: string
}

/** The result of a step, as data that leaves the page. */
export type Outcome<A> =
  | { readonly value: A }
  | { readonly reason: string; readonly kind: string | undefined; readonly message: string }

declare global {
  // oxlint-disable-next-line no-var -- only `var` declares a global.
  var tab: typeof program
}

const { accountsUrl, clientId, redirectUri } = PageSettings.read<Settings>()
const client = { clientId }
const server = Providers.spotify.at(accountsUrl)
const signIn = { client, server, redirectUri, scopes: ["user-read-private"] }

const runtime = ManagedRuntime.make(
  TokenService.layer({ client, server }).pipe(
    Layer.provideMerge(BrowserTokenStore.layer()),
    Layer.provide(FetchHttpClient.layer),
    Layer.merge(BrowserSignIn.layer)
  )
)

type Services = BrowserSignIn.Services | BrowserTokenStore.BrowserTokenStore

const run = <A>(effect: Effect.Effect<A, AuthError, Services>): Promise<Outcome<A>> =>
  runtime.runPromise(
    Effect.match(effect, {
      onSuccess: (value): Outcome<A> => ({ value }),
      onFailure: ({ reason }) => ({
        reason: reason._tag,
        kind: "kind" in reason ? reason.kind : undefined,
        message: reason.message
      })
    })
  )

const tokens = TokenService.TokenService

/** The phases that this tab has been in, with the generation of each. */
const phases: Array<Pick<TokenStatus, "phase" | "generation">> = []

/** Taken at once, while the layers are still being built. */
const callback = Effect.runSync(BrowserSignIn.takeCallback({ redirectUri }))
const addressAtStart = location.href
const completing = run(Option.match(callback, {
  onNone: () => Effect.succeed(false),
  onSome: (callback) => Effect.map(BrowserSignIn.handleCallback(callback), Option.isSome)
}))
void runtime.runPromise(
  Stream.runForEach(
    TokenService.changes,
    ({ generation, phase }) => Effect.sync(() => phases.push({ phase, generation }))
  )
)

/** The record that `count` counts in. */
const counter = { issuer: "test", clientId: "test", account: "count" }

/** Asks the browser to delete the database while this tab uses it, so that nobody can open it until this tab is closed. */
const occupation = Effect.callback<void>((resume) => {
  const request = indexedDB.open("oauth")
  request.addEventListener("success", () => {
    indexedDB.deleteDatabase("oauth").addEventListener("blocked", () => resume(Effect.void))
  })
})

let release = () => {}

let departed: Promise<Outcome<never>> | undefined

const program = {
  phases,
  /** The outcome of the last redirect, in a page that was left and came back. */
  get departed() {
    return departed
  },
  addressAtStart,
  completed: () => completing,
  redirect: () => departed = run(BrowserSignIn.redirect(signIn)),
  popup: () => run(Effect.asVoid(BrowserSignIn.popup(signIn))),
  /** The outcome of a popup that nobody clicked for, when the address asks for one. */
  unasked: location.hash === "#popup" ? run(Effect.asVoid(BrowserSignIn.popup(signIn))) : undefined,
  /** The token, as a text that tells one from another. */
  get: () => run(Effect.map(TokenService.get, ({ value }) => Redacted.value(value).slice(-8))),
  refresh: () => run(Effect.asVoid(tokens.use(({ refresh }) => refresh))),
  signOut: () => run(tokens.use(({ signOut }) => signOut)),
  authorize: (refreshToken: string) =>
    run(
      Effect.asVoid(
        tokens.use(({ authorize }) => authorize(Grant.RefreshToken({ refreshToken: Redacted.make(refreshToken) })))
      )
    ),
  status: () =>
    runtime.runPromise(Effect.map(TokenService.status, ({ error, expiresAt, generation, phase }) => ({
      phase,
      generation,
      expiresAt: expiresAt?.epochMilliseconds ?? 0,
      reason: error?.reason._tag,
      kind: error !== undefined && "kind" in error.reason ? error.reason.kind : undefined
    }))),
  /** Adds to a number in the store of all tabs, step by step, and returns it. */
  count: (steps: number, lockTimeout: Duration.Input = "10 seconds") =>
    run(
      TokenStorage.TokenStorage.use(({ modify }) =>
        Effect.repeat(
          modify(counter, ({ read, write }) =>
            Effect.flatMap(read, (text) => {
              const count = Number(Option.getOrElse(text, () => "0"))
              return steps === 0 ? Effect.succeed(count) : Effect.as(write(String(count + 1)), count + 1)
            })),
          { times: Math.max(steps - 1, 0) }
        )
      ).pipe(
        Effect.provide(IndexedDbTokenStorage.layer({ lockTimeout }))
      )
    ),
  /** Keeps the record that `count` counts in locked until `release`. */
  lock: () =>
    runtime.runPromise(Effect.callback<void>((resume) => {
      const name = `oauth ${JSON.stringify([counter.issuer, counter.clientId, counter.account])}`
      void navigator.locks.request(name, () =>
        new Promise<void>((resolve) => {
          release = resolve
          resume(Effect.void)
        }))
    })),
  occupy: () => runtime.runPromise(occupation),
  /** Looks at the record that `count` counts in, in a store that was there before this tab occupied its database. */
  peekOccupied: (lockTimeout: Duration.Input) =>
    run(
      TokenStorage.TokenStorage.use(({ peek }) => Effect.andThen(occupation, peek(counter))).pipe(
        Effect.provide(IndexedDbTokenStorage.layer({ lockTimeout }))
      )
    ),
  release: () => release(),
  unshared: () => run(BrowserTokenStore.BrowserTokenStore.useSync(({ unshared }) => unshared?.message ?? null)),
  /** True once everything that the layer is made of is there. */
  isReady: () => runtime.runPromiseExit(Effect.void).then(Exit.isSuccess)
}
globalThis.tab = program
