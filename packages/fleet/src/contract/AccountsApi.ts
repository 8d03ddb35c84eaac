/**
 * The routes for the list of accounts.
 */
import * as AccountDirectory from "@app/auth/AccountDirectory"
import { ReauthorizationRequired } from "@app/auth/AuthError"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import * as Middleware from "./Middleware.ts"
import * as Paths from "./Paths.ts"

/**
 * Schema for the phase of an account, as `AccountDirectory.Phase` of `@app/auth` says.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Phase = Schema.Literals(AccountDirectory.phases)

const time = Schema.optionalKey(Schema.DateTimeUtcFromString)

/**
 * Schema for an account in the list, which has no secret.
 *
 * @category responses
 * @since 0.1.0
 */
export class Account extends Schema.Class<Account>("Account")({
  account: Schema.String,
  phase: Phase,
  expires_at: time,
  /** The time from which its token is refreshed; absent when that waits for somebody to ask. */
  refresh_at: time,
  /** The time by which the person must sign in again. */
  sign_in_due_at: time,
  /** The reason why the sign-in has ended; absent while it lives. */
  ended: Schema.optionalKey(ReauthorizationRequired.fields.kind),
  ended_at: time,
  /** The number of failed requests in a row. */
  attempts: Schema.Int,
  /** The last time that somebody asked for its token, within some hours. */
  used_at: time
}) {}

/**
 * Schema for a page of the list, with at most 500 accounts by name.
 *
 * @category responses
 * @since 0.1.0
 */
export class AccountPage extends Schema.Class<AccountPage>("AccountPage")({
  accounts: Schema.Array(Account),
  /** The `cursor` of the next page; absent on the last one. */
  next_cursor: Schema.optionalKey(Schema.String)
}) {}

/**
 * The routes for the list of accounts.
 *
 * @category contracts
 * @since 0.1.0
 */
export class AccountsApi extends HttpApiGroup.make("accounts").add(
  HttpApiEndpoint.get("list", "/", {
    params: Paths.appParams,
    query: {
      phase: Schema.optionalKey(Phase),
      sign_in_due_before: time,
      cursor: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(1024))),
      limit: Schema.optionalKey(
        Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum: 500 }))
      )
    },
    success: AccountPage,
    error: Paths.commonErrors
  }).annotateMerge(OpenApi.annotations({
    summary: "List the accounts of a tenant at an app",
    description: "Needs accounts:read. Pages of 500 accounts, or of limit, by name."
  })),
  HttpApiEndpoint.get("get", "/:account", {
    params: Paths.accountParams,
    success: Account,
    error: Paths.commonErrors
  }).annotateMerge(OpenApi.annotations({
    summary: "Look at an account",
    description: "Needs accounts:read."
  })),
  HttpApiEndpoint.delete("remove", "/:account", {
    params: Paths.accountParams,
    success: HttpApiSchema.NoContent,
    error: Paths.commonErrors
  }).annotateMerge(OpenApi.annotations({
    summary: "Remove the tokens of an account",
    description:
      "Needs admin. The authorization server is not told; DELETE …/authorization does that. The account stays in the list as SignedOut until it is swept."
  }))
)
  .prefix(`${Paths.appPath}/accounts`)
  .middleware(Middleware.RequestReading)
  .middleware(Middleware.ServiceAuthentication)
{}
