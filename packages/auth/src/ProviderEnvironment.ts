/**
 * The environment variables that say which app a program is, and at which addresses it finds Spotify's Accounts service.
 *
 * **When to use**
 *
 * Use to build layers of one's own. `TokenService.layerConfig` reads the same variables.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as AuthError from "./AuthError.ts"
import type { AuthorizationServer } from "./AuthorizationServer.ts"
import * as BaseUrl from "./BaseUrl.ts"
import type { Client } from "./Client.ts"
import * as EnvironmentVariable from "./EnvironmentVariable.ts"
import * as Grant from "./Grant.ts"
import * as Credential from "./internal/oauth/Credential.ts"
import * as RedirectUri from "./internal/oauth/RedirectUri.ts"
import * as SignInTime from "./internal/oauth/SignInTime.ts"
import { invalidSetting } from "./internal/settings/InvalidSetting.ts"
import * as StrayCharacters from "./internal/text/StrayCharacters.ts"
import * as Providers from "./Providers.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * The values of the variables.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProviderEnvironment {
  /** The app, from `SPOTIFY_CLIENT_ID` and `SPOTIFY_CLIENT_SECRET`. */
  readonly client: Client
  /** The person's grant where there is a refresh token, else the program's own where there is a secret. */
  readonly grant: Grant.Grant | undefined
  /** The base URL of another Accounts service, from `SPOTIFY_ACCOUNTS_URL`. */
  readonly accountsUrl: string | undefined
}

// =============================================================================
// Reading
// =============================================================================

/**
 * Reads the variables that `TokenService.layerConfig` lists.
 *
 * **Details**
 *
 * `clientId` is the app's id where `SPOTIFY_CLIENT_ID` is not set. Fails with `InvalidConfiguration` for the first variable
 * that is missing or invalid, under its full name.
 *
 * @category constructors
 * @since 0.1.0
 */
export const read = Effect.fnUntraced(function*(
  options?: { readonly clientId?: string | undefined }
): Effect.fn.Return<ProviderEnvironment, AuthError.AuthError> {
  const now = yield* DateTime.now
  const clientId = (yield* variable("SPOTIFY_CLIENT_ID", credential)) ?? options?.clientId
  if (clientId === undefined) return yield* withoutClientId
  const clientSecret = yield* secret("SPOTIFY_CLIENT_SECRET")
  const refreshToken = yield* secret("SPOTIFY_REFRESH_TOKEN")
  const authorizedAt = yield* variable("SPOTIFY_AUTHORIZED_AT", (text) => SignInTime.parse(text, now))
  const accountsUrl = yield* variable("SPOTIFY_ACCOUNTS_URL", BaseUrl.parse)
  return {
    client: { clientId, clientSecret },
    grant: refreshToken !== undefined
      ? Grant.RefreshToken({ refreshToken, authorizedAt })
      : clientSecret === undefined
      ? undefined
      : Grant.ClientCredentials({}),
    accountsUrl
  }
})

/**
 * The redirect URI of `SPOTIFY_REDIRECT_URI`; undefined when it is not set.
 *
 * **Details**
 *
 * Fails with `InvalidConfiguration` when the variable is no redirect URI.
 *
 * @category constructors
 * @since 0.1.0
 */
export const redirectUri: Effect.Effect<string | undefined, AuthError.AuthError> = Effect.suspend(() =>
  variable("SPOTIFY_REDIRECT_URI", (text) => Result.map(RedirectUri.parse(text), () => text))
)

/**
 * Returns the authorization server at the address that the variables name, which is Spotify's own unless they do.
 *
 * @category accessors
 * @since 0.1.0
 */
export const serverOf = ({ accountsUrl }: ProviderEnvironment): AuthorizationServer =>
  accountsUrl === undefined ? Providers.spotify : Providers.spotify.at(accountsUrl)

const variable = EnvironmentVariable.reader(invalidSetting)

const credential: EnvironmentVariable.Rule<string> = (text) => {
  const issue = Credential.copied(text)
  return issue === undefined ? Result.succeed(text) : Result.fail(StrayCharacters.sentences(issue))
}

const secret = (name: string): Effect.Effect<Redacted.Redacted<string> | undefined, AuthError.AuthError> =>
  Effect.map(variable(name, credential), (text) => text === undefined ? undefined : Redacted.make(text))

const withoutClientId = Effect.fail(
  new AuthError.AuthError({
    reason: new AuthError.InvalidConfiguration({
      setting: "SPOTIFY_CLIENT_ID",
      issue: "Set it to the client id of your app, from https://developer.spotify.com/dashboard.",
      isMissing: true
    })
  })
)
