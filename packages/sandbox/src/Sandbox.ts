/**
 * A local Spotify on loopback, with the Accounts service and the Web API on real sockets.
 *
 * **When to use**
 *
 * Use to test an app, in any language, against sign-in, tokens, the Web API and network faults without Spotify.
 *
 * **Details**
 *
 * The operations come from the contract of `@app/api`. Their responses are raw JSON, written from Spotify's documentation,
 * the RFCs and recorded responses, so that client and server cannot share a mistake in a model.
 *
 * The sandbox signs people in, applies the faults that a test sets, and logs every request.
 *
 * **Gotchas**
 *
 * All times are on Effect's `Clock`. Under a `TestClock`, tokens expire when the test adjusts the clock.
 */
import type { Scope } from "@app/api/model/Scope"
import type { ExtendedQuotaMode } from "@app/api/QuotaMode"
import * as SpotifyClient from "@app/api/SpotifyClient"
import type { SpotifyError } from "@app/api/SpotifyError"
import type { AuthError } from "@app/auth/AuthError"
import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import type { Grant } from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Fault } from "./Fault.ts"
import * as AccountsService from "./internal/accounts/AccountsService.ts"
import * as TokenLedger from "./internal/accounts/TokenLedger.ts"
import * as CurrentSettings from "./internal/CurrentSettings.ts"
import * as FaultQueue from "./internal/faults/FaultQueue.ts"
import * as Origins from "./internal/Origins.ts"
import * as ControlApi from "./internal/server/ControlApi.ts"
import * as Listener from "./internal/server/Listener.ts"
import * as RequestHandlers from "./internal/server/RequestHandlers.ts"
import * as Library from "./internal/webApi/Library.ts"
import * as LibraryContents from "./internal/webApi/LibraryContents.ts"
import * as RateLimiter from "./internal/webApi/RateLimiter.ts"
import * as WebApi from "./internal/webApi/WebApi.ts"
import type { LibraryItem } from "./LibraryItem.ts"
import type { RefreshCounts } from "./RefreshCounts.ts"
import * as RequestLog from "./RequestLog.ts"
import type { Route } from "./Route.ts"
import { AuthorizationRefused, NotThisSandbox, SandboxError, Unreachable } from "./SandboxError.ts"
import { defaultClient, defaults, type Settings } from "./Settings.ts"

export { defaultClient, defaults, type RegisteredClient, type Settings } from "./Settings.ts"

// =============================================================================
// Service
// =============================================================================

