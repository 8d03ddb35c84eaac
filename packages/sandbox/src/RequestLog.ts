/**
 * The log of the requests that the sandbox received, without secrets.
 *
 * **Details**
 *
 * Credentials are replaced by `<redacted>`, tokens by fingerprints. A test can thus tell two tokens apart, and can print
 * the log when it fails.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as BoundedMap from "./internal/BoundedMap.ts"
import { Route } from "./Route.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * A request as it stands in the log.
 *
 * @category models
 * @since 0.1.0
 */
export class LoggedRequest extends Schema.Opaque<LoggedRequest>()(Schema.Struct({
  /** Time of arrival, by Effect's `Clock`. */
  at: Schema.DateTimeUtcFromString,
  /** Route of the request; `null` for a request to no route of Spotify. */
  route: Schema.NullOr(Route),
  /** Listener that received the request. */
  service: Schema.Literals(["accounts", "api"]),
  method: Schema.String,
  path: Schema.String,
  /** Query parameters, of which credentials read `<redacted>`. */
  query: Schema.Record(Schema.String, Schema.String),
  /** The `market` of the query; `null` where there is none. */
  market: Schema.NullOr(Schema.String),
  /** Status of the response; `null` before the response, and for good after a reset or a hang. */
  status: Schema.NullOr(Schema.Int),
  /** The `grant_type` of a token request, as sent. */
  grantType: Schema.NullOr(Schema.String),
  /** Presence of an `Authorization` header. */
  authorization: Schema.Boolean,
  /** Fingerprint of the access token: the same text for the same token, from which the token cannot be recovered. */
  bearer: Schema.NullOr(Schema.String),
  /** Fingerprint of the `refresh_token` of a token request. */
  refreshToken: Schema.NullOr(Schema.String),
  /** Headers with names in lower case, of which `authorization` and `cookie` read `<redacted>`. */
  headers: Schema.Record(Schema.String, Schema.String)
})) {}

/**
 * Limits of the log: the newest 20,000 requests, or fewer where their texts have more than 32 Mi characters together.
 *
 * @category constants
 * @since 0.1.0
 */
export const limits: { readonly entries: number; readonly weight: number } = { entries: 20_000, weight: 33_554_432 }

// =============================================================================
// Service
// =============================================================================

/**
 * The log of requests, as far as its {@link limits} reach.
 *
 * **Details**
 *
 * The log leaves out requests that are refused before they are read, requests to the control API (`/sandbox/…`), and CORS
 * preflights.
 *
 * @category services
 * @since 0.1.0
 */
export class RequestLog extends Context.Service<RequestLog, {
  /** Records the arrival of a request and returns a function that records the status of its response. */
  readonly arrive: (
    request: Omit<LoggedRequest, "at" | "status">
  ) => Effect.Effect<(status: number) => Effect.Effect<void>>
  /** The newest requests, in order of arrival. */
  readonly all: Effect.Effect<ReadonlyArray<LoggedRequest>>
  /** Removes all requests. */
  readonly clear: Effect.Effect<void>
}>()("@app/sandbox/RequestLog") {}

// =============================================================================
// Layers
// =============================================================================

// Dates and fingerprints have about the same length in every request, so they are left out.
const weigh = ({ headers, path, query }: LoggedRequest): number =>
  [headers, query].flatMap((texts) => Object.entries(texts).flat()).reduce(
    (sum, text) => sum + text.length,
    path.length
  )

/**
 * Layer with an empty log.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<RequestLog> = Layer.sync(RequestLog, () => {
  const entries = BoundedMap.make<symbol, LoggedRequest>(limits, weigh)
  return RequestLog.of({
    arrive: Effect.fnUntraced(function*(request) {
      const entry = { ...request, at: yield* DateTime.now, status: null }
      const key = Symbol()
      entries.set(key, entry)
      return (status) =>
        Effect.sync(() => {
          if (entries.get(key) !== undefined) entries.set(key, { ...entry, status })
        })
    }),
    all: Effect.sync(entries.values),
    clear: Effect.sync(entries.clear)
  })
})

// =============================================================================
// Redaction
// =============================================================================

const secretParameters = new Set([
  "access_token",
  "client_secret",
  "code",
  "code_challenge",
  "code_verifier",
  "refresh_token",
  "state",
  "token"
])

const secretHeaders = new Set(["authorization", "cookie"])

/**
 * Replaces the values of query parameters that are credentials by `<redacted>`.
 *
 * @category redaction
 * @since 0.1.0
 */
export const withoutSecrets = (parameters: URLSearchParams): Record<string, string> =>
  Object.fromEntries(
    Array.from(parameters, ([name, value]) => [name, secretParameters.has(name) ? "<redacted>" : value])
  )

/**
 * Replaces the values of headers that are credentials by `<redacted>`.
 *
 * @category redaction
 * @since 0.1.0
 */
export const headersWithoutSecrets = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, secretHeaders.has(name) ? "<redacted>" : value])
  )
