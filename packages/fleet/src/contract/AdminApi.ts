/**
 * The routes for administrators: service keys, and the sweeping of accounts that have ended.
 */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { Right, Tenants } from "../ServiceKey.ts"
import * as Middleware from "./Middleware.ts"
import * as Paths from "./Paths.ts"

const serviceName = Schema.NonEmptyString.check(Schema.isMaxLength(100))

/**
 * Schema for a service key to make.
 *
 * @category schemas
 * @since 0.1.0
 */
export const NewServiceKey = Schema.Struct({
  /** The name of the service, for people and the audit log. */
  name: serviceName,
  tenants: Tenants,
  rights: Schema.NonEmptyArray(Right),
  /** The time at which the key ends; by default it does not. */
  expires_at: Schema.optionalKey(Schema.DateTimeUtcFromString)
})

/**
 * Schema for a service key without its secret.
 *
 * @category responses
 * @since 0.1.0
 */
export class ServiceKeyFacts extends Schema.Class<ServiceKeyFacts>("ServiceKeyFacts")({
  id: Schema.String,
  name: serviceName,
  tenants: Tenants,
  rights: Schema.Array(Right),
  created_at: Schema.DateTimeUtcFromString,
  expires_at: Schema.optionalKey(Schema.DateTimeUtcFromString),
  /** The ends of its valid secrets, the newest first; null for one without an end. There are two during a rotation. */
  secrets: Schema.Array(Schema.Struct({
    created_at: Schema.DateTimeUtcFromString,
    expires_at: Schema.NullOr(Schema.DateTimeUtcFromString)
  }))
}) {}

/**
 * Schema for a service key with a new secret, which is shown this once.
 *
 * @category responses
 * @since 0.1.0
 */
export class ServiceKeyIssued extends Schema.Class<ServiceKeyIssued>("ServiceKeyIssued")({
  key: Schema.RedactedFromValue(Schema.String),
  service_key: ServiceKeyFacts
}) {}

/**
 * The routes for administrators.
 *
 * @category contracts
 * @since 0.1.0
 */
export class AdminApi extends HttpApiGroup.make("admin").add(
  HttpApiEndpoint.get("listKeys", "/service-keys", {
    success: Schema.Struct({ service_keys: Schema.Array(ServiceKeyFacts) }),
    error: Paths.commonErrors
  }).annotateMerge(OpenApi.annotations({
    summary: "List the service keys within the tenants of this one",
    description: "Needs admin."
  })),
  HttpApiEndpoint.post("createKey", "/service-keys", {
    payload: NewServiceKey,
    success: ServiceKeyIssued.pipe(HttpApiSchema.status(201)),
    error: Paths.commonErrors
  }).annotateMerge(OpenApi.annotations({
    summary: "Make a service key",
    description: "Needs admin, and a key that is for all tenants of the new one. The secret is shown this once."
  })),
  HttpApiEndpoint.post("rotateKey", "/service-keys/:id/rotations", {
    params: { id: Schema.String },
    payload: Schema.Struct({
      /** The seconds for which the former secret is still valid; a day by default. */
      overlap_seconds: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 2_592_000 })))
    }),
    success: ServiceKeyIssued.pipe(HttpApiSchema.status(201)),
    error: Paths.commonErrors
  }).annotateMerge(OpenApi.annotations({
    summary: "Give a service key a new secret",
    description: "Needs admin. Two secrets are valid at most: a third ends the oldest."
  })),
  HttpApiEndpoint.delete("revokeKey", "/service-keys/:id", {
    params: { id: Schema.String },
    success: HttpApiSchema.NoContent,
    error: Paths.commonErrors
  }).annotateMerge(OpenApi.annotations({
    summary: "Revoke a service key",
    description: "Needs admin. Other processes take it for valid for 5 seconds more, and while the database is away."
  })),
  HttpApiEndpoint.post("sweep", "/sweeps", {
    payload: Schema.Struct({ ended_for_seconds: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)) }),
    success: Schema.Struct({ accounts: Schema.Int }),
    error: Paths.commonErrors
  }).annotateMerge(OpenApi.annotations({
    summary: "Delete the rows of accounts that ended so long ago",
    description: "Needs admin, and a key for all tenants."
  }))
)
  .prefix("/v1")
  .middleware(Middleware.RequestReading)
  .middleware(Middleware.ServiceAuthentication)
{}
