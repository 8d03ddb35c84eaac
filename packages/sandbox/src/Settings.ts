/**
 * What a sandbox can be told: lifetimes, rotation, quota mode, limits, consent, people, clients, ports.
 */
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { DurationFromJson } from "./internal/DurationFromJson.ts"
import * as People from "./People.ts"

/**
 * An app as it stands in the developer dashboard.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/apps
 * @category models
 * @since 0.1.0
 */
export interface RegisteredClient {
  readonly clientId: string
  /** Absent for an app that never uses one: then only PKCE works. */
  readonly clientSecret?: Redacted.Redacted<string>
  /**
   * Compared character by character, except that a registered loopback literal (`http://127.0.0.1…`, `http://[::1]…`)
   * is met by the same address with any port (RFC 8252 §7.3).
   */
  readonly redirectUris: ReadonlyArray<string>
}

/**
 * So many requests in any stretch of time as long as the window.
 *
 * @category models
 * @since 0.1.0
 */
export interface Allowance {
  readonly requests: number
  readonly window: Duration.Duration
}

/**
 * How a sandbox behaves.
 *
 * @category models
 * @since 0.1.0
 */
export interface Settings {
  /** Sent as `expires_in`, in whole seconds, and obeyed. Default: 1 hour. Counts for tokens issued from now on. */
  readonly accessTokenLifetime: Duration.Duration
  /**
   * Counted from the moment the person agreed; refreshing does not extend it. Default: 182 days, Spotify's six months.
   * Counts for tokens already issued too.
   *
   * @see https://developer.spotify.com/blog/2026-06-18-refresh-token-expiration
   */
  readonly refreshTokenLifetime: Duration.Duration
  /**
   * Default `false`, as Spotify answers since mid 2026: a refresh carries no `refresh_token`. `true`: a new one each
   * time, and the old one is dead at once.
   */
  readonly rotateRefreshTokens: boolean
  /** Which operations and fields are served. Default `"development"`, what a new app gets since February 2026. */
  readonly quotaMode: "development" | "extended"
  /**
   * Whether the app had Extended Quota Mode before 27 November 2024: then it is served audio features, audio analysis
   * and recommendations too. Counts in extended mode alone. Default `false`.
   *
   * @see https://developer.spotify.com/blog/2024-11-27-changes-to-the-web-api
   */
  readonly legacy: boolean
  /**
   * How much each client may ask of the Web API; over it, 429 with `Retry-After`. Spotify's window is 30 seconds, its
   * number not published. Default `"none"`.
   */
  readonly rateLimit: Allowance | "none"
  /**
   * How much may be asked of each group of operations (tracks, users, library, …) in development mode; over it, 429 with
   * `Retry-After` and `QUOTA_EXCEEDED`. Spotify's window looks like 24 hours. Default `"none"`.
   */
  readonly quota: Allowance | "none"
  /** Default `true`: `/authorize` redirects at once. `false`: it shows a page with Agree and Cancel. */
  readonly autoApprove: boolean
  /** Who has an account. The first signs in unless another is named. Default: `sandy`, `quiet` and `stranger`. */
  readonly people: ReadonlyArray<People.Person>
  /** Default: {@link defaultClient} alone. */
  readonly clients: ReadonlyArray<RegisteredClient>
  /** Port of the Accounts service; 0, the default, takes a free one. Fixed once the sandbox runs. */
  readonly accountsPort: number
  /** Port of the Web API; 0, the default, takes a free one. Fixed once the sandbox runs. */
  readonly apiPort: number
  /** Address to listen on. Default `127.0.0.1`; fixed once the sandbox runs. */
  readonly host: string
  /**
   * Further names that requests may have as `Host`, such as that of a container: `"sandbox"` with any port, or
   * `"sandbox:8888"`. Default: none, only the address itself and `127.0.0.1`, `[::1]` and `localhost` with the listener's
   * port, so that no web page can reach the sandbox by a name of its own (DNS rebinding). Fixed once the sandbox runs.
   */
  readonly allowedHosts: ReadonlyArray<string>
}

/**
 * The app that is registered unless told otherwise. Its secret is no secret: it opens nothing but a sandbox.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultClient = {
  clientId: "5a9db0c5000000000000000000000001",
  clientSecret: Redacted.make("5a9db0c55ec2e7000000000000000001", { label: "client_secret" }),
  redirectUris: ["http://127.0.0.1:8900/callback", "http://[::1]:8900/callback"]
} as const satisfies RegisteredClient

/**
 * What holds when nothing is said.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaults: Settings = {
  accessTokenLifetime: Duration.hours(1),
  refreshTokenLifetime: Duration.days(182),
  rotateRefreshTokens: false,
  quotaMode: "development",
  legacy: false,
  rateLimit: "none",
  quota: "none",
  autoApprove: true,
  people: [People.sandy, People.quiet, People.stranger],
  clients: [defaultClient],
  accountsPort: 0,
  apiPort: 0,
  host: "127.0.0.1",
  allowedHosts: []
}

const ClientFromJson = Schema.Struct({
  clientId: Schema.NonEmptyString,
  clientSecret: Schema.optionalKey(Schema.RedactedFromValue(Schema.NonEmptyString, { label: "client_secret" })),
  redirectUris: Schema.Array(Schema.String)
})

const AllowanceFromJson = Schema.Union([
  Schema.Literal("none"),
  Schema.Struct({ requests: Schema.Int.check(Schema.isGreaterThan(0)), window: DurationFromJson })
])

/**
 * Changes to a running sandbox as JSON: any of the settings but the ports, the host and the allowed hosts.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ChangesFromJson = Schema.Struct({
  accessTokenLifetime: Schema.optionalKey(DurationFromJson),
  refreshTokenLifetime: Schema.optionalKey(DurationFromJson),
  rotateRefreshTokens: Schema.optionalKey(Schema.Boolean),
  quotaMode: Schema.optionalKey(Schema.Literals(["development", "extended"])),
  legacy: Schema.optionalKey(Schema.Boolean),
  rateLimit: Schema.optionalKey(AllowanceFromJson),
  quota: Schema.optionalKey(AllowanceFromJson),
  autoApprove: Schema.optionalKey(Schema.Boolean),
  people: Schema.optionalKey(Schema.NonEmptyArray(People.Person)),
  clients: Schema.optionalKey(Schema.Array(ClientFromJson))
})
