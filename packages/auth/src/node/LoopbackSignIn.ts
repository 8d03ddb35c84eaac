/**
 * Signing a person in from a program on their own machine (RFC 8252): the program opens their browser, listens on a
 * loopback address for the callback, exchanges its code, and tells them in the browser how it went.
 *
 * **One at a time.** The port is also the lock. A sign-in that finds another one listening there waits for its turn, in
 * whatever process it runs, and the system frees the port of a process that dies. With `signInIfNeeded` whoever gets
 * their turn looks first whether the sign-in before them has brought what they need: of many processes that share a
 * token store, one opens a browser.
 *
 * **Example** (A command-line program that signs in once)
 *
 * ```ts
 * import * as FileTokenStorage from "@app/auth/FileTokenStorage"
 * import * as Browser from "@app/auth/node/Browser"
 * import * as LoopbackSignIn from "@app/auth/node/LoopbackSignIn"
 * import * as NodeFileLock from "@app/auth/node/NodeFileLock"
 * import * as TokenService from "@app/auth/TokenService"
 * import * as TokenStorage from "@app/auth/TokenStorage"
 * import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
 * import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
 * import * as NodeServices from "@effect/platform-node/NodeServices"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as UserDirectories from "effect/persistence/UserDirectories"
 *
 * const app = { client: { clientId: "your client id" }, scopes: ["user-read-private"] }
 *
 * const program = LoopbackSignIn.signInIfNeeded({ ...app, redirectUri: "http://127.0.0.1:8888/callback" })
 *
 * const Platform = TokenService.layer(app).pipe(
 *   Layer.provide(TokenStorage.layerTokenStore),
 *   Layer.provide(FileTokenStorage.layerUser("my-app")),
 *   Layer.provideMerge(Browser.layer),
 *   Layer.provideMerge(NodeCrypto.layer),
 *   Layer.provide([NodeFileLock.layer, UserDirectories.layer, NodeHttpClient.layerUndici]),
 *   Layer.provide(NodeServices.layer)
 * )
 *
 * export const runnable = Effect.provide(program, Platform)
 * ```
 *
 * @see https://www.rfc-editor.org/rfc/rfc8252
 */
import type * as Digest from "effect/crypto/Digest"
import type * as SecureRandom from "effect/crypto/SecureRandom"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { IncomingMessage } from "node:http"
import type { AccessToken } from "../AccessToken.ts"
import type * as AuthError from "../AuthError.ts"
import * as AuthorizationRequest from "../AuthorizationRequest.ts"
import type * as AuthorizationServer from "../AuthorizationServer.ts"
import type { Grant } from "../Grant.ts"
import * as SecureUrl from "../internal/http/SecureUrl.ts"
import * as RedirectUri from "../internal/oauth/RedirectUri.ts"
import { invalidSetting } from "../internal/settings/InvalidSetting.ts"
import * as Providers from "../Providers.ts"
import { TokenService } from "../TokenService.ts"
import { Browser } from "./Browser.ts"
import * as LoopbackListener from "./internal/LoopbackListener.ts"
import * as RequestTarget from "./internal/RequestTarget.ts"
import * as SignInPage from "./internal/SignInPage.ts"

// =============================================================================
// Options
// =============================================================================

/**
 * How to sign in: for the same client, server and scopes as the `TokenService` that gets the tokens.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<Scope extends string = string>
  extends Omit<AuthorizationRequest.Options<Scope>, "server" | "lifetime">
{
  /** Default: `Providers.defaultServer`. */
  readonly server?: AuthorizationServer.AuthorizationServer | undefined
  /**
   * Where to listen for the callback, exactly as registered: `http://127.0.0.1:PORT/path` or `http://[::1]:PORT/path`.
   *
   * Without a port, or with port 0, the program takes a free one and names it in the request (RFC 8252 §7.3). That works
   * where the server accepts any port of a registered address; Spotify documents it for addresses registered without one,
   * yet its dashboard has been seen to refuse those. A fixed port is the safe choice.
   */
  readonly redirectUri: string
  /**
   * Told the address to open, before the browser is: to be shown as well, for people who use another one. Without a
   * browser the address is logged in any case.
   */
  readonly onUrl?: ((url: URL) => Effect.Effect<unknown>) | undefined
  /** How long the person may take, and how long before that to wait for another sign-in to end. Default: 5 minutes. */
  readonly timeout?: Duration.Input | undefined
}

