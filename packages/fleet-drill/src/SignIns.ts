/**
 * The sign-ins with which a drill begins.
 */
import { Accounts } from "@app/auth/Accounts"
import * as Grant from "@app/auth/Grant"
import * as Effect from "effect/Effect"
import { DrillFailed } from "./DrillFailed.ts"
import * as DrillAccounts from "./processes/DrillAccounts.ts"
import * as ProcessSettings from "./ProcessSettings.ts"
import type * as Provider from "./Provider.ts"

/** Signs every account in. */
export const make = (provider: Provider.Provider, settings: ProcessSettings.User): Effect.Effect<void, DrillFailed> =>
  Effect.gen(function*() {
    const { signIn } = yield* Accounts
    const one = Effect.fnUntraced(function*(number: number) {
      const account = ProcessSettings.accountOf(number)
      for (const refreshToken of yield* provider.refreshTokens(account, 1)) {
        yield* signIn(Grant.RefreshToken({ refreshToken }), Effect.succeed(account))
      }
    })
    yield* Effect.forEach(Array.from({ length: settings.accounts }, (_, number) => number), one, {
      concurrency: 32,
      discard: true
    })
  }).pipe(
    Effect.provide(DrillAccounts.layer({ ...settings, refreshes: 0, tellsClaims: false })),
    Effect.mapError(DrillFailed.because("A sign-in failed"))
  )
