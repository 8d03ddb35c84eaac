/**
 * A sandbox for code without Effect: Promises, plain JSON, and `await using`.
 *
 * **Details**
 *
 * Settings, faults, library items and logged requests have the form that they have in the control API: durations are
 * numbers of seconds or texts such as `"250 millis"`, and times are ISO texts. Secrets are plain texts.
 *
 * **Example** (A test of Node's own runner)
 *
 * ```ts
 * import { startSandbox } from "@app/sandbox/SandboxPromises"
 * import assert from "node:assert/strict"
 * import { test } from "node:test"
 *
 * test("an app shows who has signed in", async () => {
 *   await using sandbox = await startSandbox({ accessTokenLifetime: 5 })
 *   const { accessToken } = await sandbox.signIn({ scopes: ["user-read-private"] })
 *   await sandbox.inject("GET /v1/me", { _tag: "Latency", duration: "20 millis" })
 *   const me = await fetch(`${sandbox.apiUrl}/me`, { headers: { authorization: `Bearer ${accessToken}` } })
 *   assert.equal(me.status, 200)
 *   assert.equal(await sandbox.count("GET /v1/me"), 1)
 * })
 * ```
 */
import * as Providers from "@app/auth/Providers"
import * as TokenEndpoint from "@app/auth/TokenEndpoint"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Catalogue from "./Catalogue.ts"
import * as Fault from "./Fault.ts"
import * as LibraryItem from "./LibraryItem.ts"
import type { RefreshCounts } from "./RefreshCounts.ts"
import { LoggedRequest } from "./RequestLog.ts"
import type { Route } from "./Route.ts"
import * as Sandbox from "./Sandbox.ts"
import * as Settings from "./Settings.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * The tokens of a person who has signed in, as plain texts.
 *
 * @category models
 * @since 0.1.0
 */
export interface SignedIn {
  readonly accessToken: string
  readonly refreshToken: string
  /** The lifetime of the access token, in seconds. */
  readonly expiresIn: number
}

/**
 * A running sandbox whose methods return Promises.
 *
 * **Details**
 *
 * The methods do what those of `Sandbox.Sandbox` do. Promises reject with a `SandboxError`, whose `message` says what to
 * do, or with a `SchemaError` for JSON that does not fit.
 *
 * @category models
 * @since 0.1.0
 */
export interface SandboxPromises extends AsyncDisposable {
  /** Origin of the Accounts service, such as `http://127.0.0.1:41234`. */
  readonly accountsUrl: string
  /** Base of the Web API, such as `http://127.0.0.1:41235/v1`. */
  readonly apiUrl: string
  /** The first registered client, with its first redirect URI. */
  readonly client: { readonly clientId: string; readonly clientSecret: string; readonly redirectUri: string }
  /** The tracks, albums and artists that there are. */
  readonly catalogue: typeof Catalogue.all
  /** Signs a person in and returns the tokens. */
  readonly signIn: (options?: Sandbox.SignInOptions) => Promise<SignedIn>
  /** Issues refresh tokens as if a person had signed in as many times, without a request. */
  readonly issueRefreshTokens: (count: number, options?: Sandbox.SignInOptions) => Promise<ReadonlyArray<string>>
  /** Agrees as a person and returns the callback URL. */
  readonly approve: (authorizeUrl: URL | string, options?: { readonly as?: string }) => Promise<URL>
  /** Cancels as a person and returns the callback URL. */
  readonly deny: (authorizeUrl: URL | string) => Promise<URL>
  /** Changes some settings of the running sandbox. */
  readonly configure: (settings: typeof Settings.ChangesFromJson.Encoded) => Promise<void>
  /** Replaces all that a person has saved and follows. */
  readonly setLibrary: (
    items: ReadonlyArray<typeof LibraryItem.FromJson.Encoded>,
    options?: { readonly as?: string }
  ) => Promise<void>
  /** Lists the URIs of all that a person has saved and follows. */
  readonly library: (options?: { readonly as?: string }) => Promise<ReadonlyArray<string>>
  /** Adds faults to the end of a route's queue. */
  readonly inject: (
    route: Route,
    fault: typeof Fault.FromJson.Encoded | ReadonlyArray<typeof Fault.FromJson.Encoded>
  ) => Promise<void>
  /** Removes all faults from the queues. */
  readonly clearFaults: () => Promise<void>
  /** Ends every live access token and returns their number. */
  readonly expireAccessTokens: () => Promise<number>
  /** Ends every live access token as if revoked, and returns their number. */
  readonly revokeAccessTokens: () => Promise<number>
  /** Revokes every live refresh token and returns their number. */
  readonly revokeRefreshTokens: () => Promise<number>
  /** Returns the requests so far, in order of arrival. */
  readonly requests: () => Promise<ReadonlyArray<typeof LoggedRequest.Encoded>>
  /** Counts the requests to a route. */
  readonly count: (route: Route) => Promise<number>
  /** Returns the numbers of refresh requests. */
  readonly refreshCounts: () => Promise<RefreshCounts>
  /** Removes all requests from the log. */
  readonly clearLog: () => Promise<void>
  /** Closes the sandbox, as the end of `await using` does. */
  readonly close: () => Promise<void>
}