// =============================================================================
// Signing in
// =============================================================================

/**
 * Signs the person in and gives the token service their tokens.
 *
 * Fails with `SignInFailed` when the port cannot be had or nobody finishes in time, with `AuthorizationDenied` when the
 * person or the server says no, with `InvalidConfiguration` when the redirect URI is not a loopback address, and as
 * `TokenService.authorize` does. Interrupting it closes the port; a code that is being exchanged is exchanged and stored
 * all the same.
 *
 * @category sign-in
 * @since 0.1.0
 */
export const signIn = Effect.fn("LoopbackSignIn.signIn")(
  <Scope extends string = string>(options: Options<Scope>): Effect.Effect<AccessToken, AuthError.AuthError, Services> =>
    conduct(options, Effect.succeedNone)
)

/**
 * A token that is good now, as from `TokenService.get`, and by a sign-in where only that helps
 * (`ReauthorizationRequired`).
 *
 * When another process is signing in with the same redirect URI, it waits for that, and takes the tokens it brought if
 * both share a store.
 *
 * @category sign-in
 * @since 0.1.0
 */
export const signInIfNeeded = Effect.fn("LoopbackSignIn.signInIfNeeded")(function*<Scope extends string = string>(
  options: Options<Scope>
): Effect.fn.Return<AccessToken, AuthError.AuthError, Services> {
  const { get, refresh } = yield* TokenService
  const held = yield* unlessEnded(get)
  return Option.isSome(held)
    ? held.value
    // Only `refresh` is sure to look for what another process has just stored.
    : yield* conduct(
      options,
      unlessEnded(Effect.catchReason(get, "AuthError", "ReauthorizationRequired", () => refresh))
    )
})

type Services = TokenService | Browser | SecureRandom.SecureRandom | Digest.Digest

/** None where the sign-in has ended, and only a new one helps. */
const unlessEnded = (
  token: Effect.Effect<AccessToken, AuthError.AuthError>
): Effect.Effect<Option.Option<AccessToken>, AuthError.AuthError> =>
  Effect.catchReason(Effect.asSome(token), "AuthError", "ReauthorizationRequired", () => Effect.succeedNone)

// =============================================================================
// The conversation
// =============================================================================

/** A sign-in in its turn, unless by then there is a token already. */
const conduct = Effect.fnUntraced(function*<Scope extends string>(
  options: Options<Scope>,
  already: Effect.Effect<Option.Option<AccessToken>, AuthError.AuthError>
): Effect.fn.Return<AccessToken, AuthError.AuthError, Services | Scope.Scope> {
  const place = yield* placeOf(options)
  const timeout = Duration.fromInputUnsafe(options.timeout ?? "5 minutes")
  const tokens = yield* TokenService
  const begun = yield* Deferred.make<AuthorizationRequest.AuthorizationRequest>()
  const received = yield* Deferred.make<Grant, AuthError.AuthError>()
  const ended = yield* Deferred.make<SignInPage.Page>()

  const answer = Effect.fnUntraced(function*(
    { method, url = "" }: IncomingMessage,
    port: number
  ): Effect.fn.Return<SignInPage.Page> {
    const target = RequestTarget.parse(url, `${place.hostname}:${port}`)
    if (method !== "GET" || target?.path !== place.path) return SignInPage.elsewhere
    const { handleCallback } = yield* Deferred.await(begun)
    const page = Deferred.await(ended)
    return yield* Effect.matchEffect(handleCallback(`?${target.query}`), {
      onSuccess: (grant) => Effect.andThen(Deferred.succeed(received, grant), page),
      onFailure: (error) =>
        isStray(error, Deferred.isDoneUnsafe(received))
          ? Effect.succeed(SignInPage.stray(error))
          : Effect.andThen(Deferred.fail(received, error), page)
    })
  })

  const port = yield* LoopbackListener.open({ ...place, patience: timeout, answer })
  const token = yield* already
  if (Option.isSome(token)) return token.value

  const request = yield* AuthorizationRequest.make({
    ...options,
    server: options.server ?? Providers.defaultServer,
    redirectUri: place.redirectUri(port),
    lifetime: timeout
  })
  yield* Deferred.succeed(begun, request)
  yield* Effect.addFinalizer(() => Deferred.succeed(ended, SignInPage.abandoned))
  yield* show(request.url, options.onUrl)

  const exit = yield* Deferred.await(received).pipe(
    Effect.timeoutOrElse({
      duration: timeout,
      orElse: () => LoopbackListener.failed("TimedOut", port, `nobody finished it within ${Duration.format(timeout)}.`)
    }),
    Effect.flatMap(tokens.authorize),
    Effect.exit
  )
  yield* Deferred.succeed(ended, SignInPage.outcome(exit))
  return yield* exit
}, Effect.scoped)

