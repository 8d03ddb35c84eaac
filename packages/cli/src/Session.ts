/**
 * What a command needs to call Spotify for one account: tokens and a client.
 */
import * as FetchHttpClient from "@app/api/FetchHttpClient"
import type { Scope } from "@app/api/model/Scope"
import * as SpotifyClient from "@app/api/SpotifyClient"
import * as AuthError from "@app/auth/AuthError"
import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import * as NodeFileLock from "@app/auth/node/NodeFileLock"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStorage from "@app/auth/TokenStorage"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Failure from "./Failure.ts"
import * as Settings from "./Settings.ts"
import * as Spotify from "./Spotify.ts"

/** The scopes that the commands need together. */
export const scopes: ReadonlyArray<Scope> = ["user-read-private", "user-library-read", "user-top-read"]

const notSignedIn = new AuthError.AuthError({
  reason: new AuthError.ReauthorizationRequired({ kind: "NoRefreshToken" })
})

/** Makes the tokens of an account, stored in files that the processes of this machine share, and a client over them. */
export const forApp = Effect.fnUntraced(function*(clientId: string) {
  const { account } = yield* Spotify.root
  const { accountsUrl, apiUrl } = yield* Settings.environment
  return SpotifyClient.layer({ apiUrl }).pipe(
    Layer.provideMerge(TokenService.layer({ client: { clientId }, server: serverAt(accountsUrl), scopes, account })),
    Layer.provide(TokenStorage.layerTokenStore),
    Layer.provideMerge(FileTokenStorage.layer({ directory: yield* Settings.tokens })),
    Layer.provide(NodeFileLock.layer),
    Layer.provideMerge(FetchHttpClient.layer)
  )
})

/** Fails where the tokens of the account cannot be kept, such as in a home that is read-only. */
export const checkStorage = Effect.fnUntraced(function*(clientId: string) {
  const { account } = yield* Spotify.root
  const { accountsUrl } = yield* Settings.environment
  const { modify } = yield* TokenStorage.TokenStorage
  yield* modify({ issuer: serverAt(accountsUrl).issuer, clientId, account }, () => Effect.void)
})

/** Spotify's Accounts service, at another address where one is given. */
export const serverAt = (accountsUrl: string | undefined) =>
  accountsUrl === undefined ? Providers.spotify : Providers.spotify.at(accountsUrl)

const ofThisMachine = Effect.gen(function*() {
  const clientId = (yield* Settings.environment).clientId ?? (yield* Settings.read).clientId
  return clientId === undefined ? yield* notSignedIn : yield* forApp(clientId)
})

/** Loaded only where it is asked for, since nobody else should wait for it. */
const ofSandbox = Effect.map(Effect.promise(() => import("./SandboxSession.ts")), ({ layer }) => layer(scopes))

/** Provides a command with the session that the flags name. A failure to sign in then names the account, too. */
export const provide = <A, E, R>(command: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Spotify.root, ({ account, sandbox }) =>
    Effect.gen(function*() {
      return sandbox
        ? yield* Effect.provide(command, yield* ofSandbox)
        : yield* Effect.provide(command, yield* ofThisMachine)
    }).pipe(
      Effect.mapError((error) => account === Spotify.defaultAccount ? error : Failure.ofAccount(error, account))
    ))
