/**
 * Sign-in from a page, by leaving it for the authorization server, or in a window of its own.
 *
 * **When to use**
 *
 * Use in single-page applications. Servers use `AuthorizationRequestStore`, programs on the person's own machine
 * `LoopbackSignIn`. `BrowserApp` of `@app/api` has this and everything else that a page for Spotify needs.
 *
 * **Details**
 *
 * `redirect` leaves the page, and the sign-in waits in `sessionStorage`. `popup` opens a window, and the sign-in waits in
 * the page. Either way the callback comes to the page of the redirect URI, which calls `complete` when it is loaded.
 *
 * The client is a public one: nothing in a page can keep a client secret. PKCE takes its place.
 *
 * **Example** (A page that signs in by a redirect)
 *
 * ```ts
 * import * as BrowserSignIn from "@app/auth/browser/BrowserSignIn"
 * import * as BrowserTokenStore from "@app/auth/browser/BrowserTokenStore"
 * import * as TokenService from "@app/auth/TokenService"
 * import * as Effect from "effect/Effect"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const app = { client: { clientId: "your client id" }, scopes: ["user-read-private"] }
 * const redirectUri = "https://example.com/"
 *
 * export const whenLoaded = BrowserSignIn.complete({ redirectUri })
 *
 * export const whenClicked = BrowserSignIn.redirect({ ...app, redirectUri })
 *
 * export const Page = TokenService.layer(app).pipe(
 *   Layer.provide(BrowserTokenStore.layer()),
 *   Layer.provide(FetchHttpClient.layer),
 *   Layer.merge(BrowserSignIn.layer)
 * )
 *
 * export const runnable = Effect.provide(whenLoaded, Page)
 * ```
 *
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-oauth-browser-based-apps
 */
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../AccessToken.ts"
import type * as AuthError from "../AuthError.ts"
import * as AuthorizationRequest from "../AuthorizationRequest.ts"
import * as AuthorizationRequestStore from "../AuthorizationRequestStore.ts"
import type { AuthorizationServer } from "../AuthorizationServer.ts"
import * as KeyValueAuthorizationRequestStore from "../KeyValueAuthorizationRequestStore.ts"
import * as Providers from "../Providers.ts"
import { TokenService } from "../TokenService.ts"
import * as AddressBar from "./internal/AddressBar.ts"
import * as PageUrl from "./internal/PageUrl.ts"
import * as PopupChannel from "./internal/PopupChannel.ts"
import * as PopupWindow from "./internal/PopupWindow.ts"
import * as SignInErrors from "./internal/SignInErrors.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * The options of a sign-in: the same client, server and scopes as those of the `TokenService` in context.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<Scope extends string = string>
  extends Omit<AuthorizationRequest.Options<Scope>, "server" | "session">
{
  /** Default: `Providers.defaultServer`. */
  readonly server?: AuthorizationServer | undefined
  /**
   * The address of a page of this origin that calls `complete`, exactly as registered. It may be the page itself.
   *
   * **Gotchas**
   *
   * While you develop, open the page at `http://127.0.0.1` and a port: a redirect URI with `localhost` is refused.
   */
  readonly redirectUri: string
}

// =============================================================================
// Beginning
// =============================================================================

/**
 * Leaves the page for the authorization server.
 *
 * **Details**
 *
 * The sign-in is kept in `sessionStorage`, which belongs to this tab, until the page of the redirect URI is loaded in this
 * tab and calls `complete`.
 *
 * Does not succeed, since the page is gone. Fails with `SignInFailed`: `StorageOff` when the browser keeps no data for the
 * page, `Abandoned` when the person comes back by the browser's back button, `TimedOut` when the browser has not left the
 * page after 30 seconds. Fails with `InvalidConfiguration` when the redirect URI leads to another origin, or the page is
 * neither https nor on loopback.
 *
 * @category sign-in
 * @since 0.1.0
 */
