/**
 * Spotify's Web API as it is in November 2026: every operation of the contract of `@app/api`.
 *
 * Which operations there are, which scopes they take and which apps they are served to comes from the contract. What they
 * answer does not: it is written from Spotify's documentation and recorded answers, so that a mistake in a model of the
 * client's cannot hide in a server that makes the same one.
 *
 * @see https://developer.spotify.com/documentation/web-api
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import type * as Schema from "effect/Schema"
import type * as Route from "../../Route.ts"
import type { Settings } from "../../Settings.ts"
import { TokenLedger } from "../accounts/TokenLedger.ts"
import { CurrentSettings } from "../CurrentSettings.ts"
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
import type * as WebApiRequest from "./WebApiRequest.ts"

/**
 * A request that an operation was found for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Incoming {
  readonly operation: Route.Operation
  readonly authorization: string | undefined
  /** As the client wrote it. */
  readonly url: URL
  /** `Accept-Language`. */
  readonly language: string | undefined
  /** The parameters of the path, decoded. */
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

/**
 * The Web API.
 *
 * @category services
 * @since 0.1.0
 */
export class WebApi extends Context.Service<WebApi, {
  readonly answer: (incoming: Incoming) => Effect.Effect<HttpServerResponse.HttpServerResponse>
}>()("@app/sandbox/WebApi") {
  /** On the ledger, the libraries, the limits and the settings in force. */
  static readonly layer = Layer.effect(
    WebApi,
    Effect.gen(function*() {
      const current = yield* CurrentSettings
      const ledger = yield* TokenLedger
      const library = yield* Library
      const limiter = yield* RateLimiter
      return WebApi.of({
        answer: Effect.fnUntraced(function*({ authorization, operation, ...request }) {
          const token = bearerToken(authorization)
          if (token === undefined) return unauthorized("missing_token", "No token provided")
          const bearer = yield* ledger.bearer(token)
          if (bearer === undefined) return unauthorized("invalid_token", "Invalid access token")
          const exceeded = yield* limiter.admit(bearer.clientId, operation.bucket)
          if (exceeded !== undefined) return tooManyRequests(exceeded.limit, exceeded.retryAfter)
          const settings = yield* current.get
          const { scopes } = bearer
          const person = settings.people.find(({ id }) => id === bearer.person)
          // Signing in works for anybody; what a person who is not registered finds out comes with the first call.
          if (person !== undefined && !person.registered && settings.quotaMode === "development") return unregistered
          if (!isServed(operation, settings)) {
            // The refusals of November 2024 say less than those of February 2026.
            return operation.servedTo === "legacy" ? error(403) : error(403, "Forbidden")
          }
          if (!operation.scopes.every((group) => group.some((scope) => scopes.includes(scope)))) {
            return error(403, "Insufficient client scope")
          }
          return yield* operations[operation.route]({ ...request, person, scopes, settings }).pipe(
            Effect.provideService(Library, library),
            Effect.match({
              onFailure: ({ message, status }) => error(status, message),
              onSuccess: (body) => (body === undefined ? empty : json(body))
            })
          )
        })
      })
    })
  )
}

const isServed = ({ servedTo }: Route.Operation, { legacy, quotaMode }: Settings): boolean =>
  servedTo === "everyone" || (quotaMode === "extended" && (servedTo === "extended" || legacy))

/**
 * The token of an `Authorization: Bearer` header (RFC 6750 §2.1).
 *
 * @category parsing
 * @since 0.1.0
 */
export const bearerToken = (authorization: string | undefined): string | undefined =>
  /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1]

/**
 * An error answer in the form of the Web API. Some are without a message.
 *
 * @category answers
 * @since 0.1.0
 */
export const error = (status: number, message?: string): HttpServerResponse.HttpServerResponse =>
  json({ error: { status, ...(message !== undefined && { message }) } }, status)

/**
 * A 429, of the 30-second rate limit or of the Development Mode quota. `retryAfter` is sent as it is.
 *
 * @category answers
 * @since 0.1.0
 */
export const tooManyRequests = (
  limit: "rate" | "quota",
  retryAfter: number | string | undefined
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe(
    {
      error: limit === "quota"
        ? { status: 429, message: "Too many requests", reason: "QUOTA_EXCEEDED" }
        : { status: 429, message: "API rate limit exceeded" }
    },
    { status: 429, headers: retryAfter === undefined ? {} : { "retry-after": String(retryAfter) } }
  )

const json = (body: Schema.Json, status = 200) =>
  HttpServerResponse.jsonUnsafe(body, {
    status,
    contentType: "application/json; charset=utf-8",
    headers: { "cache-control": "private, max-age=0" }
  })

const empty = HttpServerResponse.empty({ status: 200, headers: { "content-length": "0" } })

/** Seen as plain text and inside of JSON; plain text is what a client is less prepared for. */
const unregistered = HttpServerResponse.text(
  "The user is not registered for this application. Please check your settings on "
    + "https://developer.spotify.com/dashboard.",
  { status: 403 }
)

/** One text for every cause since July 2026; the header tells them apart. */
const unauthorized = (code: "missing_token" | "invalid_token", description: string) =>
  HttpServerResponse.setHeader(
    error(401, "Missing/invalid/expired access token"),
    "www-authenticate",
    `Bearer realm="spotify", error="${code}", error_description="${description}"`
  )
