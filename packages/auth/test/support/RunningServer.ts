/**
 * An authorization server that runs during a test. What the token service promises must hold against any.
 */
import type { AccessToken } from "@app/auth/AccessToken"
import type { AuthorizationServer } from "@app/auth/AuthorizationServer"
import type { Client } from "@app/auth/Client"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"

/** What a server is told before it starts. */
export interface Settings {
  /** Whole seconds. Default: an hour. */
  readonly accessTokenLifetime?: Duration.Duration
  /** Whether a refresh brings a new refresh token and ends the old one. Default: `false`. */
  readonly rotatesRefreshTokens?: boolean
}

/** A token request as the server saw it. */
export interface TokenRequest {
  readonly grantType: string
  /** The same text for the same refresh token. */
  readonly refreshToken: string | undefined
  readonly status: number
}

export class RunningServer extends Context.Service<RunningServer, {
  readonly server: AuthorizationServer
  readonly publicClient: Client
  readonly confidentialClient: Client
  readonly redirectUri: string
  /** The person who agrees: opens the URL of a sign-in, and is sent to the callback URL this answers. */
  readonly agree: (url: URL) => Effect.Effect<URL>
  /** The person who does not. */
  readonly decline: (url: URL) => Effect.Effect<URL>
  /** Ends every token there is, as if every person had taken the app's access away. */
  readonly revokeAll: Effect.Effect<void>
  /** Whether the server itself takes a person's access token for good, at this moment. */
  readonly honours: (token: AccessToken) => Effect.Effect<boolean>
  /** All token requests answered so far, in order. */
  readonly tokenRequests: Effect.Effect<ReadonlyArray<TokenRequest>>
}>()("test/RunningServer") {}

/** What a person is asked for. */
export const scopes = ["user-read-private"]
