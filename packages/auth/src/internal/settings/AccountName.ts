/** The program's own name for a person, which must not be empty, since people without a name would share one record. */
import * as Effect from "effect/Effect"
import type { AuthError } from "../../AuthError.ts"
import { invalidSetting } from "./InvalidSetting.ts"

export const check = (account: string): Effect.Effect<string, AuthError> =>
  account === "" ? nameless : Effect.succeed(account)

const nameless = invalidSetting(
  "account",
  "it is empty, and whoever has no name would share one account. Give each person a name of their own."
)
