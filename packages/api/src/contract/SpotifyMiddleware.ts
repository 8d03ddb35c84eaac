/**
 * The middleware that `SpotifyApi` asks of a client.
 */
import type { AuthError } from "@app/auth/AuthError"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import type { SpotifyError } from "../SpotifyError.ts"

/**
 * The middleware between an operation and the network: authorization, repetition, the rate-limit gate and typed failures.
 *
 * **When to use**
 *
 * Use to make a client of `SpotifyApi` by other means than `SpotifyClient`, which brings its own: every group asks for it.
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
