/**
 * Everything that a page needs for Spotify, in one layer: sign-in, tokens shared by all tabs, and the client.
 *
 * **When to use**
 *
 * Use in single-page applications, with the client id of an app whose redirect URI is a page of this origin. For other
 * arrangements, put the same parts together: `BrowserSignIn`, `BrowserTokenStore` and `TokenService` of `@app/auth`, and
 * `SpotifyClient`.
 *
 * **Details**
 *
 * When the layer is built on the page of the redirect URI, it first takes the callback out of the address bar and out of
 * the history; `completed` tells how that sign-in ended. `TokenService` tells who is signed in and signs out, in all tabs
 * at once.
 *
 * **Example** (A page that greets the person)
 *
 * ```ts
 * import * as BrowserApp from "@app/api/browser/BrowserApp"
 * import * as Profile from "@app/api/Profile"
 * import * as Effect from "effect/Effect"
 *
 * const App = BrowserApp.layer({
 *   clientId: "your client id",
 *   redirectUri: "https://example.com/",
 *   scopes: ["user-read-private"]
 * })
 *
 * const program = Effect.gen(function*() {
 *   yield* BrowserApp.completed
 *   const { displayName } = yield* Profile.me
 *   document.body.textContent = `Hello, ${displayName}`
 * }).pipe(
 *   Effect.catchReason("AuthError", "ReauthorizationRequired", () =>
 *     Effect.sync(() => {
 *       document.body.textContent = "Please sign in."
 *     }))
 * )
 *
 * export const runnable = Effect.provide(program, App)
 * ```
 */
import type { AccessToken } from "@app/auth/AccessToken"
import type * as AuthError from "@app/auth/AuthError"
import type { AuthorizationServer } from "@app/auth/AuthorizationServer"
import * as BrowserSignIn from "@app/auth/browser/BrowserSignIn"
import * as BrowserTokenStore from "@app/auth/browser/BrowserTokenStore"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import * as FetchHttpClient from "../FetchHttpClient.ts"
import type { Scope } from "../model/Scope.ts"
import type { ExtendedQuotaMode } from "../QuotaMode.ts"
import * as SpotifyClient from "../SpotifyClient.ts"
import type * as SpotifyError from "../SpotifyError.ts"

// =============================================================================
// Service
// =============================================================================

/**
 * The sign-in of a page.
 *
 * @category services
 * @since 0.1.0
 */
export class BrowserApp extends Context.Service<BrowserApp, {
  /**
   * Waits for the sign-in whose callback has opened this page, and returns its token; none when the page has been opened in
   * any other way.
   *
   * **Details**
   *
   * Fails as `BrowserSignIn.handleCallback` does, each time that it is asked. The page goes on working all the same.
   */
  readonly completed: Effect.Effect<Option.Option<AccessToken>, AuthError.AuthError>
  /** Leaves the page to sign in, as `BrowserSignIn.redirect` does. */
  readonly signIn: Effect.Effect<never, AuthError.AuthError>
  /**
   * Signs in in a window of its own, as `BrowserSignIn.popup` does.
   *
   * **Gotchas**
   *
   * Run it in the handler of a click, with a runtime that is ready.
   */
  readonly signInByPopup: Effect.Effect<AccessToken, AuthError.AuthError>
  /** The reason why other tabs and a reload need a sign-in of their own; undefined where all tabs share the tokens. */
  readonly unshared: AuthError.AuthError | undefined
}>()("@app/api/BrowserApp") {}

// =============================================================================
// Options
// =============================================================================

