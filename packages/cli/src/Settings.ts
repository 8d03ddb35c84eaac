/**
 * What this machine knows of the person's app and accounts, besides tokens.
 *
 * **Details**
 *
 * `settings.json` lies in the user's configuration directory, beside the directory of the tokens. It holds no secret.
 */
import * as BaseUrl from "@app/auth/BaseUrl"
import * as EnvironmentVariable from "@app/auth/EnvironmentVariable"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as UserDirectories from "effect/persistence/UserDirectories"
import type * as PlatformError from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { ExitCode } from "./ExitCode.ts"
import { CommandFailed } from "./Failure.ts"

/** The name under which the user's directories keep what belongs to this program. */
const application = "spotify-cli"

/** An account, as it was when it signed in. */
const Account = Schema.Struct({
  id: Schema.optionalKey(Schema.String),
  displayName: Schema.optionalKey(Schema.String)
})

/** Schema for {@link Settings}. */
const Settings = Schema.Struct({
  clientId: Schema.optionalKey(Schema.String),
  redirectUri: Schema.optionalKey(Schema.String),
  accounts: Schema.Record(Schema.String, Account)
})

/** The app that a person has registered, and the accounts that have signed in, by the person's own names for them. */
export type Settings = typeof Settings.Type

/** The settings before the first sign-in. */
export const none: Settings = { accounts: {} }

const SettingsFromText = Schema.fromJsonString(Settings)

const noFolder = ({ reason }: PlatformError.PlatformError) =>
  new CommandFailed({
    code: ExitCode.setup,
    issue: `There is no folder for your settings and sign-ins: ${
      reason.description ?? "the environment names none"
    }. Set it, or XDG_CONFIG_HOME to an absolute path.`
  })

const folder = UserDirectories.UserDirectories.use(({ config }) => Effect.mapError(config(application), noFolder))

const place = Effect.gen(function*() {
  const path = yield* Path.Path
  return path.join(yield* folder, "settings.json")
})

/** The directory of the tokens. */
export const tokens = Effect.gen(function*() {
  const path = yield* Path.Path
  return path.join(yield* folder, "tokens")
})

/** Reads the settings, which are {@link none} where there is no file. */
export const read = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const file = yield* place
  if (!(yield* fs.exists(file))) return none
  return yield* Effect.mapError(
    Schema.decodeEffect(SettingsFromText)(yield* fs.readFileString(file)),
    () => new CommandFailed({ code: ExitCode.setup, issue: `${file} is not a file of this program's. Move it away.` })
  )
})

/** Changes the settings. The file is replaced as a whole, so no reader finds half of it. */
export const update = Effect.fnUntraced(function*(change: (settings: Settings) => Settings) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = yield* place
  const text = JSON.stringify(change(yield* read), null, 2)
  yield* fs.makeDirectory(path.dirname(file), { recursive: true, mode: 0o700 })
  yield* fs.writeFileString(`${file}.${process.pid}.tmp`, `${text}\n`, { mode: 0o600 })
  yield* fs.rename(`${file}.${process.pid}.tmp`, file)
})

// =============================================================================
// Environment
// =============================================================================

const variable = EnvironmentVariable.reader((name, issue) =>
  Effect.fail(new CommandFailed({ code: ExitCode.setup, issue: `${name} cannot be used: ${issue}` }))
)

/** The variables that take precedence over the settings, or move Spotify to another address. */
export const environment = Effect.all({
  clientId: variable("SPOTIFY_CLIENT_ID", Result.succeed),
  accountsUrl: variable("SPOTIFY_ACCOUNTS_URL", BaseUrl.parse),
  apiUrl: variable("SPOTIFY_API_URL", BaseUrl.parse)
})
