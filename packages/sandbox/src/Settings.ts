/**
 * What a sandbox can be told: lifetimes, rotation, quota mode, consent, clients, ports.
 */
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { DurationFromJson } from "./DurationFromJson.ts"

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
  /** Which fields a track and a profile have. Default `"development"`, what a new app gets since February 2026. */
  readonly quotaMode: "development" | "extended"
  /** Default `true`: `/authorize` redirects at once. `false`: it shows a page with Agree and Cancel. */
  readonly autoApprove: boolean
  /** Default: {@link defaultClient} alone. */
  readonly clients: ReadonlyArray<RegisteredClient>
  /** Port of the Accounts service; 0, the default, takes a free one. Fixed once the sandbox runs. */
  readonly accountsPort: number
  /** Port of the Web API; 0, the default, takes a free one. Fixed once the sandbox runs. */
  readonly apiPort: number
  /** Address to listen on. Default `127.0.0.1`; fixed once the sandbox runs. */
  readonly host: string
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
  autoApprove: true,
  clients: [defaultClient],
  accountsPort: 0,
  apiPort: 0,
  host: "127.0.0.1"
}

const ClientFromJson = Schema.Struct({
  clientId: Schema.NonEmptyString,
  clientSecret: Schema.optionalKey(Schema.RedactedFromValue(Schema.NonEmptyString, { label: "client_secret" })),
  redirectUris: Schema.Array(Schema.String)
})

/**
 * Changes to a running sandbox as JSON: any of the settings but the ports and the host.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ChangesFromJson = Schema.Struct({
  accessTokenLifetime: Schema.optionalKey(DurationFromJson),
  refreshTokenLifetime: Schema.optionalKey(DurationFromJson),
  rotateRefreshTokens: Schema.optionalKey(Schema.Boolean),
  quotaMode: Schema.optionalKey(Schema.Literals(["development", "extended"])),
  autoApprove: Schema.optionalKey(Schema.Boolean),
  clients: Schema.optionalKey(Schema.Array(ClientFromJson))
})
