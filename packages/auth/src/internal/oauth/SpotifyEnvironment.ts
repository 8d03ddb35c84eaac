/** The environment variables that say who talks to Spotify's Accounts service, and where that is. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as AuthError from "../../AuthError.ts"
import * as BaseUrl from "../../BaseUrl.ts"
import type { Client } from "../../Client.ts"
import * as EnvironmentVariable from "../../EnvironmentVariable.ts"
import * as Grant from "../../Grant.ts"
import { invalidSetting } from "../settings/InvalidSetting.ts"
import * as StrayCharacters from "../text/StrayCharacters.ts"
import * as Credential from "./Credential.ts"
import * as SignInTime from "./SignInTime.ts"

export interface SpotifyEnvironment {
  readonly client: Client
  /** A person's grant where there is a refresh token, else the program's own where there is a secret. */
  readonly grant: Grant.Grant | undefined
  readonly accountsUrl: string | undefined
}

/** Fails with `InvalidConfiguration` for the first variable that is missing or cannot be right, under its full name. */
export const read: Effect.Effect<SpotifyEnvironment, AuthError.AuthError> = Effect.gen(function*() {
  const now = yield* DateTime.now
  const clientId = yield* variable("SPOTIFY_CLIENT_ID", credential)
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
