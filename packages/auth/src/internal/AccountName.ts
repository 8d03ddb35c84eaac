/** A program's own name for a person. Whoever has none would share one record with everyone else who has none. */
import * as Effect from "effect/Effect"
import * as AuthError from "../AuthError.ts"

export const check = (account: string): Effect.Effect<string, AuthError.AuthError> =>
  account === "" ? Effect.fail(nameless) : Effect.succeed(account)

const nameless = new AuthError.AuthError({
  reason: new AuthError.InvalidConfiguration({
    setting: "account",
    issue: "it is empty, and whoever has no name would share one account. Give each person a name of their own."
  })
})
