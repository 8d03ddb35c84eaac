/**
 * Endpoints of the contract, as data that a client reads.
 *
 * **When to use**
 *
 * Use `get`, `put` and `delete` to describe an operation, in a group that `EndpointGroup.make` makes.
 *
 * **Details**
 *
 * An endpoint is the part of Effect's `HttpApiEndpoint` that a client of JSON needs. `SpotifyApi` makes the whole of it for
 * servers, OpenAPI documents and other clients. A program that calls operations has no use for the rest, which is 6 kB of a
 * bundle (gzip), with servers, sockets and event streams.
 *
 * **Example** (An operation of a program's own)
 *
 * ```ts
 * import * as Endpoint from "@app/api/contract/Endpoint"
 * import * as EndpointGroup from "@app/api/contract/EndpointGroup"
 * import * as SpotifyClient from "@app/api/SpotifyClient"
 * import * as Schema from "effect/Schema"
 *
 * const devices = Endpoint.get("devices", "/me/player/devices", {
 *   success: Schema.Struct({ devices: Schema.Array(Schema.Struct({ name: Schema.String })) })
 * })
 * const PlayerApi = EndpointGroup.make("player", { devices })
 *
 * const program = SpotifyClient.call(PlayerApi, (player) => player.devices())
 * ```
 */
import * as Context from "effect/Context"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import type * as HttpMethod from "effect/http/HttpMethod"
import type * as HttpRouter from "effect/http/HttpRouter"
import * as Schema from "effect/Schema"

// =============================================================================
// Model
// =============================================================================

/**
 * The part of an endpoint that requests are encoded by and responses are decoded by, which `HttpApiEndpoint` has, too.
 *
 * @category models
 * @since 0.1.0
 */
export interface Readable extends
  Pick<
    HttpApiEndpoint.Top,
    "annotations" | "headers" | "identifier" | "method" | "params" | "path" | "payload" | "query" | "success"
  >
{}

/**
 * An endpoint of any types.
 *
 * @category models
 * @since 0.1.0
 */
export interface Top
  extends Endpoint<string, HttpMethod.HttpMethod, HttpRouter.PathInput, Schema.Top, Schema.Top, Schema.Top, Schema.Top>
{}

/**
 * An operation: its request and its response.
 *
 * **Details**
 *
 * Paths and queries are encoded as texts, bodies as JSON. Types of what is absent are `never`.
 *
 * @category models
 * @since 0.1.0
 */
export class Endpoint<
  out Identifier extends string,
  out Method extends HttpMethod.HttpMethod,
  out Path extends HttpRouter.PathInput,
  out Params extends Schema.Top,
  out Query extends Schema.Top,
  out Payload extends Schema.Top,
  out Success extends Schema.Top
> implements Readable {
  declare readonly "~Params": Params
  declare readonly "~Query": Query
  declare readonly "~Payload": Payload
  declare readonly "~Success": Success
  readonly identifier: Identifier
  readonly method: Method
  readonly path: Path
  readonly params: Schema.Top | undefined
  readonly query: Schema.Top | undefined
  readonly headers = undefined
  readonly payload: HttpApiEndpoint.PayloadMap
  readonly success: ReadonlySet<Schema.Top>
  readonly annotations: Context.Context<never>

  constructor(
    fields:
      & { readonly identifier: Identifier; readonly method: Method; readonly path: Path }
      & Pick<Readable, "annotations" | "params" | "payload" | "query" | "success">
  ) {
    this.identifier = fields.identifier
    this.method = fields.method
    this.path = fields.path
    this.params = fields.params
    this.query = fields.query
    this.payload = fields.payload
    this.success = fields.success
    this.annotations = fields.annotations
  }

  /** Adds what one of `Annotations` says of the operation. */
  annotate<S>(
    key: Context.Reference<S>,
    value: NoInfer<S>
  ): Endpoint<Identifier, Method, Path, Params, Query, Payload, Success> {
    return new Endpoint({ ...this, annotations: Context.add(this.annotations, key, value) })
  }
}

// =============================================================================
// Constructors
// =============================================================================

/**
 * The codec for the parameters of a path or a query, or `never` where there are none.
 *
 * @category schemas
 * @since 0.1.0
 */
export type Struct<Fields extends Schema.Struct.Fields> = [Fields] extends [never] ? never : Schema.Struct<Fields>

/**
 * The codec for a body in JSON, or `never` where there is none.
 *
 * @category schemas
 * @since 0.1.0
 */
export type Json<S extends Schema.Top> = [S] extends [never] ? never : Schema.toCodecJson<S>

const make = <Method extends HttpMethod.HttpMethod>(method: Method) =>
<
  const Identifier extends string,
  const Path extends HttpRouter.PathInput,
  Success extends Schema.Top,
  Params extends Schema.Struct.Fields = never,
  Query extends Schema.Struct.Fields = never,
  Payload extends Schema.Top = never
>(
  identifier: Identifier,
  path: Path,
  { params, payload, query, success }: {
    readonly params?: Params
    readonly query?: Query
    readonly payload?: Payload
    readonly success: Success
  }
): Endpoint<
  Identifier,
  Method,
  Path,
  Struct<Params>,
  Struct<Query>,
  Json<Payload>,
  Schema.toCodecJson<Success>
> =>
  new Endpoint({
    identifier,
    method,
    path,
    params: params && Schema.Struct(params),
    query: query && Schema.Struct(query),
    payload: new Map(
      payload && [[json, { encoding: { _tag: "Json", contentType: json }, schemas: [Schema.toCodecJson(payload)] }]]
    ),
    success: new Set([Schema.toCodecJson(success)]),
    annotations: Context.empty()
  })

const json = "application/json"

/**
 * Describes an operation with the method GET.
 *
 * @category constructors
 * @since 0.1.0
 */
export const get = make("GET")

/**
 * Describes an operation with the method PUT.
 *
 * @category constructors
 * @since 0.1.0
 */
export const put = make("PUT")

const del = make("DELETE")

export {
  /**
   * Describes an operation with the method DELETE.
   *
   * @category constructors
   * @since 0.1.0
   */
  del as delete
}

/**
 * Schema for responses with status 200 and no content that counts.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Empty: Schema.Void = Schema.Void.annotate({ httpApiStatus: 200 })
