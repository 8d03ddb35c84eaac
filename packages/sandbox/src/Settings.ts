/**
 * The settings of a sandbox: lifetimes, rotation, quota mode, limits, consent, people, clients and ports.
 */
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { DurationFromJson } from "./internal/DurationFromJson.ts"
import * as LibraryItem from "./LibraryItem.ts"
import * as People from "./People.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * An app as it stands in the developer dashboard.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/apps
 * @category models
 * @since 0.1.0
 */
export interface RegisteredClient {
  readonly clientId: string
  /** Name of the app on the consent page; absent for an app that is known by its id alone. */
  readonly name?: string
  /** Client secret; absent for an app that never uses one, which can then sign people in with PKCE alone. */
  readonly clientSecret?: Redacted.Redacted<string>
  /**
   * Redirect URIs, compared character by character.
   *
   * **Details**
   *
   * A registered loopback literal (`http://127.0.0.1…`, `http://[::1]…`) also matches the same address with any port
   * (RFC 8252 §7.3).
   */
  readonly redirectUris: ReadonlyArray<string>
}

/**
 * A number of requests allowed in any period as long as the window.
 *
 * @category models
 * @since 0.1.0
 */
export interface Allowance {
  readonly requests: number
  readonly window: Duration.Duration
}

/**
 * A time in which a refresh token that has been replaced is still accepted, for a client that lost the response.
 *
 * **Details**
 *
 * Providers differ in what such a request receives. With `"same"`, the default, it is the response of the first request
 * again, and `"every"` and `"last"` issue new tokens. With `"every"` all successors of the refresh token can be used, with
 * `"last"` the newest one alone.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2
 * @category models
 * @since 0.1.0
 */
export interface RefreshTokenGrace {
  readonly duration: Duration.Duration
  readonly successors?: "same" | "every" | "last"
}

/**
 * The settings of a sandbox; {@link defaults} has the default of each.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings {
  /** Lifetime of access tokens issued from now on, sent as `expires_in` in whole seconds; 1 hour by default. */
  readonly accessTokenLifetime: Duration.Duration
  /**
   * Lifetime of refresh tokens, those already issued included; 182 days by default, Spotify's six months.
   *
   * **Details**
   *
   * It is counted from the person's consent. Refreshing does not extend it.
   *
   * @see https://developer.spotify.com/blog/2026-06-18-refresh-token-expiration
   */
  readonly refreshTokenLifetime: Duration.Duration
  /**
   * Issues a new refresh token with each refresh and revokes the old one; `false` by default.
   *
   * **Details**
   *
   * With `false` the response has no `refresh_token`, as Spotify's since mid-2026.
   */
  readonly rotateRefreshTokens: boolean
  /**
   * Time in which a refresh token that has been replaced is still accepted; `"none"` by default, as at Spotify.
   *
   * **Details**
   *
   * It matters with `rotateRefreshTokens` alone. The time is counted from the refresh that replaced the token.
   */
  readonly refreshTokenGrace: RefreshTokenGrace | "none"
  /**
   * Quota mode of the apps, which decides which operations and fields are served; `"development"` by default.
   *
   * **Details**
   *
   * Since February 2026 every new app is in development mode.
   */
  readonly quotaMode: "development" | "extended"
  /**
   * Serves apps as if they had Extended Quota Mode before 27 November 2024; `false` by default.
   *
   * **Details**
   *
   * In extended mode such apps are also served audio features, audio analysis and recommendations. In development mode
   * the setting has no effect.
   *
   * @see https://developer.spotify.com/blog/2024-11-27-changes-to-the-web-api
   */
  readonly legacy: boolean
  /**
   * Requests that each client may send to the Web API; `"none"` by default, which is no limit.
   *
   * **Details**
   *
   * A request over the limit receives a 429 with `Retry-After`. Spotify's window is 30 seconds; its number of requests is
   * not published.
   */
  readonly rateLimit: Allowance | "none"
  /**
   * Requests allowed for each group of operations (tracks, users, library, …) in development mode; `"none"` by default,
   * which is no quota.
   *
   * **Details**
   *
   * A request over the quota receives a 429 with `Retry-After` and `QUOTA_EXCEEDED`. Spotify's window seems to be 24 hours.
   */
  readonly quota: Allowance | "none"
  /** Redirects from `/authorize` at once instead of showing a page with Agree and Cancel; `true` by default. */
  readonly autoApprove: boolean
  /**
   * People with an account, of whom the first signs in unless another is named; `sandy`, `quiet` and `stranger` of
   * `People` by default.
   */
  readonly people: ReadonlyArray<People.Person>
  /**
   * What people have saved and follow at the start, by the id of the person, the first item shown first; nothing by default.
   *
   * **Details**
   *
   * While the sandbox runs, `setLibrary` changes it instead.
   */
  readonly libraries: Readonly<Record<string, ReadonlyArray<LibraryItem.LibraryItem>>>
  /** Registered apps; {@link defaultClient} alone by default. */
  readonly clients: ReadonlyArray<RegisteredClient>
  /**
   * Number of codes, of access tokens and of refresh tokens that the sandbox keeps, which cannot change while it runs; the
   * newest 50,000 of each by default.
   *
   * **Details**
   *
   * Older ones are refused as if they had never been issued. A load test with more sign-ins needs more, and with rotation
   * each refresh counts.
   */
  readonly tokenCapacity: number
  /** Port of the Accounts service, which cannot change while the sandbox runs; 0 by default, which takes a free port. */
  readonly accountsPort: number
  /** Port of the Web API, which cannot change while the sandbox runs; 0 by default, which takes a free port. */
  readonly apiPort: number
  /** Address to listen on, which cannot change while the sandbox runs; `127.0.0.1` by default. */
  readonly host: string
  /**
   * Further names that requests may have as `Host`, which cannot change while the sandbox runs; none by default.
   *
   * **Details**
   *
   * `"sandbox"`, such as the name of a container, is accepted with any port, `"sandbox:8888"` with this port alone. The
   * address itself, `127.0.0.1`, `[::1]` and `localhost` are always accepted with the listener's port. All other names are
   * refused, so that a web page cannot reach the sandbox under the page's own name (DNS rebinding).
   */
  readonly allowedHosts: ReadonlyArray<string>
}

