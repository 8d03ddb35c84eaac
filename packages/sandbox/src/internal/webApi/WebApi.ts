/**
 * Spotify's Web API as of November 2026, with every operation of the contract of `@app/api`.
 *
 * **Details**
 *
 * The operations, their scopes and the apps they are served to come from the contract. The responses do not: they are
 * written from Spotify's documentation and recorded responses, so that client and server cannot share a mistake in a model.
 *
 * @see https://developer.spotify.com/documentation/web-api
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { ids } from "../../Catalogue.ts"
import type * as Route from "../../Route.ts"
import type { Settings } from "../../Settings.ts"
import { TokenLedger } from "../accounts/TokenLedger.ts"
import { CurrentSettings } from "../CurrentSettings.ts"
import { Origins } from "../Origins.ts"
import { Library } from "./Library.ts"
import * as Albums from "./operations/Albums.ts"
import * as Artists from "./operations/Artists.ts"
import * as Audio from "./operations/Audio.ts"
import * as LibraryOperations from "./operations/Library.ts"
import * as Profile from "./operations/Profile.ts"
import * as Recommendations from "./operations/Recommendations.ts"
import * as Search from "./operations/Search.ts"
import * as Tracks from "./operations/Tracks.ts"
import { RateLimiter } from "./RateLimiter.ts"
import { empty, error, json, tooManyRequests, unauthorized, unregistered } from "./Responses.ts"
import type * as WebApiRequest from "./WebApiRequest.ts"

// =============================================================================
// Model
// =============================================================================

/** A request to an operation, before its token is checked. */
export interface IncomingRequest {
  readonly operation: Route.Operation
  readonly authorization: string | undefined
  /** URL as the client wrote it. */
  readonly url: URL
  /** Value of `Accept-Language`. */
  readonly language: string | undefined
  /** Decoded parameters of the path. */
  readonly params: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** Every operation of the contract: one that is missing here does not compile. */
const operations: Readonly<Record<Route.WebApiRoute, WebApiRequest.Operation>> = {
  ...Albums.operations,
  ...Artists.operations,
  ...Audio.operations,
  ...LibraryOperations.operations,
  ...Profile.operations,
  ...Recommendations.operations,
  ...Search.operations,
  ...Tracks.operations
}

// =============================================================================
// Service
// =============================================================================

/** The Web API. */
export class WebApi extends Context.Service<WebApi, {
  readonly respond: (request: IncomingRequest) => Effect.Effect<HttpServerResponse.HttpServerResponse>
}>()("@app/sandbox/WebApi") {}

// =============================================================================
// Rules
// =============================================================================

/** Reads the token of an `Authorization: Bearer` header (RFC 6750 §2.1). */
export const bearerToken = (authorization: string | undefined): string | undefined =>
  /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1]

const isServed = ({ servedTo }: Route.Operation, { legacy, quotaMode }: Settings): boolean =>
  servedTo === "everyone" || (quotaMode === "extended" && (servedTo === "extended" || legacy))

/**
 * Adds to the message of a 404 that it is the sandbox's, which knows far less than Spotify.
 *
 * **Details**
 *
 * The id that tests use for nothing has Spotify's message alone.
 */
const explain = (message: string, url: URL, catalogue: string): string =>
  url.href.includes(ids.unknown)
    ? message
    : `${message}. This is a local sandbox, not Spotify: ${catalogue} lists what it knows, as \`spotify-sandbox tracks\` does.`

// =============================================================================
// Constructor
// =============================================================================

const make = Effect.gen(function*() {
  const current = yield* CurrentSettings
  const ledger = yield* TokenLedger
  const library = yield* Library
  const limiter = yield* RateLimiter
  const origins = yield* Origins
  return WebApi.of({
    respond: Effect.fnUntraced(function*({ authorization, operation, ...request }) {
      const token = bearerToken(authorization)
      if (token === undefined) return unauthorized("missing_token", "No token provided")
      const bearer = yield* ledger.bearer(token)
      if (bearer === undefined) return unauthorized("invalid_token", "Invalid access token")
      const exceeded = yield* limiter.admit(bearer.clientId, operation.bucket)
      if (exceeded !== undefined) return tooManyRequests(exceeded.limit, exceeded.retryAfter)
      const settings = yield* current.get
      const { scopes } = bearer
      const person = settings.people.find(({ id }) => id === bearer.person)
      // Sign-in succeeds for a person who is not registered. The first call is refused.
      if (person !== undefined && !person.registered && settings.quotaMode === "development") return unregistered
      if (!isServed(operation, settings)) {
        // The refusals of November 2024 say less than those of February 2026.
        return operation.servedTo === "legacy" ? error(403) : error(403, "Forbidden")
      }
      if (!operation.scopes.every((group) => group.some((scope) => scopes.includes(scope)))) {
        return error(403, "Insufficient client scope")
      }
      const { accounts } = yield* origins.under(request.url.hostname)
      return yield* operations[operation.route]({ ...request, person, scopes, settings }).pipe(
        Effect.provideService(Library, library),
        Effect.match({
          onFailure: ({ message, status }) =>
            error(
              status,
              status === 404 && message !== undefined ? explain(message, request.url, `${accounts}/`) : message
            ),
          onSuccess: (body) => (body === undefined ? empty : json(body))
        })
      )
    })
  })
})

// =============================================================================
// Layers
// =============================================================================

/** Layer that uses the ledger, the libraries, the limits, the origins and the settings in force. */
export const layer: Layer.Layer<WebApi, never, CurrentSettings | TokenLedger | Library | RateLimiter | Origins> = Layer
  .effect(WebApi, make)
