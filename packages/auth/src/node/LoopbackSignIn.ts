/**
 * Sign-in from a program on the person's own machine (RFC 8252).
 *
 * **When to use**
 *
 * Use in command-line programs and desktop applications. Web applications use `AuthorizationRequest`.
 *
 * **Details**
 *
 * The program opens the person's browser, listens on a loopback address for the callback, exchanges its code, and shows
 * the outcome in the browser.
 *
 * One sign-in runs at a time, because the port is also a lock. A sign-in that finds another one on its port waits, in
 * whatever process that runs; the system frees the port of a process that dies. After the wait, `signInIfNeeded` first
 * looks for tokens of the other sign-in: of several processes that share a token store, one opens a browser.
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
 * const program = LoopbackSignIn.signInIfNeeded({ ...app, redirectUri: "http://127.0.0.1:8900/callback" })
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
import * as Latch from "effect/Latch"
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
import * as SignInResult from "./internal/SignInResult.ts"

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
  extends Omit<AuthorizationRequest.Options<Scope>, "server" | "lifetime">
{
  /** Default: `Providers.defaultServer`. */
  readonly server?: AuthorizationServer.AuthorizationServer | undefined
  /**
   * The address for the callback, exactly as registered: `http://127.0.0.1:PORT/path` or `http://[::1]:PORT/path`.
   *
   * **Details**
   *
   * Without a port, or with port 0, the program takes a free one and names it in the request (RFC 8252 §7.3).
   *
   * **Gotchas**
   *
   * A free port works only when the server accepts any port of a registered address. Prefer a fixed port.
   */
  readonly redirectUri: string
  /** The name by which people know the program, for the pages in their browser. Default: "The program". */
  readonly programName?: string | undefined
  /**
   * Receives the address before the browser is opened, to show it to people who use another browser.
   *
   * **Details**
   *
   * When no browser can be opened, the address is logged in any case.
   */
  readonly onUrl?: ((url: URL) => Effect.Effect<unknown>) | undefined
  /** The time for the person, and the longest wait for another sign-in before that. Default: 5 minutes. */
  readonly timeout?: Duration.Input | undefined
}

// =============================================================================
// Signing in
// =============================================================================

/**
 * Signs the person in, and gives their tokens to the `TokenService` in context.
 *
 * **Details**
 *
 * Fails with `SignInFailed` when the port cannot be taken or nobody finishes in time, with `AuthorizationDenied` when the
 * person or the server denies the sign-in, with `InvalidConfiguration` when the redirect URI is not a loopback address, and
 * as `TokenService.authorize` does.
 *
 * **Gotchas**
 *
 * An interruption closes the port. A code that is being exchanged is exchanged and stored all the same.
 *
 * A browser is sent on to the address without the code at once, and sees the outcome there. Clients that show no address bar get the outcome in response.
 *
 * @category sign-in
 * @since 0.1.0
 */
export const signIn = Effect.fn("LoopbackSignIn.signIn")(
  <Scope extends string = string>(options: Options<Scope>): Effect.Effect<AccessToken, AuthError.AuthError, Services> =>
    signInUnless(options, Effect.succeedNone)
)

/**
 * Returns a token as `TokenService.get` does, and signs the person in when `get` fails with `ReauthorizationRequired`.
 *
 * **Details**
 *
 * While another process signs in with the same redirect URI, this one waits. It then takes the tokens of that sign-in when
 * both processes share a token store.
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
    // Only `refresh` is sure to read the store again, for tokens of another process.
    : yield* signInUnless(
      options,
      unlessEnded(Effect.catchReason(get, "AuthError", "ReauthorizationRequired", () => refresh))
    )
})

/** @inline */
type Services = TokenService | Browser | SecureRandom.SecureRandom | Digest.Digest

/** Returns none when only a new sign-in helps. */
const unlessEnded = (
  token: Effect.Effect<AccessToken, AuthError.AuthError>
): Effect.Effect<Option.Option<AccessToken>, AuthError.AuthError> =>
  Effect.catchReason(Effect.asSome(token), "AuthError", "ReauthorizationRequired", () => Effect.succeedNone)

// =============================================================================
// Callback
// =============================================================================

/** The time for a browser to ask again without the code, once the sign-in has ended. */
const arrivalTime = "1 second"

const hostOf = ({ authorizationEndpoint = "" }: AuthorizationServer.AuthorizationServer): string | undefined =>
  URL.parse(authorizationEndpoint)?.host

