/**
 * Everything that a web application's server needs to call Spotify for whoever has signed in, in one layer.
 *
 * **When to use**
 *
 * Use in servers, with any framework. `CommandLine` is for programs of one person in a terminal, and `BrowserApp` for pages
 * that call Spotify themselves.
 *
 * **Details**
 *
 * A server has three routes, and does in each what a function of the service says:
 *
 * | route | calls | then |
 * | --- | --- | --- |
 * | `GET /login` | `login` | redirects to Spotify with a cookie |
 * | `GET /callback`, the redirect URI | `callback` | redirects to the app with the cookie of a session |
 * | `POST /logout` | `logout` | redirects to the app without a session |
 *
 * `person` is the layer with which all other routes call Spotify as the person of the request. Cookies go in and out as the
 * texts of the headers `Cookie` and `Set-Cookie`, so that every framework can pass them on.
 *
 * An account is the id of a person's Spotify profile: a person with two browsers has two sessions and one record of tokens.
 *
 * **Example** (Calling Spotify in a handler)
 *
 * ```ts
 * import * as Profile from "@app/api/Profile"
 * import * as ServerApp from "@app/api/ServerApp"
 * import * as Effect from "effect/Effect"
 *
 * const hello = (cookie: string | undefined) =>
 *   Effect.map(Profile.me, ({ displayName }) => `Hello, ${displayName}`).pipe(
 *     Effect.provide(ServerApp.person(cookie)),
 *     Effect.catchReason("AuthError", "ReauthorizationRequired", () => Effect.succeed("Please sign in."))
 *   )
 * ```
 *
 * **Example** (The layer over PostgreSQL)
 *
 * ```ts
 * import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
 * import * as ServerApp from "@app/api/ServerApp"
 * import * as PgClient from "@effect/sql-pg/PgClient"
 * import * as Config from "effect/Config"
 * import * as Layer from "effect/Layer"
 *
 * export const App = ServerApp.layer({
 *   redirectUri: "https://example.com/callback",
 *   scopes: ["user-read-private"]
 * }).pipe(Layer.provide([
 *   PgClient.layerConfig({ url: Config.Redacted("DATABASE_URL") }),
 *   UndiciHttpClient.layer()
 * ]))
 * ```
 */
import * as Accounts from "@app/auth/Accounts"
import * as AuthError from "@app/auth/AuthError"
import * as AuthorizationRequestStore from "@app/auth/AuthorizationRequestStore"
import * as ProviderEnvironment from "@app/auth/ProviderEnvironment"
import * as SessionStore from "@app/auth/SessionStore"
import * as SqlAuthorizationRequestStore from "@app/auth/SqlAuthorizationRequestStore"
import * as SqlSessionStore from "@app/auth/SqlSessionStore"
import * as SqlTokenStorage from "@app/auth/SqlTokenStorage"
import type { TokenService } from "@app/auth/TokenService"
import * as TokenStorage from "@app/auth/TokenStorage"
import * as TokenStore from "@app/auth/TokenStore"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as SqlClient from "effect/sql/SqlClient"
import * as SessionCookie from "./internal/server/SessionCookie.ts"
import type { Scope } from "./model/Scope.ts"
import * as Profile from "./Profile.ts"
import type { ExtendedQuotaMode } from "./QuotaMode.ts"
import * as RateLimit from "./RateLimit.ts"
import * as SpotifyClient from "./SpotifyClient.ts"

// =============================================================================
// Service
// =============================================================================

/**
 * A redirect to answer with: status 302 or 303, and two headers.
 *
 * @category models
 * @since 0.1.0
 */
export interface Redirect {
  /** The value of the header `Location`. */
  readonly location: string
  /** The value of the header `Set-Cookie`. It is a secret of the browser: do not log it. */
  readonly setCookie: string
}

/**
 * A finished sign-in.
 *
 * @category models
 * @since 0.1.0
 */
export interface SignedIn extends Redirect {
  /** The id of the person's profile, which is the name of the account. */
  readonly account: string
}

/**
 * The services of one person.
 *
 * @category models
 * @since 0.1.0
 */
export type Person = SpotifyClient.SpotifyClient | ExtendedQuotaMode | TokenService