export const redirect = Effect.fn("BrowserSignIn.redirect")(function*<Scope extends string = string>(
  options: Options<Scope>
): Effect.fn.Return<never, AuthError.AuthError, AuthorizationRequestStore.AuthorizationRequestStore | Cryptography> {
  yield* PageUrl.check(options.redirectUri)
  const request = yield* AuthorizationRequestStore.begin(withServer(options)).pipe(
    Effect.catchReason("AuthError", "StoreFailed", () => SignInErrors.storageOff)
  )
  return yield* leave(request.url)
})

/**
 * Signs the person in in a window of its own, and gives their tokens to the `TokenService` in context.
 *
 * **When to use**
 *
 * Use where leaving the page would lose what the person is doing, and where the browser keeps no data for the page.
 *
 * **Details**
 *
 * Fails with `SignInFailed`: `PopupBlocked` when the browser opens no window, `Abandoned` when the person closes it,
 * `TimedOut` when nobody finishes within `lifetime`. Fails with `AuthorizationDenied` when the person or the server denies
 * the sign-in, and as `TokenService.authorize` does. Offer `redirect` after `PopupBlocked`.
 *
 * **Gotchas**
 *
 * Run it in the handler of a click, with a runtime that is ready: browsers block windows that open at any other time.
 *
 * The window is cut off from the page, by itself and by a `Cross-Origin-Opener-Policy` of the page or of the authorization
 * server. With such a policy, a window that has been closed is noticed when the person comes back to the page.
 *
 * @category sign-in
 * @since 0.1.0
 */
export const popup = Effect.fn("BrowserSignIn.popup")(function*<Scope extends string = string>(
  options: Options<Scope>
): Effect.fn.Return<AccessToken, AuthError.AuthError, TokenService | Cryptography> {
  const grant = yield* Effect.scoped(Effect.gen(function*() {
    // Before anything that takes time: the click must be the reason for the window.
    const opened = yield* PopupWindow.open
    yield* PageUrl.check(options.redirectUri)
    const request = yield* AuthorizationRequest.make(withServer(options))
    yield* PopupWindow.show(opened, request.url)
    const callback = yield* PopupChannel.receive(request.state).pipe(
      Effect.raceFirst(PopupWindow.untilClosed(opened)),
      Effect.timeoutOrElse({ duration: request.lifetime, orElse: () => SignInErrors.tooLate(request.lifetime) })
    )
    return yield* request.handleCallback(callback)
  }))
  return yield* TokenService.use(({ authorize }) => authorize(grant))
})

/** @inline */
type Cryptography = SecureRandom.SecureRandom | Digest.Digest

/**
 * The services of a sign-in: those of `layer`, and the tokens.
 *
 * @category models
 * @since 0.1.0
 */
export type Services = TokenService | AuthorizationRequestStore.AuthorizationRequestStore | Cryptography

const withServer = <Scope extends string>(options: Options<Scope>): AuthorizationRequest.Options<Scope> => ({
  ...options,
  server: options.server ?? Providers.defaultServer
})

/** The longest time for the browser to leave the page. */
const departure = Duration.seconds(30)

const leave = (url: URL): Effect.Effect<never, AuthError.AuthError> =>
  Effect.callback<never, AuthError.AuthError>((resume) => {
    // The browser may keep the page as it is, and show it again when the person goes back.
    const onShown = ({ persisted }: PageTransitionEvent) => {
      if (persisted) resume(SignInErrors.cameBack)
    }
    window.addEventListener("pageshow", onShown)
    location.assign(url)
    return Effect.sync(() => window.removeEventListener("pageshow", onShown))
  }).pipe(
    Effect.timeoutOrElse({ duration: departure, orElse: () => SignInErrors.notLeft(url) })
  )

// =============================================================================
// Completing
// =============================================================================

/**
 * Takes a callback out of the address bar and out of the history; none when the page has been opened in any other way.
 *
 * **When to use**
 *
 * Use as the very first thing in a page, when something else has to be done before `handleCallback`.
 *
 * **Details**
 *
 * The address is left with what a redirect URI has of its own.
 *
 * @category sign-in
 * @since 0.1.0
 */
