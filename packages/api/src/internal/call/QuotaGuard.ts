/** What is known of an app's quota mode: from the program, or else from what operations were answered. */
import type { AuthError } from "@app/auth/AuthError"
import * as Clocks from "@app/auth/Clocks"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { QuotaMode } from "../../QuotaMode.ts"
import * as SpotifyError from "../../SpotifyError.ts"
import type { BufferedResponse } from "../transport/BufferedResponse.ts"
import type { Operation } from "./Operation.ts"

type Sending = Effect.Effect<BufferedResponse, SpotifyError.SpotifyError | AuthError>

export interface QuotaGuard {
  readonly quotaMode: Effect.Effect<QuotaMode | undefined>
  /** Lets a call through unless the program has said that its app is not served the operation, and learns from it. */
  readonly around: (operation: Operation, send: Sending) => Sending
}

/**
 * For how long what was learned counts. Spotify moves an app from one mode to the other once, after weeks: to ask again
 * within the hour costs one request, and not to ask again would cost fifty for one until the next start.
 */
const memory = 60 * 60 * 1000

interface Learned extends Clocks.Period {
  readonly mode: QuotaMode
}

export const make = (configured: QuotaMode | undefined): QuotaGuard => {
  let learned: Learned | undefined

  const learn = (mode: QuotaMode) =>
    Effect.map(Clock.Clock, (clock) => {
      learned = { mode, since: Clocks.now(clock), lasts: memory }
    })

  const recall = (learned: Learned) =>
    Effect.map(
      Clock.Clock,
      (clock) => Clocks.remaining(learned, Clocks.now(clock)) > 0 ? learned.mode : undefined
    )

  return {
    quotaMode: configured !== undefined
      ? Effect.succeed(configured)
      : Effect.suspend(() => learned === undefined ? Effect.undefined : recall(learned)),
    around: (operation, send) => {
      if (operation.servedTo === "everyone") return send
      if (configured === "development") return Effect.fail(notServed(operation))
      return send.pipe(
        Effect.tap((response) => isPage(response) ? Effect.void : learn("extended")),
        Effect.tapError((error) =>
          error._tag === "SpotifyError" && error.reason._tag === "Forbidden" && error.reason.kind === "NotInQuotaMode"
            // A legacy operation is refused to apps in Extended Quota Mode too, and what belongs to a person may be refused
            // for itself: these refusals tell nothing of the mode.
            && operation.servedTo === "extended" && operation.isCatalogueRead
            ? learn("development")
            : Effect.void
        )
      )
    }
  }
}

/** What a network's own sign-in answers in Spotify's place. */
const isPage = (response: BufferedResponse): boolean => response.headers()["content-type"]?.includes("html") === true

const notServed = (operation: Operation): SpotifyError.SpotifyError =>
  new SpotifyError.SpotifyError({
    reason: new SpotifyError.Forbidden({
      kind: "NotInQuotaMode",
      scopes: operation.scopes.flat(),
      ...(operation.instead !== undefined && { instead: operation.instead })
    }),
    operation: operation.name
  })
