/** The failure for a setting that cannot work. */
import * as Effect from "effect/Effect"
import * as AuthError from "../../AuthError.ts"

export const invalidSetting = (setting: string, issue: string): Effect.Effect<never, AuthError.AuthError> =>
  Effect.fail(new AuthError.AuthError({ reason: new AuthError.InvalidConfiguration({ setting, issue }) }))