export const takeCallback = (options: {
  readonly redirectUri: string
}): Effect.Effect<Option.Option<Redacted.Redacted<string>>> =>
  Effect.sync(() => {
    const callback = AddressBar.takeCallback(options.redirectUri)
    return callback === undefined ? Option.none() : Option.some(Redacted.make(callback, { label: "callback" }))
  })

/**
 * Finishes the sign-in that a callback belongs to: one that began in this tab, or in the page that opened this window.
 *
 * **Details**
 *
 * Gives the tokens of a sign-in by `redirect` to the `TokenService` in context and returns the token. For one by `popup`,
 * hands the callback to the page that waits for it and closes this window; returns none where the browser does not let it
 * close.
 *
 * Fails with `StateMismatch`, whose `isUnknown` is true, when the sign-in began elsewhere, is over, or has been finished,
 * with `AuthorizationDenied` when the person or the server denied it, and as `TokenService.authorize` does.
 *
 * @category sign-in
 * @since 0.1.0
 */
export const handleCallback = Effect.fn("BrowserSignIn.handleCallback")(function*(
  callback: Redacted.Redacted<string>
): Effect.fn.Return<
  Option.Option<AccessToken>,
  AuthError.AuthError,
  TokenService | AuthorizationRequestStore.AuthorizationRequestStore
> {
  const address = Redacted.value(callback)
  const grant = yield* AuthorizationRequestStore.handleCallback(address).pipe(
    Effect.asSome,
    Effect.catchIf(
      isNotOfThisTab,
      (error) =>
        Effect.flatMap(
          PopupChannel.offer(address),
          (isTaken) => isTaken ? Effect.as(PopupWindow.closeThis, Option.none()) : Effect.fail(error)
        )
    )
  )
  return Option.isNone(grant)
    ? Option.none()
    : Option.some(yield* TokenService.use(({ authorize }) => authorize(grant.value)))
})

/** Reports whether this tab has no such sign-in, or cannot say because the browser keeps no data for the page. */
const isNotOfThisTab = ({ reason }: AuthError.AuthError): boolean =>
  reason._tag === "StoreFailed" || (reason._tag === "StateMismatch" && reason.isUnknown === true)

/**
 * Finishes a sign-in, when the page has been opened by its callback: `takeCallback`, then `handleCallback`.
 *
 * **When to use**
 *
 * Use when the page of the redirect URI is loaded, before anything else. Returns none on any other page.
 *
 * **Gotchas**
 *
 * It runs once its services are there. `takeCallback` needs none, so that `Effect.runSync` can clear the address before
 * anything else in the page runs.
 *
 * @category sign-in
 * @since 0.1.0
 */
export const complete = (options: { readonly redirectUri: string }): Effect.Effect<
  Option.Option<AccessToken>,
  AuthError.AuthError,
  TokenService | AuthorizationRequestStore.AuthorizationRequestStore
> =>
  Effect.flatMap(
    takeCallback(options),
    Option.match({ onNone: () => Effect.succeedNone, onSome: (callback) => handleCallback(callback) })
  )

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that keeps sign-ins in `sessionStorage`, and provides the browser's cryptography for them.
 *
 * **Details**
 *
 * Where the browser keeps no data for the page, the layer is built all the same, and `redirect` fails with `SignInFailed`
 * (`StorageOff`).
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<AuthorizationRequestStore.AuthorizationRequestStore | Cryptography> = Layer.mergeAll(
  Layer.provide(
    KeyValueAuthorizationRequestStore.layer(),
    KeyValueStore.layerStorage(() => sessionStorageWhenAsked)
  ),
  SecureRandom.layerWebCrypto,
  Digest.layerWebCrypto
)

/** The tab's storage. Where it is switched off, the browser throws at the mere mention of it, so each method mentions it. */
const sessionStorageWhenAsked: Storage = {
  get length() {
    return sessionStorage.length
  },
  clear: () => sessionStorage.clear(),
  getItem: (key) => sessionStorage.getItem(key),
  key: (index) => sessionStorage.key(index),
  removeItem: (key) => sessionStorage.removeItem(key),
  setItem: (key, value) => sessionStorage.setItem(key, value)
}
