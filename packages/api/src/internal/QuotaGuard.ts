/** What is known of an app's quota mode: from the program, or else from what operations were answered. */
import type { AuthError } from "@app/auth/AuthError"
import * as Effect from "effect/Effect"
import type { QuotaMode } from "../QuotaMode.ts"
import * as SpotifyError from "../SpotifyError.ts"
import type { Operation } from "./Operation.ts"

export interface QuotaGuard {
  readonly quotaMode: Effect.Effect<QuotaMode | undefined>
  /** Lets a call through unless the program has said that its app is not served the operation, and learns from it. */
  readonly around: <A>(
    operation: Operation,
    send: Effect.Effect<A, SpotifyError.SpotifyError | AuthError>
  ) => Effect.Effect<A, SpotifyError.SpotifyError | AuthError>
}

export const make = (configured: QuotaMode | undefined): QuotaGuard => {
  let learned: QuotaMode | undefined

  const learn = (mode: QuotaMode) =>
    Effect.sync(() => {
      learned = mode
    })

  return {
    quotaMode: Effect.sync(() => configured ?? learned),
    around: (operation, send) => {
      if (operation.servedTo === "everyone") return send
      if (configured === "development") return Effect.fail(notServed(operation))
      return send.pipe(
        Effect.tap(() => learn("extended")),
        Effect.tapError((error) =>
          error._tag === "SpotifyError" && error.reason._tag === "Forbidden" && error.reason.kind === "NotInQuotaMode"
            // A legacy operation is refused to apps in Extended Quota Mode too: that refusal tells nothing.
            && operation.servedTo === "extended"
            ? learn("development")
            : Effect.void
        )
      )
    }
  }
}

const notServed = (operation: Operation): SpotifyError.SpotifyError =>
  new SpotifyError.SpotifyError({
    reason: new SpotifyError.Forbidden({
      kind: "NotInQuotaMode",
      scopes: operation.scopes,
      ...(operation.instead !== undefined && { instead: operation.instead })
    }),
    operation: operation.name
  })
