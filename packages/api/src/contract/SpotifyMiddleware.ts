/**
 * What stands between an operation and the network.
 */
import type { AuthError } from "@app/auth/AuthError"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import type { SpotifyError } from "../SpotifyError.ts"

/**
 * Authorization, repetition, the rate-limit gate, classification of failures. Every group of the contract asks for it:
 * `SpotifyClient` does it, and a client that is made of the contract by other means has to bring its own.
 *
 * @category middleware
 * @since 0.1.0
 */
export class SpotifyMiddleware
  extends HttpApiMiddleware.Service<SpotifyMiddleware, { clientError: SpotifyError | AuthError }>()(
    "@app/api/contract/SpotifyMiddleware",
    { requiredForClient: true }
  )
{}