/**
 * The sign-ins and sessions of a web application.
 *
 * **Details**
 *
 * `cookie` is the header `Cookie` of a request.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /**
   * Begins a sign-in, and returns the redirect to Spotify.
   *
   * **Details**
   *
   * The cookie binds the sign-in to this browser: a callback that comes from another one is refused.
   */
  readonly login: (cookie: string | undefined) => Effect.Effect<Redirect, AuthError.AuthError>
  /**
   * Finishes a sign-in, begins a session, and returns the redirect to the app.
   *
   * **Details**
   *
   * `url` is that of the request; its origin does not count. Fails with `StateMismatch` when the sign-in began in another
   * browser, is over, or has been finished already, with `AuthorizationDenied` when the person said no, and as the exchange
   * of the code and the look-up of the profile do. The session is a new one each time.
   */
  readonly callback: (url: URL | string, cookie: string | undefined) => Effect.Effect<SignedIn, SpotifyClient.Failure>
  /**
   * Ends the session, and returns the redirect to the app.
   *
   * **Details**
   *
   * The person's other browsers stay signed in. `TokenService.signOut` with `person` signs the account out everywhere.
   *
   * **Gotchas**
   *
   * Call it for a POST only: browsers send the cookie with a link from another site, and not with its forms.
   */
  readonly logout: (cookie: string | undefined) => Effect.Effect<Redirect, AuthError.AuthError>
  /** Reads the account of the session; none when nobody has signed in. */
  readonly accountOf: (cookie: string | undefined) => Effect.Effect<Option.Option<string>, AuthError.AuthError>
  /**
   * Layer that provides a client and the tokens of the person of a request.
   *
   * **Details**
   *
   * Fails with `ReauthorizationRequired` when there is no session. So do calls when the sign-in has ended since: then send the
   * person to `login`.
   *
   * **Gotchas**
   *
   * Make it for each request, and provide it to effects, not to other layers.
   */
  readonly person: (cookie: string | undefined) => Layer.Layer<Person, SpotifyClient.Failure>
}

/**
 * Service tag for the sign-ins and sessions of a web application.
 *
 * @category services
 * @since 0.1.0
 */
export class ServerApp extends Context.Service<ServerApp, Service>()("@app/api/ServerApp") {}

// =============================================================================
// Options
// =============================================================================

/**
 * The options of a web application.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The address of the callback route, exactly as registered, where `SPOTIFY_REDIRECT_URI` is not set. */
  readonly redirectUri: string
  /** The scopes that the application needs. Default: none. */
  readonly scopes?: ReadonlyArray<Scope> | undefined
  /** The app's client id where `SPOTIFY_CLIENT_ID` is not set. Default: the variable is required. */
  readonly clientId?: string | undefined
  /** The path that a person comes to after signing in and out. Default: `/`. */
  readonly home?: string | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * Creates the sign-ins and sessions of a web application over the stores in context.
 *
 * **Details**
 *
 * Reads the variables of `TokenService.layerConfig` and `SpotifyClient.layerConfig`. Fails with `InvalidConfiguration`, which
 * names the variable, when one is missing or invalid.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<Service, SpotifyClient.Failure, Dependencies | SessionStore.SessionStore> {
  const environment = yield* ProviderEnvironment.read(options)
  const { client } = environment
  const server = ProviderEnvironment.serverOf(environment)
  const redirectUri = (yield* ProviderEnvironment.redirectUri) ?? options.redirectUri
  const scopes = options.scopes ?? []
  const home = options.home ?? "/"
  const sessions = yield* SessionStore.SessionStore
  const cookies = SessionCookie.make(redirectUri)
  // Nothing else of this context, such as its span, belongs to the requests.
  const services = Context.pick(
    Accounts.Accounts,
    AuthorizationRequestStore.AuthorizationRequestStore,
    Digest.Digest,
    HttpClient.HttpClient,
    RateLimit.RateLimit,
    SecureRandom.SecureRandom
  )(yield* Effect.context<Dependencies>())
  const Client = SpotifyClient.layerNoDeps(yield* SpotifyClient.optionsConfig())
  const nameOf = Effect.provide(Effect.map(Profile.me, ({ id }): string => id), Client)

  const withSession = <A, E>(
    cookie: string | undefined,
    f: (session: Redacted.Redacted<string>) => Effect.Effect<A, E>
  ): Effect.Effect<Option.Option<A>, E> =>
    Option.match(cookies.session.read(cookie), {
      onNone: () => Effect.succeedNone,
      onSome: (session) => Effect.asSome(f(session))
    })

  const accountOf = (cookie: string | undefined) => Effect.map(withSession(cookie, sessions.accountOf), Option.flatten)

  return ServerApp.of({
    accountOf,
    login: Effect.fnUntraced(function*(cookie) {
      // Several tabs may sign in at the same time.
      const session = Option.getOrUndefined(cookies.signIn.read(cookie)) ?? (yield* SessionCookie.random)
      const { lifetime, url } = yield* AuthorizationRequestStore.begin({ client, server, redirectUri, scopes, session })
      return { location: url.href, setCookie: cookies.signIn.set(session, lifetime) }
    }, Effect.provideContext(services)),
    callback: Effect.fnUntraced(function*(url, cookie) {
      const session = Option.getOrUndefined(cookies.signIn.read(cookie))
      const grant = yield* AuthorizationRequestStore.handleCallback(url, { session })
      const { account } = yield* Accounts.signIn(grant, nameOf)
      // Whoever knew the session of before must not have that of the person.
      yield* withSession(cookie, sessions.end)
      return {
        account,
        location: home,
        setCookie: cookies.session.set(yield* sessions.begin(account), sessions.lifetime)
      }
    }, Effect.provideContext(services)),
    logout: (cookie) =>
      Effect.as(withSession(cookie, sessions.end), { location: home, setCookie: cookies.session.clear }),
    person: (cookie) =>
      Layer.unwrap(Effect.flatMap(
        accountOf(cookie),
        Option.match({
          onNone: () => nobody,
          onSome: (account) => Effect.succeed(Layer.merge(Accounts.provide(Client, account), Accounts.get(account)))
        })
      )).pipe(Layer.provide(Layer.succeedContext(services)))
  })
})