/** Signs in once the port is free, unless there is a token by then. */
const signInUnless = Effect.fnUntraced(function*<Scope extends string>(
  options: Options<Scope>,
  already: Effect.Effect<Option.Option<AccessToken>, AuthError.AuthError>
): Effect.fn.Return<AccessToken, AuthError.AuthError, Services | Scope.Scope> {
  const place = yield* placeOf(options)
  const server = options.server ?? Providers.defaultServer
  const timeout = Duration.fromInputUnsafe(options.timeout ?? "5 minutes")
  const tokens = yield* TokenService
  const begun = yield* Deferred.make<AuthorizationRequest.AuthorizationRequest>()
  const received = yield* Deferred.make<Grant, AuthError.AuthError>()
  const ended = yield* Deferred.make<SignInResult.SignInResult>()
  // Closed while a browser is on its way to the address without the code.
  const arrival = yield* Latch.make(true)
  const parties = { program: options.programName, service: hostOf(server) }

  const respond = Effect.fnUntraced(function*(
    { headers, method, url = "" }: IncomingMessage,
    port: number
  ): Effect.fn.Return<SignInResult.SignInResult> {
    const target = RequestTarget.parse(url, `${place.hostname}:${port}`)
    if (method !== "GET" || target?.path !== place.path) return SignInResult.elsewhere
    const request = yield* Deferred.await(begun)
    const page = Deferred.await(ended)
    if (target.query === "" && Deferred.isDoneUnsafe(received)) return yield* Effect.andThen(arrival.open, page)
    const address = SignInResult.redirect(`http://${place.hostname}:${port}${place.path}`)
    const hasAddressBar = headers["sec-fetch-mode"] === "navigate"
    const end = (finish: Effect.Effect<unknown>) =>
      hasAddressBar
        ? Effect.as(Effect.andThen(arrival.close, finish), address)
        : Effect.andThen(finish, page)
    return yield* Effect.matchEffect(request.handleCallback(`?${target.query}`), {
      onSuccess: (grant) => end(Deferred.succeed(received, grant)),
      onFailure: (error) =>
        isStray(error, Deferred.isDoneUnsafe(received))
          ? Effect.succeed(hasAddressBar && target.query !== "" ? address : SignInResult.stray(parties, error))
          : end(Deferred.fail(received, error))
    })
  })

  const port = yield* LoopbackListener.open({ ...place, maxWait: timeout, respond })
  const token = yield* already
  if (Option.isSome(token)) return token.value

  const request = yield* AuthorizationRequest.make({
    ...options,
    server,
    redirectUri: place.redirectUri(port),
    lifetime: timeout
  })
  yield* Deferred.succeed(begun, request)
  yield* Effect.addFinalizer(() =>
    Effect.andThen(Deferred.succeed(ended, SignInResult.abandoned), Effect.timeoutOption(arrival.await, arrivalTime))
  )
  yield* show(request.url, options.onUrl)

  const exit = yield* Deferred.await(received).pipe(
    Effect.timeoutOrElse({
      duration: timeout,
      orElse: () => LoopbackListener.failed("TimedOut", port, `nobody finished it within ${Duration.format(timeout)}.`)
    }),
    Effect.flatMap(tokens.authorize),
    Effect.exit
  )
  yield* Deferred.succeed(ended, SignInResult.outcome(parties, exit))
  return yield* exit
}, Effect.scoped)

/** Reports whether a callback is another sign-in's. A used one may also be its own, from a second tab or a reload. */
const isStray = ({ reason }: AuthError.AuthError, hasReceivedOwn: boolean): boolean =>
  reason._tag === "StateMismatch" && !(hasReceivedOwn && reason.parameter === "code")

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
// Redirect URI
// =============================================================================

interface Place {
  readonly hostname: string
  readonly path: string
  readonly ports: ReadonlyArray<number>
  /** Returns the redirect URI for a port: as registered, except for a port that was left open. */
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
 * Lists the ports to try when the redirect URI leaves the port open.
 *
 * The processes of one app must find each other, so all try the same four dynamic ports (RFC 6335 §6) before any other.
 */
const openPorts = (clientId: string): ReadonlyArray<number> => [
  ...[0, 1, 2, 3].map((nth) => 49_152 + (Math.abs(Hash.string(`${clientId} ${nth}`)) % 16_384)),
  0
]