/**
 * A running sandbox.
 *
 * **Example** (Count the requests of an app under faults)
 *
 * ```ts
 * import { Fault, Sandbox } from "@app/sandbox"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const sandbox = yield* Sandbox.Sandbox
 *   yield* sandbox.inject("GET /v1/me", [Fault.Status({ status: 503 }), Fault.RateLimited({ retryAfter: 2 })])
 *   // … run the app against sandbox.accountsUrl and sandbox.apiUrl …
 *   return yield* sandbox.count("GET /v1/me")
 * }).pipe(Effect.provide(Sandbox.layer()))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class Sandbox extends Context.Service<Sandbox, {
  /** Origin of the Accounts service (`GET /authorize`, `POST /api/token`), such as `http://127.0.0.1:41234`. */
  readonly accountsUrl: string
  /** Base of the Web API, such as `http://127.0.0.1:41235/v1`, with an origin of its own as at Spotify. */
  readonly apiUrl: string
  /** The first registered client, with its first redirect URI, and with an empty secret where it has none. */
  readonly client: {
    readonly clientId: string
    readonly clientSecret: Redacted.Redacted<string>
    readonly redirectUri: string
  }
  /** Changes some settings of the running sandbox; ports, host and allowed hosts stay as they are. */
  readonly configure: (settings: Partial<Settings>) => Effect.Effect<void>
  /** Ends every live access token as if its lifetime were over, and returns their number. */
  readonly expireAccessTokens: Effect.Effect<number>
  /** Ends every live access token as if revoked, which looks the same to an app, and returns their number. */
  readonly revokeAccessTokens: Effect.Effect<number>
  /** Revokes every live refresh token, so that a refresh fails with `invalid_grant`, and returns their number. */
  readonly revokeRefreshTokens: Effect.Effect<number>
  /**
   * Replaces all that a person has saved and follows; the first item is shown first.
   *
   * **Details**
   *
   * `as` is the id of one of the settings' `people`, by default the first. Fails for a track, an album or an artist that is
   * not in the `Catalogue`.
   */
  readonly setLibrary: (
    items: ReadonlyArray<LibraryItem>,
    options?: { readonly as?: string | undefined }
  ) => Effect.Effect<void, SandboxError>
  /** Lists the URIs of all that a person, by default the first, has saved and follows: the newest first. */
  readonly library: (
    options?: { readonly as?: string | undefined }
  ) => Effect.Effect<ReadonlyArray<string>, SandboxError>
  /**
   * Issues refresh tokens to the first client as if a person had signed in as many times, without a request.
   *
   * **When to use**
   *
   * Use to test programs with many accounts. A sign-in over HTTP takes some milliseconds, a token here less than a tenth of one.
   *
   * **Gotchas**
   *
   * The sandbox keeps no more tokens than the setting `tokenCapacity` says.
   */
  readonly issueRefreshTokens: (
    count: number,
    options?: SignInOptions
  ) => Effect.Effect<ReadonlyArray<Redacted.Redacted<string>>, SandboxError>
  /** Adds faults to the end of a route's queue, of which each request takes the first. */
  readonly inject: (route: Route, fault: Fault | ReadonlyArray<Fault>) => Effect.Effect<void>
  /** Removes all faults from the queues; one that a request has taken, such as a hang, continues. */
  readonly clearFaults: Effect.Effect<void>
  /** The requests so far, in order of arrival: at most the newest 20,000, those without a response included. */
  readonly requests: Effect.Effect<ReadonlyArray<RequestLog.LoggedRequest>>
  /** Counts the requests to a route among `requests`, optionally only those that `filter` accepts. */
  readonly count: (route: Route, filter?: (request: RequestLog.LoggedRequest) => boolean) => Effect.Effect<number>
  /** The numbers of refresh requests since the start, or since `clearLog`. */
  readonly refreshCounts: Effect.Effect<RefreshCounts>
  /** Removes all requests from the log, and sets `refreshCounts` to zero. */
  readonly clearLog: Effect.Effect<void>
  /**
   * Agrees as a person: requests `/authorize` over HTTP and returns the callback URL with `code` and `state`.
   *
   * **Details**
   *
   * `as` is the id of one of the settings' `people`, by default the first.
   */
  readonly approve: (
    authorizeUrl: URL | string,
    options?: { readonly as?: string | undefined }
  ) => Effect.Effect<URL, SandboxError>
  /** Cancels as a person and returns the callback URL, which has `error=access_denied`. */
  readonly deny: (authorizeUrl: URL | string) => Effect.Effect<URL, SandboxError>
}>()("@app/sandbox/Sandbox") {}

// =============================================================================
// Constructor
// =============================================================================

