/**
 * A local Spotify on loopback: the Accounts service and the Web API on real sockets, with a person who agrees, faults
 * to order, and a log of what was asked.
 *
 * Which operations there are comes from the contract of `@app/api`. How they answer is written from Spotify's
 * documentation, the RFCs and recorded answers, and sent as raw JSON, so a mistake in a client cannot hide in a server
 * that makes the same one.
 *
 * All its time is Effect's `Clock`: built inside a test with `TestClock`, its tokens expire when the test says so.
 */
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Fault } from "./Fault.ts"
import { AccountsService } from "./internal/accounts/AccountsService.ts"
import { TokenLedger } from "./internal/accounts/TokenLedger.ts"
import { CurrentSettings } from "./internal/CurrentSettings.ts"
import { Faults } from "./internal/faults/FaultQueue.ts"
import { ControlApi } from "./internal/server/ControlApi.ts"
import * as Listener from "./internal/server/Listener.ts"
import { decisionHeader, Dispatch, personHeader } from "./internal/server/RequestHandlers.ts"
import { Library } from "./internal/webApi/Library.ts"
import { RateLimiter } from "./internal/webApi/RateLimiter.ts"
import { WebApi } from "./internal/webApi/WebApi.ts"
import { RequestLog } from "./RequestLog.ts"
import type { LoggedRequest } from "./RequestLog.ts"
import type { Route } from "./Route.ts"
import { AuthorizationRefused, NotThisSandbox, SandboxError, Unreachable } from "./SandboxError.ts"
import { defaultClient, defaults } from "./Settings.ts"
import type { Settings } from "./Settings.ts"

export { defaultClient, defaults } from "./Settings.ts"
export type { RegisteredClient, Settings } from "./Settings.ts"

/**
 * A running sandbox.
 *
 * **Example** (A token, a track, and a bad minute)
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
  /** Origin of the Accounts service, such as `http://127.0.0.1:41234`: `GET /authorize`, `POST /api/token`. */
  readonly accountsUrl: string
  /** Base of the Web API, such as `http://127.0.0.1:41235/v1`: another port, so another origin, as in production. */
  readonly apiUrl: string
  /** The first registered client, with its first redirect URI. An app without a secret has an empty one here. */
  readonly client: {
    readonly clientId: string
    readonly clientSecret: Redacted.Redacted<string>
    readonly redirectUri: string
  }
  /** Changes some settings while it runs; ports, host and allowed hosts stay as they are. */
  readonly configure: (settings: Partial<Settings>) => Effect.Effect<void>
  /** Ends every live access token, as if its hour were over; how many there were. */
  readonly expireAccessTokens: Effect.Effect<number>
  /** Ends every live access token, as if withdrawn; Spotify answers both alike. How many there were. */
  readonly revokeAccessTokens: Effect.Effect<number>
  /** Revokes every live refresh token: the next refresh is answered `invalid_grant`. How many there were. */
  readonly revokeRefreshTokens: Effect.Effect<number>
  /** Puts faults at the end of a route's line; each request to it meets the first. */
  readonly inject: (route: Route, fault: Fault | ReadonlyArray<Fault>) => Effect.Effect<void>
  /** Forgets all faults that still wait. One already met, such as a hang, goes on. */
  readonly clearFaults: Effect.Effect<void>
  /** What was asked so far, in order of arrival, the unanswered included: the newest 20,000 requests at most. */
  readonly requests: Effect.Effect<ReadonlyArray<LoggedRequest>>
  /** How often a route was asked as far as `requests` tells, optionally only those that a filter lets through. */
  readonly count: (route: Route, filter?: (request: LoggedRequest) => boolean) => Effect.Effect<number>
  /** Forgets the log. */
  readonly clearLog: Effect.Effect<void>
  /**
   * Plays the person who agrees: asks `/authorize` over HTTP and gives the callback URL with `code` and `state`. `as` is
   * the id of one of the settings' `people`; absent, it is the first.
   */
  readonly approve: (
    authorizeUrl: URL | string,
    options?: { readonly as?: string | undefined }
  ) => Effect.Effect<URL, SandboxError>
  /** Plays the person who cancels: the callback URL says `error=access_denied`. */
  readonly deny: (authorizeUrl: URL | string) => Effect.Effect<URL, SandboxError>
}>()("@app/sandbox/Sandbox") {}

/**
 * Opens both listeners and closes them, cutting whatever still hangs, with the layer. Each call is a sandbox of its
 * own; ports are free ones unless settings name them.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (settings: Partial<Settings> = {}): Layer.Layer<Sandbox, SandboxError> =>
  Layer.effect(Sandbox, make(settings)).pipe(
    // Fresh: otherwise two sandboxes of one program would share their tokens, faults and log.
    Layer.provide(Layer.fresh(parts(settings))),
    // Unlike `fetch` it never asks a proxy for this machine, and knows no forbidden ports.
    Layer.provide(NodeHttpClient.layerNodeHttp)
  )

const parts = (settings: Partial<Settings>) =>
  Dispatch.layer.pipe(
    Layer.provideMerge(Layer.mergeAll(AccountsService.layer, WebApi.layer, ControlApi.layer)),
    Layer.provideMerge(
      Layer.mergeAll(TokenLedger.layer, Library.layer, RateLimiter.layer, Faults.layer, RequestLog.layer)
    ),
    Layer.provideMerge(CurrentSettings.layer(settings)),
    Layer.provide([NodeCrypto.layerSecureRandom, NodeCrypto.layerDigest])
  )

const make = Effect.fnUntraced(function*(given: Partial<Settings>) {
  const settings = { ...defaults, ...given }
  const { accounts, api } = yield* Dispatch
  const current = yield* CurrentSettings
  const ledger = yield* TokenLedger
  const faults = yield* Faults
  const log = yield* RequestLog
  const httpClient = yield* HttpClient.HttpClient
  const accountsUrl = yield* Listener.open({ host: settings.host, port: settings.accountsPort }, accounts)
  const apiOrigin = yield* Listener.open({ host: settings.host, port: settings.apiPort }, api)
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
        HttpClientRequest.setHeader(decisionHeader, decision),
        HttpClientRequest.setHeaders(
          options?.as === undefined ? {} : { [personHeader]: encodeURIComponent(options.as) }
        ),
        httpClient.execute,
        Effect.provideService(HttpClient.TracerPropagationEnabled, false),
        // The person's browser is not the program under test either: its spans would hold the code.
        Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
        Effect.mapError((cause) => new SandboxError({ reason: new Unreachable({ cause }) }))
      )
      // Read in any case: an answer that nobody reads keeps its connection.
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
    inject: (route, fault) => faults.inject(route, "_tag" in fault ? [fault] : fault),
    clearFaults: faults.clear,
    requests: log.all,
    count: (route, filter = () => true) =>
      Effect.map(log.all, (all) => all.filter((request) => request.route === route && filter(request)).length),
    clearLog: log.clear,
    approve: decide("agree"),
    deny: decide("cancel")
  })
})