// =============================================================================
// Defaults
// =============================================================================

/**
 * The app that is registered by default, whose secret protects nothing but a sandbox.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultClient = {
  clientId: "5a9db0c5000000000000000000000001",
  name: "Sandbox App",
  clientSecret: Redacted.make("5a9db0c55ec2e7000000000000000001", { label: "client_secret" }),
  redirectUris: ["http://127.0.0.1:8900/callback", "http://[::1]:8900/callback"]
} as const satisfies RegisteredClient

/**
 * The settings of a sandbox that is given none.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaults: Settings = {
  accessTokenLifetime: Duration.hours(1),
  refreshTokenLifetime: Duration.days(182),
  rotateRefreshTokens: false,
  refreshTokenGrace: "none",
  quotaMode: "development",
  legacy: false,
  rateLimit: "none",
  quota: "none",
  autoApprove: true,
  people: [People.sandy, People.quiet, People.stranger],
  libraries: {},
  clients: [defaultClient],
  tokenCapacity: 50_000,
  accountsPort: 0,
  apiPort: 0,
  host: "127.0.0.1",
  allowedHosts: []
}

// =============================================================================
// JSON
// =============================================================================

const ClientFromJson = Schema.Struct({
  clientId: Schema.NonEmptyString,
  name: Schema.optionalKey(Schema.NonEmptyString),
  clientSecret: Schema.optionalKey(Schema.RedactedFromValue(Schema.NonEmptyString, { label: "client_secret" })),
  redirectUris: Schema.Array(Schema.String)
})

const RefreshTokenGraceFromJson = Schema.Union([
  Schema.Literal("none"),
  Schema.Struct({
    duration: DurationFromJson,
    successors: Schema.optionalKey(Schema.Literals(["same", "every", "last"]))
  })
])

const AllowanceFromJson = Schema.Union([
  Schema.Literal("none"),
  Schema.Struct({ requests: Schema.Int.check(Schema.isGreaterThan(0)), window: DurationFromJson })
])

/**
 * Schema for changes to a running sandbox: any of the settings except the libraries, the token capacity, the
 * ports, the host and the allowed hosts.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ChangesFromJson = Schema.Struct({
  accessTokenLifetime: Schema.optionalKey(DurationFromJson),
  refreshTokenLifetime: Schema.optionalKey(DurationFromJson),
  rotateRefreshTokens: Schema.optionalKey(Schema.Boolean),
  refreshTokenGrace: Schema.optionalKey(RefreshTokenGraceFromJson),
  quotaMode: Schema.optionalKey(Schema.Literals(["development", "extended"])),
  legacy: Schema.optionalKey(Schema.Boolean),
  rateLimit: Schema.optionalKey(AllowanceFromJson),
  quota: Schema.optionalKey(AllowanceFromJson),
  autoApprove: Schema.optionalKey(Schema.Boolean),
  people: Schema.optionalKey(Schema.NonEmptyArray(People.Person)),
  clients: Schema.optionalKey(Schema.Array(ClientFromJson))
})

const Port = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65_535 }))

/**
 * Schema for the settings of a sandbox that is about to start, all of which are optional.
 *
 * @category schemas
 * @since 0.1.0
 */
export const FromJson = Schema.Struct({
  ...ChangesFromJson.fields,
  libraries: Schema.optionalKey(Schema.Record(Schema.String, Schema.Array(LibraryItem.FromJson))),
  tokenCapacity: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
  accountsPort: Schema.optionalKey(Port),
  apiPort: Schema.optionalKey(Port),
  host: Schema.optionalKey(Schema.NonEmptyString),
  allowedHosts: Schema.optionalKey(Schema.Array(Schema.NonEmptyString))
})