const make = Effect.fnUntraced(function*(given: Partial<Settings>) {
  const settings = { ...defaults, ...given }
  const { accounts, api } = yield* RequestHandlers.RequestHandlers
  const current = yield* CurrentSettings.CurrentSettings
  const ledger = yield* TokenLedger.TokenLedger
  const faults = yield* FaultQueue.FaultQueue
  const log = yield* RequestLog.RequestLog
  const httpClient = yield* HttpClient.HttpClient
  const libraries = yield* LibraryContents.LibraryContents
  const origins = yield* Origins.Origins
  yield* Effect.forEach(Object.entries(settings.libraries), ([person, items]) => libraries.set(items, person))
  const accountsUrl = yield* Listener.open({ host: settings.host, port: settings.accountsPort }, accounts)
  const apiOrigin = yield* Listener.open({ host: settings.host, port: settings.apiPort }, api)
  yield* origins.announce({ accounts: new URL(accountsUrl).port, api: new URL(apiOrigin).port })
  const first = settings.clients[0] ?? defaultClient

  const decide = (decision: "agree" | "cancel") =>
    Effect.fn(`Sandbox.${decision === "agree" ? "approve" : "deny"}`)(function*(
      authorizeUrl: URL | string,
      options?: { readonly as?: string | undefined }
    ) {
      const url = URL.parse(authorizeUrl.toString())
      if (url === null || url.origin !== accountsUrl || url.pathname !== "/authorize") {
        return yield* new SandboxError({ reason: new NotThisSandbox({ accountsUrl }) })
      }
      const response = yield* HttpClientRequest.get(url).pipe(
        HttpClientRequest.setHeader(RequestHandlers.decisionHeader, decision),
        HttpClientRequest.setHeaders(
          options?.as === undefined ? {} : { [RequestHandlers.personHeader]: encodeURIComponent(options.as) }
        ),
        httpClient.execute,
        Effect.provideService(HttpClient.TracerPropagationEnabled, false),
        // These requests stand for the person's browser, and their spans would hold the code.
        Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
        Effect.mapError((cause) => new SandboxError({ reason: new Unreachable({ cause }) }))
      )
      // An unread body would keep its connection open.
      const page = yield* Effect.orElseSucceed(response.text, () => "")
      const callback = URL.parse(response.headers["location"] ?? "")
      if (callback !== null) return callback
      const heading = /<h1>(.*?)<\/h1>/.exec(page)?.[1] ?? page.slice(0, 200)
      return yield* new SandboxError({ reason: new AuthorizationRefused({ status: response.status, page: heading }) })
    })

  return Sandbox.of({
    accountsUrl,
    apiUrl: `${apiOrigin}/v1`,
    client: {
      clientId: first.clientId,
      clientSecret: first.clientSecret ?? Redacted.make("", { label: "client_secret" }),
      redirectUri: first.redirectUris[0] ?? defaultClient.redirectUris[0]
    },
    configure: current.change,
    expireAccessTokens: ledger.endAccessTokens,
    revokeAccessTokens: ledger.endAccessTokens,
    revokeRefreshTokens: ledger.revokeRefreshTokens,
    setLibrary: (items, options) => libraries.set(items, options?.as),
    library: (options) => libraries.get(options?.as),
    issueRefreshTokens: Effect.fn("Sandbox.issueRefreshTokens")(function*(count, { as, scopes = [] } = {}) {
      const { id } = yield* current.findPerson(as)
      const authorization = { clientId: first.clientId, person: id, scope: scopes.join(" ") }
      const tokens = yield* ledger.issueRefreshTokens(authorization, count)
      return tokens.map((token) => Redacted.make(token, { label: "refresh_token" }))
    }),
    inject: (route, fault) => faults.inject(route, "_tag" in fault ? [fault] : fault),
    clearFaults: faults.clear,
    requests: log.all,
    count: (route, filter = () => true) =>
      Effect.map(log.all, (all) => all.filter((request) => request.route === route && filter(request)).length),
    refreshCounts: ledger.refreshCounts,
    clearLog: Effect.andThen(log.clear, ledger.clearRefreshCounts),
    approve: decide("agree"),
    deny: decide("cancel")
  })
})

// =============================================================================
// Layers
// =============================================================================

// Order matters: each step uses the services of those below it.
const services = (settings: Partial<Settings>) =>
  RequestHandlers.layer.pipe(
    Layer.provideMerge(Layer.mergeAll(AccountsService.layer, WebApi.layer, ControlApi.layer)),
    Layer.provideMerge(LibraryContents.layer),
    Layer.provideMerge(
      Layer.mergeAll(
        TokenLedger.layer,
        Library.layer,
        RateLimiter.layer,
        FaultQueue.layer,
        RequestLog.layer,
        Origins.layer
      )
    ),
    Layer.provideMerge(CurrentSettings.layer(settings)),
    Layer.provide([NodeCrypto.layerSecureRandom, NodeCrypto.layerDigest])
  )

