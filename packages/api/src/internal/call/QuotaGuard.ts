/** Knowledge of an app's quota mode, and the guard that keeps operations from apps that are not served them. */
import type { AuthError } from "@app/auth/AuthError"
import * as Effect from "effect/Effect"
import { ExtendedQuotaMode, type QuotaMode } from "../../QuotaMode.ts"
import * as SpotifyError from "../../SpotifyError.ts"
import type { ObservedQuotaMode } from "../rateLimit/ObservedQuotaMode.ts"
import type { BufferedResponse } from "../transport/BufferedResponse.ts"
import type { Operation } from "./Operation.ts"

// =============================================================================
// Model
// =============================================================================

type Send = Effect.Effect<BufferedResponse, SpotifyError.SpotifyError | AuthError>

export interface QuotaGuard {
  /** The app's mode: as configured, otherwise as responses of the last hour have shown it, otherwise undefined. */
  readonly quotaMode: Effect.Effect<QuotaMode | undefined>
  /** Runs `send` unless the configured mode is not served the operation, and learns the mode from the outcome. */
  readonly run: (operation: Operation, send: Send) => Send
}

// =============================================================================
// Constructor
// =============================================================================

export const make = (configured: QuotaMode | undefined, observed: ObservedQuotaMode): QuotaGuard => {
  const { observe } = observed

  return {
    quotaMode: configured !== undefined ? Effect.succeed(configured) : observed.current,
    run: (operation, send) => {
      if (operation.servedTo === "everyone") return send
      if (configured === "development") return Effect.fail(notServed(operation))
      return send.pipe(
        Effect.tap((response) => isPage(response) ? Effect.void : observe("extended")),
        Effect.tapError((error) => showsDevelopmentMode(operation, error) ? observe("development") : Effect.void)
      )
    }
  }
}

/** Returns whether the response is a page for people, which a captive portal sends in Spotify's place. */
const isPage = (response: BufferedResponse): boolean => response.headers()["content-type"]?.includes("html") === true

/**
 * Returns whether a failure shows Development Mode.
 *
 * **Details**
 *
 * Legacy operations are refused to apps in either mode, and what belongs to a person may be refused for itself.
 */
const showsDevelopmentMode = (operation: Operation, error: SpotifyError.SpotifyError | AuthError): boolean =>
  operation.servedTo === "extended" && operation.isCatalogueRead
  && error._tag === "SpotifyError" && error.reason._tag === "Forbidden" && error.reason.kind === "NotInQuotaMode"

const notServed = (operation: Operation): SpotifyError.SpotifyError =>
  new SpotifyError.SpotifyError({
    reason: new SpotifyError.Forbidden({
      kind: "NotInQuotaMode",
      scopes: operation.scopes.flat(),
      ...(operation.instead !== undefined && { instead: operation.instead })
    }),
    operation: operation.name
  })

// =============================================================================
// Requirement
// =============================================================================

/** Requires `ExtendedQuotaMode` of an operation that Development Mode is not served. */
export const requireExtendedQuotaMode = <A, E, R>(
  call: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | ExtendedQuotaMode> => Effect.andThen(ExtendedQuotaMode, call)