// =============================================================================
// Constructor
// =============================================================================

const decodeSettings = Schema.decodeEffect(Settings.FromJson)

const decodeChanges = Schema.decodeEffect(Settings.ChangesFromJson)

const decodeItems = Schema.decodeEffect(Schema.Array(LibraryItem.FromJson))

const decodeFaults = Schema.decodeEffect(Schema.Union([Fault.FromJson, Schema.Array(Fault.FromJson)]))

const encodeRequests = Schema.encodeEffect(Schema.Array(LoggedRequest))

// An unknown key is an error, since it is most likely misspelt.
const strictly = { onExcessProperty: "error" } as const

const tokensOf = Effect.fnUntraced(function*(options: Sandbox.SignInOptions | undefined) {
  const { accountsUrl, client: { clientId } } = yield* Sandbox.Sandbox
  const endpoint = yield* TokenEndpoint.make({ server: Providers.spotify.at(accountsUrl), client: { clientId } })
  const { accessToken, refreshToken } = yield* endpoint.request(yield* Sandbox.signIn(options))
  return {
    accessToken: Redacted.value(accessToken.value),
    refreshToken: refreshToken === undefined ? "" : Redacted.value(refreshToken),
    expiresIn: Duration.toSeconds(Option.getOrElse(accessToken.lifetime, () => Duration.zero))
  }
})

/**
 * Starts a sandbox of its own, on free ports unless the settings name some.
 *
 * **Details**
 *
 * Rejects with a `SandboxError` when a port is taken.
 *
 * @category constructors
 * @since 0.1.0
 */
export const startSandbox = async (settings: typeof Settings.FromJson.Encoded = {}): Promise<SandboxPromises> => {
  const runtime = ManagedRuntime.make(
    Layer.unwrap(Effect.map(decodeSettings(settings, strictly), Sandbox.layer)).pipe(
      Layer.provideMerge(NodeHttpClient.layerNodeHttp)
    )
  )
  const sandbox = await runtime.runPromise(Sandbox.Sandbox)
  const { accountsUrl, apiUrl, client } = sandbox
  const close = () => runtime.dispose()
  return {
    accountsUrl,
    apiUrl,
    client: { ...client, clientSecret: Redacted.value(client.clientSecret) },
    catalogue: Catalogue.all,
    signIn: (options) => runtime.runPromise(tokensOf(options)),
    issueRefreshTokens: (count, options) =>
      runtime.runPromise(
        Effect.map(sandbox.issueRefreshTokens(count, options), (tokens) => tokens.map((token) => Redacted.value(token)))
      ),
    approve: (url, options) => runtime.runPromise(sandbox.approve(url, options)),
    deny: (url) => runtime.runPromise(sandbox.deny(url)),
    configure: (changes) => runtime.runPromise(Effect.flatMap(decodeChanges(changes, strictly), sandbox.configure)),
    setLibrary: (items, options) =>
      runtime.runPromise(
        Effect.flatMap(decodeItems(items, strictly), (decoded) => sandbox.setLibrary(decoded, options))
      ),
    library: (options) => runtime.runPromise(sandbox.library(options)),
    inject: (route, faults) =>
      runtime.runPromise(Effect.flatMap(decodeFaults(faults, strictly), (decoded) => sandbox.inject(route, decoded))),
    clearFaults: () => runtime.runPromise(sandbox.clearFaults),
    expireAccessTokens: () => runtime.runPromise(sandbox.expireAccessTokens),
    revokeAccessTokens: () => runtime.runPromise(sandbox.revokeAccessTokens),
    revokeRefreshTokens: () => runtime.runPromise(sandbox.revokeRefreshTokens),
    requests: () => runtime.runPromise(Effect.flatMap(sandbox.requests, (all) => encodeRequests(all))),
    count: (route) => runtime.runPromise(sandbox.count(route)),
    refreshCounts: () => runtime.runPromise(sandbox.refreshCounts),
    clearLog: () => runtime.runPromise(sandbox.clearLog),
    close,
    [Symbol.asyncDispose]: close
  }
}
