/**
 * OAuth 2.0 access tokens that never expire in your hands.
 *
 * Import modules one by one (`@app/auth/TokenService`) to keep bundles small, or through this index.
 */

/** What an API is shown: an access token with what its issuer said about it. */
export * as AccessToken from "./AccessToken.ts"
/** A token service for each of many people. */
export * as Accounts from "./Accounts.ts"
/** Any API, with a token. */
export * as AuthenticatedHttpClient from "./AuthenticatedHttpClient.ts"
/** The one error of this package, with its reasons. */
export * as AuthError from "./AuthError.ts"
/** The beginning and the end of a sign-in in the browser. */
export * as AuthorizationRequest from "./AuthorizationRequest.ts"
/** A provider's endpoints and habits. */
export * as AuthorizationServer from "./AuthorizationServer.ts"
/** Where a service is. */
export * as BaseUrl from "./BaseUrl.ts"
/** The program's own registration with a provider. */
export * as Client from "./Client.ts"
/** Instants by the wall clock and the monotonic one. */
export * as Clocks from "./Clocks.ts"
/** Undoing gzip and its kin. */
export * as ContentCoding from "./ContentCoding.ts"
/** A provider's metadata. */
export * as Discovery from "./Discovery.ts"
/** Encryption between a token store and its storage. */
export * as EncryptedTokenStorage from "./EncryptedTokenStorage.ts"
/** Environment variables as people set them. */
export * as EnvironmentVariable from "./EnvironmentVariable.ts"
/** A lock that the processes of one machine share. */
export * as FileLock from "./FileLock.ts"
/** Token records as files. */
export * as FileTokenStorage from "./FileTokenStorage.ts"
/** What is shown to a provider to be given a token. */
export * as Grant from "./Grant.ts"
/** The operating system's own place for secrets. */
export * as Keychain from "./Keychain.ts"
/** Token records in a key-value store. */
export * as KeyValueTokenStorage from "./KeyValueTokenStorage.ts"
/** Proof Key for Code Exchange. */
export * as Pkce from "./Pkce.ts"
/** Authorization servers that this package knows. */
export * as Providers from "./Providers.ts"
/** When to refresh, back off and give up. */
export * as RefreshPolicy from "./RefreshPolicy.ts"
/** How long a server asks to be left alone. */
export * as RetryAfter from "./RetryAfter.ts"
/** Handing a token back. */
export * as RevocationEndpoint from "./RevocationEndpoint.ts"
/** Token records in a PostgreSQL database. */
export * as SqlTokenStorage from "./SqlTokenStorage.ts"
/** Tokens for code without Effect. */
export * as TokenPromises from "./TokenPromises.ts"
/** One token request and what its answer means. */
export * as TokenEndpoint from "./TokenEndpoint.ts"
/** What a token service can be watched by. */
export * as TokenMetrics from "./TokenMetrics.ts"
/** The token lifecycle as a service. */
export * as TokenService from "./TokenService.ts"
/** Tokens from anywhere else. */
export * as TokenSource from "./TokenSource.ts"
/** What a program can tell about a token without giving it away. */
export * as TokenStatus from "./TokenStatus.ts"
/** What one authorization holds. */
export * as TokenSet from "./TokenSet.ts"
/** Where token records rest as text. */
export * as TokenStorage from "./TokenStorage.ts"
/** Where an authorization rests. */
export * as TokenStore from "./TokenStore.ts"