/** Whether a callback is not this sign-in's. Its own may come again, in a second tab or from a reload. */
const isStray = ({ reason }: AuthError.AuthError, isAnswered: boolean): boolean =>
  reason._tag === "StateMismatch" && !(isAnswered && reason.parameter === "code")

const show = Effect.fnUntraced(function*(
  url: URL,
  onUrl: Options["onUrl"]
): Effect.fn.Return<void, never, Browser | Scope.Scope> {
  const browser = yield* Browser
  if (onUrl !== undefined) yield* onUrl(url)
  yield* browser.open(url).pipe(
    Effect.catchCause((cause) => Effect.as(Effect.logError("The browser service died.", cause), false)),
    Effect.filterOrElse(
      (isOpen) => isOpen,
      () => Effect.logWarning(`No browser could be opened. Open this address to sign in: ${url}`)
    ),
    Effect.forkScoped
  )
})

// =============================================================================
// The redirect URI
// =============================================================================

interface Place {
  readonly hostname: string
  readonly path: string
  readonly ports: ReadonlyArray<number>
  /** Letter for letter as registered, but for a port that was left open. */
  readonly redirectUri: (port: number) => string
}

const placeOf = ({ client, redirectUri }: Options): Effect.Effect<Place, AuthError.AuthError> => {
  const parsed = RedirectUri.parse(redirectUri)
  if (Result.isFailure(parsed)) return invalidSetting("redirectUri", parsed.failure)
  const { hostname, pathname, protocol } = parsed.success
  const origin = `http://${hostname}`
  if (protocol !== "http:" || !redirectUri.startsWith(origin)) {
    return invalidSetting(
      "redirectUri",
      `"${SecureUrl.shown(redirectUri)}" is not an address of this machine. Write it as http://127.0.0.1:PORT/path.`
    )
  }
  const [authority = "", port = ""] = /^:?(\d*)/.exec(redirectUri.slice(origin.length)) ?? []
  return Effect.succeed(
    Number(port) === 0
      ? {
        hostname,
        path: pathname,
        ports: openPorts(client.clientId),
        redirectUri: (port) => `${origin}:${port}${redirectUri.slice(origin.length + authority.length)}`
      }
      : { hostname, path: pathname, ports: [Number(port)], redirectUri: () => redirectUri }
  )
}

/**
 * Where the port is left open, the processes of one app still have to meet: they all try the same few of the ports that
 * belong to nobody (RFC 6335 §6), and any other only if none of those can be had.
 */
const openPorts = (clientId: string): ReadonlyArray<number> => [
  ...[0, 1, 2, 3].map((nth) => 49_152 + (Math.abs(Hash.string(`${clientId} ${nth}`)) % 16_384)),
  0
]
