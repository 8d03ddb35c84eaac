/**
 * The routes for signing a person in from a web application in any language.
 */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { SignInRejected } from "../FleetError.ts"
import { AccountName } from "../Names.ts"
import * as Middleware from "./Middleware.ts"
import * as Paths from "./Paths.ts"

const session = Schema.optionalKey(
  Schema.RedactedFromValue(Schema.NonEmptyString.check(Schema.isMaxLength(1024)))
)

/**
 * Schema for a sign-in to begin.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SignInStart = Schema.Struct({
  /** The application's own name for the person. */
  account: AccountName,
  /** The address of the application to which the person comes back, as registered at the authorization server. */
  redirect_uri: Schema.NonEmptyString.check(Schema.isMaxLength(2048)),
  /** The scopes to ask for; those of the app's settings by default. */
  scopes: Schema.optionalKey(
    Schema.Array(Schema.NonEmptyString.check(Schema.isMaxLength(256))).check(Schema.isMaxLength(100))
  ),
  /** A secret of the person's browser session, which the callback has to come with. */
  session
})

/**
 * Schema for a sign-in that has begun.
 *
 * @category responses
 * @since 0.1.0
 */
export class SignInStarted extends Schema.Class<SignInStarted>("SignInStarted")({
  id: Schema.String,
  /** The address to send the person to. */
  url: Schema.String,
  /** The time until which the callback can come. */
  expires_at: Schema.DateTimeUtcFromString
}) {}

/**
 * Schema for the state of a sign-in.
 *
 * **Details**
 *
 * | `status` | meaning |
 * | --- | --- |
 * | `pending` | the callback has not come |
 * | `completed` | the account is signed in |
 * | `failed` | the person or the authorization server refused, for the reason in `error` |
 * | `expired` | the callback did not come in time |
 *
 * @category responses
 * @since 0.1.0
 */
export class SignInState extends Schema.Class<SignInState>("SignInState")({
  id: Schema.String,
  account: Schema.String,
  status: Schema.Literals(["pending", "completed", "failed", "expired"]),
  error: Schema.optionalKey(Schema.String),
  expires_at: Schema.DateTimeUtcFromString
}) {}

/**
 * The routes for sign-ins.
 *
 * **Details**
 *
 * No browser ever talks to the fleet: the redirect URI is the application's, and the application passes the callback on.
 *
 * @category contracts
 * @since 0.1.0
 */
export class SignInsApi extends HttpApiGroup.make("signIns").add(
  HttpApiEndpoint.post("start", "/", {
    params: Paths.appParams,
    payload: SignInStart,
    success: SignInStarted.pipe(HttpApiSchema.status(201)),
    error: [...Paths.commonErrors, SignInRejected]
  }).annotateMerge(OpenApi.annotations({
    summary: "Begin to sign a person in",
    description: "Needs accounts:write. Send the person to url; it comes back to redirect_uri."
  })),
  HttpApiEndpoint.post("finish", "/:id/callback", {
    params: { ...Paths.appParams, id: Schema.String },
    payload: Schema.Struct({
      /** The whole address at which the person came back, or its query. */
      callback_url: Schema.RedactedFromValue(Schema.NonEmptyString.check(Schema.isMaxLength(8192))),
      session
    }),
    success: SignInState,
    error: [...Paths.commonErrors, SignInRejected]
  }).annotateMerge(OpenApi.annotations({
    summary: "Pass the callback on, and finish the sign-in",
    description: "Needs accounts:write. A callback works once."
  })),
  HttpApiEndpoint.get("status", "/:id", {
    params: { ...Paths.appParams, id: Schema.String },
    success: SignInState,
    error: Paths.commonErrors
  }).annotateMerge(OpenApi.annotations({
    summary: "Look at a sign-in",
    description: "Needs accounts:read. Sign-ins are kept for a day."
  }))
)
  .prefix(`${Paths.appPath}/sign-ins`)
  .middleware(Middleware.RequestReading)
  .middleware(Middleware.ServiceAuthentication)
{}
