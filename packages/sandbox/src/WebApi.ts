/**
 * Spotify's Web API: `GET /v1/tracks/{id}` and `GET /v1/me`.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 * @see https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import type * as Schema from "effect/Schema"
import * as Catalogue from "./Catalogue.ts"
import { CurrentSettings } from "./CurrentSettings.ts"
import { TokenLedger } from "./TokenLedger.ts"
import type { Bearer } from "./TokenLedger.ts"

/**
 * The Web API, one function a request.
 *
 * @category services
 * @since 0.1.0
 */
export class WebApi extends Context.Service<WebApi, {
  readonly track: (
    id: string,
    market: string | undefined,
    authorization: string | undefined
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse>
  readonly me: (authorization: string | undefined) => Effect.Effect<HttpServerResponse.HttpServerResponse>
}>()("@app/sandbox/WebApi") {
  /** On the ledger and the settings in force. */
  static readonly layer = Layer.effect(
    WebApi,
    Effect.gen(function*() {
      const settings = yield* CurrentSettings
      const ledger = yield* TokenLedger

      const authorized = Effect.fnUntraced(function*(
        authorization: string | undefined,
        answer: (bearer: Bearer) => Effect.Effect<HttpServerResponse.HttpServerResponse>
      ) {
        const token = bearerToken(authorization)
        if (token === undefined) return unauthorized("missing_token", "No token provided")
        const bearer = yield* ledger.bearer(token)
        return bearer === undefined ? unauthorized("invalid_token", "Invalid access token") : yield* answer(bearer)
      })

      return WebApi.of({
        track: (id, market, authorization) =>
          authorized(
            authorization,
            Effect.fnUntraced(function*(bearer) {
              if (!/^[0-9A-Za-z]{22}$/.test(id)) return error(400, "Invalid base62 id")
              // The text is not recorded anywhere; the status is.
              if (market !== undefined && !/^[A-Z]{2}$/.test(market)) return error(400, "Invalid market code")
              const { quotaMode } = yield* settings.get
              // "The country associated with the user account will take priority over this parameter."
              const effective = market === undefined || bearer.scopes === undefined ? market : country
              const track = Catalogue.track(id, { market: effective, quotaMode })
              return track === undefined ? error(404, "Resource not found") : json(track)
            })
          ),
        me: (authorization) =>
          authorized(
            authorization,
            Effect.fnUntraced(function*({ scopes }) {
              // A token of the client credentials grant stands for nobody. 401 (2018) and this 403 (2020, 2025) have
              // both been seen; the newer one is kept, and it spares apps a refresh that cannot help.
              if (scopes === undefined) return error(403, "Insufficient client scope")
              const { quotaMode } = yield* settings.get
              return json(quotaMode === "development" ? profile : { ...profile, ...extendedProfile(scopes) })
            })
          )
      })
    })
  )
}

/**
 * The token of an `Authorization: Bearer` header (RFC 6750 §2.1).
 *
 * @category parsing
 * @since 0.1.0
 */
export const bearerToken = (authorization: string | undefined): string | undefined =>
  /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1]

/**
 * An error answer in the form of the Web API.
 *
 * @category answers
 * @since 0.1.0
 */
export const error = (status: number, message: string): HttpServerResponse.HttpServerResponse =>
  json({ error: { status, message } }, status)

const json = (body: Schema.JsonObject, status = 200) =>
  HttpServerResponse.jsonUnsafe(body, {
    status,
    contentType: "application/json; charset=utf-8",
    headers: { "cache-control": "private, max-age=0" }
  })

/** One text for every cause since July 2026; the header tells them apart. */
const unauthorized = (code: "missing_token" | "invalid_token", description: string) =>
  HttpServerResponse.setHeader(
    error(401, "Missing/invalid/expired access token"),
    "www-authenticate",
    `Bearer realm="spotify", error="${code}", error_description="${description}"`
  )

/** Where the sandbox's only account is registered. */
const country = "SE"

const profile = {
  account_id: "sB7nD4bX2q",
  display_name: "Sandy Box",
  external_urls: { spotify: "https://open.spotify.com/user/sandy.box" },
  href: "https://api.spotify.com/v1/users/sandy.box",
  id: "sandy.box",
  images: [],
  type: "user",
  uri: "spotify:user:sandy.box"
}

const extendedProfile = (scopes: ReadonlyArray<string>) => ({
  followers: { href: null, total: 7 },
  ...(scopes.includes("user-read-private")
    ? { country, explicit_content: { filter_enabled: false, filter_locked: false }, product: "premium" }
    : {}),
  ...(scopes.includes("user-read-email") ? { email: "sandy.box@example.com" } : {})
})