/**
 * The services that sign-ins and calls use.
 *
 * @inline
 */
type Dependencies =
  | Accounts.Accounts
  | AuthorizationRequestStore.AuthorizationRequestStore
  | Digest.Digest
  | HttpClient.HttpClient
  | RateLimit.RateLimit
  | SecureRandom.SecureRandom

const nobody = Effect.fail(
  new AuthError.AuthError({ reason: new AuthError.ReauthorizationRequired({ kind: "NoRefreshToken" }) })
)

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that keeps tokens, pending sign-ins and sessions in the PostgreSQL database of the `SqlClient` in context.
 *
 * **Details**
 *
 * Any number of processes may share the database. The tables `oauth_token_records`, `oauth_authorization_requests` and
 * `oauth_sessions` are created when they are missing.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options
): Layer.Layer<ServerApp, SpotifyClient.Failure, HttpClient.HttpClient | SqlClient.SqlClient> =>
  layerNoStores(options).pipe(
    Layer.provide([
      Layer.provide(TokenStorage.layerTokenStore, SqlTokenStorage.layer()),
      SqlAuthorizationRequestStore.layer(),
      SqlSessionStore.layer()
    ]),
    Layer.provide(crypto)
  )

/**
 * Layer that keeps everything in the memory of this process.
 *
 * **When to use**
 *
 * Use in tests, and while you develop: after a restart everybody signs in again.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory = (
  options: Options
): Layer.Layer<ServerApp, SpotifyClient.Failure, HttpClient.HttpClient> =>
  layerNoStores(options).pipe(
    Layer.provide([TokenStore.layerMemory, AuthorizationRequestStore.layerMemory, SessionStore.layerMemory()]),
    Layer.provide(crypto)
  )

/**
 * Layer over the stores in context.
 *
 * **When to use**
 *
 * Use for encrypted tokens, other tables, and stores of your own.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerNoStores = (
  options: Options
): Layer.Layer<
  ServerApp,
  SpotifyClient.Failure,
  | AuthorizationRequestStore.AuthorizationRequestStore
  | HttpClient.HttpClient
  | SessionStore.SessionStore
  | TokenStore.TokenStore
> =>
  Layer.effect(ServerApp, make(options)).pipe(
    Layer.provide([
      Layer.unwrap(Effect.map(ProviderEnvironment.read(options), (environment) =>
        Accounts.layer({
          client: environment.client,
          server: ProviderEnvironment.serverOf(environment),
          scopes: options.scopes
        }))),
      RateLimit.layer,
      crypto
    ])
  )

const crypto = Layer.merge(SecureRandom.layerWebCrypto, Digest.layerWebCrypto)

// =============================================================================
// Accessors
// =============================================================================

/**
 * Layer that provides a client and the tokens of the person of a request, as `Service.person` does.
 *
 * @category accessors
 * @since 0.1.0
 */
export const person = (
  cookie: string | undefined
): Layer.Layer<Person, SpotifyClient.Failure, ServerApp> => Layer.unwrap(ServerApp.useSync((app) => app.person(cookie)))