/**
 * The options of a page.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends SpotifyClient.Options {
  /** The client id of the app in Spotify's dashboard. */
  readonly clientId: string
  /**
   * The address of a page of this origin that builds this layer, exactly as registered; the page itself, most often.
   *
   * **Gotchas**
   *
   * While you develop, open the page at `http://127.0.0.1` and a port: a redirect URI with `localhost` is refused.
   */
  readonly redirectUri: string
  /** The scopes to ask for, which the program cannot do without. */
  readonly scopes: ReadonlyArray<Scope>
  /** The authorization server. Default: `Providers.spotify`. `Providers.spotify.at(url)` is Spotify's stand-in at a URL. */
  readonly server?: AuthorizationServer | undefined
  /** Shows the consent screen to people who have agreed before, too, so that they can change accounts. Default: `false`. */
  readonly showDialog?: boolean | undefined
  /** The name of the database that the tabs share. Default: `oauth`. */
  readonly database?: string | undefined
}

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that provides the sign-in, the tokens and the client of a page.
 *
 * **Details**
 *
 * Its errors are those of `TokenService.layer` and `SpotifyClient.layer`, which are mistakes in the options.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: {
  /** Does not provide `ExtendedQuotaMode`: operations that Development Mode is not served do not compile. */
  (options: Options & { readonly quotaMode: "development" }): Layer.Layer<
    BrowserApp | TokenService.TokenService | SpotifyClient.SpotifyClient,
    AuthError.AuthError | SpotifyError.SpotifyError
  >
  (options: Options): Layer.Layer<
    BrowserApp | TokenService.TokenService | SpotifyClient.SpotifyClient | ExtendedQuotaMode,
    AuthError.AuthError | SpotifyError.SpotifyError
  >
} = (options: Options) =>
  Layer.unwrap(
    // Before anything else, and not again when a part of the layer fails and is built anew.
    Effect.map(BrowserSignIn.takeCallback(options), (callback) =>
      Layer.mergeAll(Layer.effect(BrowserApp, make(options, callback)), SpotifyClient.layer(options)).pipe(
        Layer.provideMerge(TokenService.layer(appOf(options))),
        Layer.provide([
          BrowserTokenStore.layer({ database: options.database }),
          BrowserSignIn.layer,
          FetchHttpClient.layer
        ])
      ))
  )

/** The options that the tokens and a sign-in must have in common. */
const appOf = ({ clientId, scopes, server = Providers.spotify }: Options) => ({ client: { clientId }, scopes, server })

const make = Effect.fnUntraced(function*(options: Options, callback: Option.Option<Redacted.Redacted<string>>) {
  const { redirectUri, showDialog } = options
  const signIn = { ...appOf(options), redirectUri, showDialog }
  // The span in which the layer is built is not the one of a sign-in later on.
  const context = Context.omit(Tracer.ParentSpan)(yield* Effect.context<BrowserSignIn.Services>())
  const { unshared } = yield* BrowserTokenStore.BrowserTokenStore
  const completing = yield* Effect.forkScoped(
    Option.match(callback, {
      onNone: () => Effect.succeedNone,
      onSome: (callback) => BrowserSignIn.handleCallback(callback)
    })
  )
  return BrowserApp.of({
    completed: Fiber.join(completing),
    signIn: Effect.provideContext(BrowserSignIn.redirect(signIn), context),
    signInByPopup: Effect.provideContext(BrowserSignIn.popup(signIn), context),
    unshared
  })
})

// =============================================================================
// Accessors
// =============================================================================

/**
 * Waits for the sign-in whose callback has opened this page, as the service's `completed` does.
 *
 * @category accessors
 * @since 0.1.0
 */
export const completed: Effect.Effect<Option.Option<AccessToken>, AuthError.AuthError, BrowserApp> = BrowserApp.use((
  app
) => app.completed)

/**
 * Leaves the page to sign in, as `BrowserSignIn.redirect` does.
 *
 * @category accessors
 * @since 0.1.0
 */
export const signIn: Effect.Effect<never, AuthError.AuthError, BrowserApp> = BrowserApp.use((app) => app.signIn)

/**
 * Signs in in a window of its own, as `BrowserSignIn.popup` does.
 *
 * @category accessors
 * @since 0.1.0
 */
export const signInByPopup: Effect.Effect<AccessToken, AuthError.AuthError, BrowserApp> = BrowserApp.use((app) =>
  app.signInByPopup
)
