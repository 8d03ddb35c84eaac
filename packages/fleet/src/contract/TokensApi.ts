/**
 * The routes for access tokens and for signing accounts in and out.
 */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { SignInRejected, SignInRequired } from "../FleetError.ts"
import * as Middleware from "./Middleware.ts"
import * as Paths from "./Paths.ts"

const secret = Schema.RedactedFromValue(Schema.NonEmptyString.check(Schema.isMaxLength(8192)))

/**
 * Schema for an access token as a fleet hands it out: a token response (RFC 6749 §5.1) with absolute times.
 *
 * @category responses
 * @since 0.1.0
 */
export class TokenResponse extends Schema.Class<TokenResponse>("TokenResponse")({
  access_token: secret,
  token_type: Schema.Literal("Bearer"),
  /** The time at which the token was requested. */
  issued_at: Schema.DateTimeUtcFromString,
  /** The time at which the token ends; absent when its issuer did not say. */
  expires_at: Schema.optionalKey(Schema.DateTimeUtcFromString),
  /** The scopes, separated by spaces. */
  scope: Schema.String,
  /** The id of the sign-in that the token comes from, which is no secret. */
  authorization_id: Schema.optionalKey(Schema.String)
}) {}

/**
 * Schema for the fingerprint of an access token: its SHA-256 in lower-case hex.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Sha256 = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{64}$/, { message: "64 lower-case hex digits" })
).pipe(Schema.annotate({ identifier: "Sha256" }))

/**
 * Schema for what an account is signed in with: a refresh token, or the code of a finished sign-in.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Authorization = Schema.Union([
  Schema.Struct({
    refresh_token: secret,
    /** The time of the sign-in, from which the lifetime of the refresh token counts. */
    authorized_at: Schema.optionalKey(Schema.DateTimeUtcFromString)
  }),
  Schema.Struct({
    code: secret,
    redirect_uri: Schema.NonEmptyString,
    code_verifier: Schema.optionalKey(secret)
  })
])

/**
 * Schema for the result of a sign-in, without any secret.
 *
 * @category responses
 * @since 0.1.0
 */
export class Authorized extends Schema.Class<Authorized>("Authorized")({
  scope: Schema.String,
  expires_at: Schema.optionalKey(Schema.DateTimeUtcFromString),
  authorization_id: Schema.optionalKey(Schema.String)
}) {}

const minTtl = Schema.FiniteFromString.check(Schema.isBetween({ minimum: 0, maximum: 86_400 }))

/**
 * The routes for access tokens.
 *
 * @category contracts
 * @since 0.1.0
 */
export class TokensApi extends HttpApiGroup.make("tokens").add(
  HttpApiEndpoint.get("get", "/:account/token", {
    params: Paths.accountParams,
    query: { min_ttl: Schema.optionalKey(minTtl) },
    success: TokenResponse,
    error: [...Paths.commonErrors, SignInRequired]
  }).annotateMerge(OpenApi.annotations({
    summary: "Get an access token that is good now",
    description:
      "Needs tokens:read. min_ttl is the number of seconds that the token has to last; where that is more than half of a token's life, it counts as half."
  })),
  HttpApiEndpoint.post("refuse", "/:account/token/refused", {
    params: Paths.accountParams,
    payload: Schema.Struct({ sha256: Sha256 }),
    success: HttpApiSchema.NoContent,
    error: Paths.commonErrors
  }).annotateMerge(OpenApi.annotations({
    summary: "Report that an API has refused a token with 401",
    description:
      "Needs tokens:read. Names the token by its SHA-256. If it is still the current one, it is not handed out any more, and is refreshed."
  })),
  HttpApiEndpoint.put("authorize", "/:account/authorization", {
    params: Paths.accountParams,
    payload: Authorization,
    success: Authorized.pipe(HttpApiSchema.status(201)),
    error: [...Paths.commonErrors, SignInRejected]
  }).annotateMerge(OpenApi.annotations({
    summary: "Sign an account in with a refresh token, or with the code of a finished sign-in",
    description: "Needs accounts:write. The grant is exchanged at once; a failure leaves the account as it was."
  })),
  HttpApiEndpoint.delete("signOut", "/:account/authorization", {
    params: Paths.accountParams,
    success: HttpApiSchema.NoContent,
    error: Paths.commonErrors
  }).annotateMerge(OpenApi.annotations({
    summary: "Sign an account out",
    description: "Needs accounts:write. Revokes the refresh token where the authorization server can (RFC 7009)."
  })),
  HttpApiEndpoint.post("retry", "/:account/authorization/retry", {
    params: Paths.accountParams,
    success: HttpApiSchema.NoContent,
    error: [...Paths.commonErrors, SignInRequired]
  }).annotateMerge(OpenApi.annotations({
    summary: "Try the refresh token of an ended sign-in once more",
    description: "Needs accounts:write. For use after an incident in which a provider refused everybody by mistake."
  }))
)
  .prefix(`${Paths.appPath}/accounts`)
  .middleware(Middleware.RequestReading)
  .middleware(Middleware.ServiceAuthentication)
{}