/**
 * Layer that opens both listeners and closes them with its scope.
 *
 * **Details**
 *
 * Settings that are not given have their defaults; ports are then free ones. Closing cuts the requests that still run.
 * Fails with `SandboxError` when a port is taken or cannot be listened on.
 *
 * **Gotchas**
 *
 * Each call makes a sandbox of its own, with its own tokens, faults and log.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (settings: Partial<Settings> = {}): Layer.Layer<Sandbox, SandboxError> =>
  Layer.effect(Sandbox, make(settings)).pipe(
    // Without `fresh`, two sandboxes of one program would share their tokens, faults and log.
    Layer.provide(Layer.fresh(services(settings))),
    // `fetch` would ask a proxy for this machine, and refuses some ports.
    Layer.provide(NodeHttpClient.layerNodeHttp)
  )

// =============================================================================
// Sign-in
// =============================================================================

/**
 * The person who signs in, and the scopes that the app asks for.
 *
 * @category options
 * @since 0.1.0
 */
export interface SignInOptions {
  /** The scopes; none by default, as at Spotify. */
  readonly scopes?: ReadonlyArray<Scope> | undefined
  /** The id of one of the settings' `people`; the first by default. */
  readonly as?: string | undefined
}

/**
 * Signs a person in to the sandbox's first client by authorization code with PKCE, and returns the grant.
 *
 * **When to use**
 *
 * Use with `TokenService.authorize` and `Accounts`, which exchange the grant. {@link signedIn} does this, too.
 *
 * @category sign-in
 * @since 0.1.0
 */
export const signIn = Effect.fn("Sandbox.signIn")(function*(
  options: SignInOptions = {}
): Effect.fn.Return<Grant, AuthError | SandboxError, Sandbox> {
  const { accountsUrl, approve, client: { clientId, redirectUri } } = yield* Sandbox
  const request = yield* Effect.provide(
    AuthorizationRequest.make({
      server: Providers.spotify.at(accountsUrl),
      client: { clientId },
      redirectUri,
      scopes: options.scopes
    }),
    NodeCrypto.layer
  )
  return yield* request.handleCallback(yield* approve(request.url, options))
})

/**
 * Layer for an app with a person who has signed in: calls of `@app/api` reach the sandbox with this person's tokens.
 *
 * **When to use**
 *
 * Use in tests and examples in place of the app's own layers for sign-in, tokens and the client.
 *
 * **Details**
 *
 * The first token is there once the layer is built. Tokens are kept in memory and refreshed as usual. Requests go through the `HttpClient` in context.
 *
 * **Example** (A test of an app)
 *
 * ```ts
 * import * as Profile from "@app/api/Profile"
 * import { Sandbox } from "@app/sandbox"
 * import * as Effect from "effect/Effect"
 * import * as FetchHttpClient from "effect/http/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * const Spotify = Sandbox.signedIn({ scopes: ["user-read-private"] }).pipe(
 *   Layer.provideMerge(Sandbox.layer()),
 *   Layer.provide(FetchHttpClient.layer)
 * )
 *
 * const name = Effect.map(Profile.me, ({ displayName }) => displayName).pipe(Effect.provide(Spotify))
 * ```
 *
 * @category sign-in
 * @since 0.1.0
 */
export const signedIn = (options?: SignInOptions): Layer.Layer<
  SpotifyClient.SpotifyClient | ExtendedQuotaMode | TokenService.TokenService,
  AuthError | SandboxError | SpotifyError,
  Sandbox | HttpClient.HttpClient
> =>
  Layer.unwrap(Effect.gen(function*() {
    const { accountsUrl, apiUrl, client: { clientId } } = yield* Sandbox
    const grant = yield* signIn(options)
    const server = Providers.spotify.at(accountsUrl)
    return SpotifyClient.layer({ apiUrl }).pipe(
      Layer.provideMerge(TokenService.layer({ server, client: { clientId }, grant, scopes: options?.scopes })),
      Layer.provide(TokenStore.layerMemory),
      // A test that revokes tokens at its beginning means this one.
      Layer.tap((context) => Effect.provideContext(TokenService.get, context))
    )
  }))
