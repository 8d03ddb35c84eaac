/**
 * The store of tokens for a page: shared by all tabs where the browser can, and in the memory of this tab where it cannot.
 *
 * **When to use**
 *
 * Use in pages, below `TokenService.layer`.
 *
 * **Details**
 *
 * | the browser | tokens | a reload, another tab |
 * | --- | --- | --- |
 * | has Web Locks and keeps data | in IndexedDB, under one lock for all tabs | are signed in |
 * | has no Web Locks, or keeps no data | in the memory of this tab | need a sign-in of their own |
 *
 * Without a lock two tabs would send the same refresh token at once, and a server that rotates refresh tokens would end the
 * sign-in of both. So nothing is shared then. `unshared` tells, and a warning is logged.
 *
 * **Example** (Tokens of a page)
 *
 * ```ts
 * import * as BrowserTokenStore from "@app/auth/browser/BrowserTokenStore"
 * import * as TokenService from "@app/auth/TokenService"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * export const Tokens = TokenService.layer({ client: { clientId: "your client id" } }).pipe(
 *   Layer.provideMerge(BrowserTokenStore.layer()),
 *   Layer.provide(FetchHttpClient.layer)
 * )
 * ```
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as AuthError from "../AuthError.ts"
import * as TokenStorage from "../TokenStorage.ts"
import * as TokenStore from "../TokenStore.ts"
import * as IndexedDbTokenStorage from "./IndexedDbTokenStorage.ts"

/**
 * The service that tells whether tabs share the tokens of a page.
 *
 * @category services
 * @since 0.1.0
 */
export class BrowserTokenStore extends Context.Service<BrowserTokenStore, {
  /** The reason why the tokens are in the memory of this tab alone; undefined where all tabs share them. */
  readonly unshared: AuthError.AuthError | undefined
}>()("@app/auth/BrowserTokenStore") {}

/**
 * Layer that shares tokens between all tabs, or keeps them in the memory of this tab.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options?: IndexedDbTokenStorage.Options
): Layer.Layer<BrowserTokenStore | TokenStore.TokenStore> =>
  TokenStorage.layerTokenStore.pipe(
    Layer.provide(IndexedDbTokenStorage.layer(options)),
    Layer.merge(Layer.succeed(BrowserTokenStore, { unshared: undefined })),
    Layer.catch((unshared) =>
      Layer.mergeAll(
        TokenStore.layerMemory,
        Layer.succeed(BrowserTokenStore, { unshared }),
        Layer.effectDiscard(
          Effect.logWarning(
            `Tokens stay in the memory of this tab: other tabs sign in by themselves. ${unshared.message}`
          )
        )
      )
    )
  )
