/**
 * All modules of `@app/auth`, a service that keeps OAuth 2.0 access tokens valid.
 *
 * **Gotchas**
 *
 * Import modules one by one (`@app/auth/TokenService`) to keep bundles small.
 */

/**
 * OAuth 2.0 access tokens, with the scopes and times that their issuer gave.
 */
export * as AccessToken from "./AccessToken.ts"

/**
 * A list of the accounts in a store, for administration and dashboards, without any secret.
 */
export * as AccountDirectory from "./AccountDirectory.ts"

/**
 * Token services of many accounts, each built when it is first used and released when nobody has used it for a while.
 */
export * as Accounts from "./Accounts.ts"

/**
 * The error of `@app/auth`, with a `reason` for programs and a `message` for people.
 */
export * as AuthError from "./AuthError.ts"

/**
 * An `HttpClient` for any API that takes bearer tokens (RFC 6750).
 */
export * as AuthenticatedHttpClient from "./AuthenticatedHttpClient.ts"

/**
 * A sign-in in the person's browser: the URL to open, and the check of the callback.
 */
export * as AuthorizationRequest from "./AuthorizationRequest.ts"

/**
 * Storage for sign-ins that wait for their callback, which hands each of them out once.
 */
export * as AuthorizationRequestStore from "./AuthorizationRequestStore.ts"

/**
 * The endpoints and the conventions of an OAuth 2.0 authorization server, by the names of RFC 8414.
 */
export * as AuthorizationServer from "./AuthorizationServer.ts"

/**
 * Base URLs of services: the part that all URLs of a service begin with.
 */
export * as BaseUrl from "./BaseUrl.ts"

/**
 * The registration of a program with an authorization server (RFC 6749 §2).
 */
export * as Client from "./Client.ts"

/**
 * Instants by two clocks, so that a time limit holds through a machine's sleep and through a change of its clock.
 */
export * as Clocks from "./Clocks.ts"

/**
 * Response bodies without their content codings, such as gzip (RFC 9110 §8.4), and bounded in size.
 */
export * as ContentCoding from "./ContentCoding.ts"

/**
 * Pending sign-ins in cookies of the browser that signs in, sealed by the server.
 */
export * as CookieAuthorizationRequestStore from "./CookieAuthorizationRequestStore.ts"

/**
 * Authorization servers by their published metadata (RFC 8414).
 */
export * as Discovery from "./Discovery.ts"

/**
 * Encryption between a token store and its storage.
 */
export * as EncryptedTokenStorage from "./EncryptedTokenStorage.ts"

/**
 * Environment variables, read through Effect's `Config` and checked by a rule each.
 */
export * as EnvironmentVariable from "./EnvironmentVariable.ts"

/**
 * A lock that the processes of one machine share.
 */
export * as FileLock from "./FileLock.ts"

/**
 * Token records in files, for the processes of one machine.
 */
export * as FileTokenStorage from "./FileTokenStorage.ts"

/**
 * The credentials that a client exchanges for tokens (RFC 6749 §1.3).
 */
export * as Grant from "./Grant.ts"

/**
 * Pending sign-ins in a `KeyValueStore` of Effect, such as `sessionStorage`.
 */
export * as KeyValueAuthorizationRequestStore from "./KeyValueAuthorizationRequestStore.ts"

/**
 * Token records in a `KeyValueStore` of Effect.
 */
export * as KeyValueTokenStorage from "./KeyValueTokenStorage.ts"

/**
 * The operating system's storage for secrets.
 */
export * as Keychain from "./Keychain.ts"

/**
 * The accounts of `SharedAccounts` in the memory of one process, for tests.
 */
export * as MemorySharedTokenStore from "./MemorySharedTokenStore.ts"

/**
 * Proof Key for Code Exchange: a secret that binds the code of a sign-in to the program that began it (RFC 7636).
 */
export * as Pkce from "./Pkce.ts"

/**
 * The environment variables that say which app a program is, and at which addresses it finds Spotify's Accounts service.
 */
export * as ProviderEnvironment from "./ProviderEnvironment.ts"

/**
 * Authorization servers that this package knows.
 */
export * as Providers from "./Providers.ts"

/**
 * Rules for when tokens are refreshed, how failed requests back off, and how long callers wait.
 */
export * as RefreshPolicy from "./RefreshPolicy.ts"

/**
 * The delay that a response asks for in `Retry-After` (RFC 9110 §10.2.3).
 */
export * as RetryAfter from "./RetryAfter.ts"

/**
 * The revocation endpoint of an authorization server, which ends the life of a refresh token (RFC 7009).
 */
export * as RevocationEndpoint from "./RevocationEndpoint.ts"

/**
 * Storage for the sessions of a web application: which account a browser has signed in to.
 */
export * as SessionStore from "./SessionStore.ts"

/**
 * Token services of many accounts that any number of processes keep fresh together, and any of which may die.
 */
export * as SharedAccounts from "./SharedAccounts.ts"

/**
 * Storage for the tokens of accounts that any number of processes keep fresh together.
 */
export * as SharedTokenStore from "./SharedTokenStore.ts"

/**
 * Pending sign-ins in a PostgreSQL or SQLite database, for servers of any number of processes.
 */
export * as SqlAuthorizationRequestStore from "./SqlAuthorizationRequestStore.ts"

/**
 * Sessions in a PostgreSQL or SQLite database, for servers of any number of processes.
 */
export * as SqlSessionStore from "./SqlSessionStore.ts"

/**
 * The accounts of `SharedAccounts` in a PostgreSQL database.
 */
export * as SqlSharedTokenStore from "./SqlSharedTokenStore.ts"

/**
 * Token records in a PostgreSQL database, for programs on several machines.
 */
export * as SqlTokenStorage from "./SqlTokenStorage.ts"

/**
 * The token endpoint of an authorization server (RFC 6749 §3.2, §5).
 */
export * as TokenEndpoint from "./TokenEndpoint.ts"

/**
 * Metrics and spans of token services.
 */
export * as TokenMetrics from "./TokenMetrics.ts"

/**
 * A `TokenService` for code without Effect: Promises, an async iterable, and `await using`.
 */
export * as TokenPromises from "./TokenPromises.ts"

/**
 * Service that always has a good access token for one account.
 */
export * as TokenService from "./TokenService.ts"

/**
 * The tokens of one sign-in: the current access token, and the refresh token to get the next one with.
 */
export * as TokenSet from "./TokenSet.ts"

/**
 * A `TokenService` for tokens that the program gets elsewhere.
 */
export * as TokenSource from "./TokenSource.ts"

/**
 * The status of a `TokenService`, for people and dashboards.
 */
export * as TokenStatus from "./TokenStatus.ts"

/**
 * Storage for one text per account, with one holder of a text at a time.
 */
export * as TokenStorage from "./TokenStorage.ts"

/**
 * Storage for the tokens of accounts, with one holder of a record at a time.
 */
export * as TokenStore from "./TokenStore.ts"
