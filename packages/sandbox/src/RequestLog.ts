/**
 * What the sandbox was asked, without any secret: texts that could open something are replaced, tokens appear as
 * fingerprints, so a test can say "two different tokens were used" and print the log when it fails.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Bounded from "./internal/BoundedMap.ts"
import { Route } from "./Route.ts"

/**
 * A request as it stands in the log.
 *
 * @category models
 * @since 0.1.0
 */
export class LoggedRequest extends Schema.Opaque<LoggedRequest>()(Schema.Struct({
  /** When it arrived, by Effect's `Clock`. */
  at: Schema.DateTimeUtcFromString,
  /** `null` for anything that is none of the routes the sandbox knows. */
  route: Schema.NullOr(Route),
  /** Which of the two listeners it reached. */
  service: Schema.Literals(["accounts", "api"]),
  method: Schema.String,
  path: Schema.String,
  /** Query parameters; those that are credentials read `<redacted>`. */
  query: Schema.Record(Schema.String, Schema.String),
  /** The `market` asked for, if any. */
  market: Schema.NullOr(Schema.String),
  /** The status answered; `null` while unanswered, and for good after a reset or a hang. */
  status: Schema.NullOr(Schema.Int),
  /** `grant_type` of a token request, as sent. */
  grantType: Schema.NullOr(Schema.String),
  /** Whether an `Authorization` header came along. */
  authorization: Schema.Boolean,
  /** Fingerprint of the bearer token: the same text for the same token, and no way back. */
  bearer: Schema.NullOr(Schema.String),
  /** Fingerprint of the `refresh_token` of a token request. */
  refreshToken: Schema.NullOr(Schema.String),
  /** Headers received, names in lower case; `authorization` and `cookie` read `<redacted>`. */
  headers: Schema.Record(Schema.String, Schema.String)
})) {}

/**
 * What the log holds at most: the newest 20,000 requests, or fewer where their texts have more than 32 Mi characters
 * together.
 *
 * @category constants
 * @since 0.1.0
 */
export const limits: Bounded.Limits = { entries: 20_000, weight: 33_554_432 }

/**
 * The log, as far as its {@link limits} reach. Requests that are not let in or go to the control surface (`/sandbox/…`)
 * and CORS preflights are not in it.
 *
 * @category services
 * @since 0.1.0
 */
export class RequestLog extends Context.Service<RequestLog, {
  /** Notes an arrival; the effect it gives notes the status answered. */
  readonly arrive: (
    request: Omit<LoggedRequest, "at" | "status">
  ) => Effect.Effect<(status: number) => Effect.Effect<void>>
  /** The newest requests, in order of arrival. */
  readonly all: Effect.Effect<ReadonlyArray<LoggedRequest>>
  readonly clear: Effect.Effect<void>
}>()("@app/sandbox/RequestLog") {
  /** An empty log. */
  static readonly layer = Layer.sync(RequestLog, () => {
    const entries = Bounded.make<symbol, LoggedRequest>(limits, weigh)
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
}

/** Characters, those of dates and fingerprints aside: they are about the same in all. */
const weigh = ({ headers, path, query }: LoggedRequest): number =>
  [headers, query].flatMap((texts) => Object.entries(texts).flat()).reduce(
    (sum, text) => sum + text.length,
    path.length
  )

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
 * Query parameters as the log may show them.
 *
 * @category redaction
 * @since 0.1.0
 */
export const withoutSecrets = (parameters: URLSearchParams): Record<string, string> =>
  Object.fromEntries(
    Array.from(parameters, ([name, value]) => [name, secretParameters.has(name) ? "<redacted>" : value])
  )

/**
 * Headers as the log may show them.
 *
 * @category redaction
 * @since 0.1.0
 */
export const headersWithoutSecrets = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, secretHeaders.has(name) ? "<redacted>" : value])
  )
