/**
 * An operation of the contract, read once: how its arguments are written into a request, and its answers read.
 *
 * Effect's `HttpApiClient` does the same for every kind of endpoint there is, as an effect each time. Ours have JSON at most
 * in their bodies, and are read and written without one.
 */
import * as Exit from "effect/Exit"
import * as HttpApi from "effect/http-api/HttpApi"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import type * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Headers from "effect/http/Headers"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as UrlParams from "effect/http/UrlParams"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import * as Issue from "./Issue.ts"
import * as Operation from "./Operation.ts"

// =============================================================================
// Model
// =============================================================================

export interface Endpoint {
  readonly operation: Operation.Operation
  /** The request below the API's base, or what is wrong with an argument. */
  readonly encode: (given: Arguments) => Read<HttpClientRequest.HttpClientRequest>
  /** The request for another path and query below the same base, its answer to be read as this operation's. */
  readonly follow: (path: string) => HttpClientRequest.HttpClientRequest
  /** What an answer that is a success says, or what about it is none. */
  readonly decode: (status: number, text: string) => Read<unknown>
}

/** What was encoded or decoded, or the first thing that does not fit. */
type Read<A> = Exit.Exit<A, Issue.FirstIssue>

/** What a method of `Operations` is called with. */
export interface Arguments {
  readonly params?: unknown
  readonly query?: unknown
  readonly payload?: unknown
}

type Endpoints = Readonly<Record<string, Endpoint>>

// =============================================================================
// Constructor
// =============================================================================

/** The endpoints of a group, by their names. Throws at what they have and this cannot write. */
export const ofGroup = (apiUrl: string, group: HttpApiGroup.Constraint): Endpoints => {
  const endpoints: Record<string, Endpoint> = {}
  HttpApi.reflect(HttpApi.make("spotify").add<[HttpApiGroup.Constraint]>(group), {
    onGroup: () => {},
    onEndpoint: ({ endpoint, group, successes }) => {
      const operation = Operation.of(group, endpoint)
      endpoints[endpoint.identifier] = {
        operation,
        encode: encoderOf(apiUrl, operation.name, endpoint),
        follow: (path) => request("GET", `${apiUrl}${path}`, UrlParams.empty),
        decode: operation.answers ? decoderOf(successes) : done
      }
    }
  })
  return endpoints
}

// =============================================================================
// Requests
// =============================================================================

const encoderOf = (apiUrl: string, operation: string, endpoint: HttpApiEndpoint.Top): Endpoint["encode"] => {
  const { method } = endpoint
  const path = pathOf(endpoint)
  const query = queryOf(endpoint)
  const body = bodyOf(operation, endpoint)
  return (given) => {
    const written = path(given.params)
    if (Exit.isFailure(written)) return Exit.failCause(written.cause)
    const asked = query(given.query)
    if (Exit.isFailure(asked)) return Exit.failCause(asked.cause)
    const plain = request(method, `${apiUrl}${written.value}`, asked.value)
    if (body === undefined) return Exit.succeed(plain)
    return Exit.map(body(given.payload), (sent) => HttpClientRequest.setBody(plain, sent))
  }
}

const request = (method: string, url: string, query: UrlParams.UrlParams): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.makeWith(method, url, query, Option.none(), Headers.empty, HttpBody.empty)

/** What an argument is on the wire. */
const writer = (schema: Schema.Top): (value: unknown) => Read<unknown> => {
  const encode = SchemaParser.encodeUnknownExit(serviceless(schema))
  return (value) => read(encode(value))
}

/** No schema of an endpoint that a client calls needs services, which the type of all of them cannot say. */
const serviceless = (schema: Schema.Top) => schema as Schema.Codec<unknown, unknown>

const read = <A>(exit: Exit.Exit<A, SchemaIssue.Issue>): Read<A> => Exit.mapError(exit, Issue.first)

/** A path in pieces: what stands before each of its parameters, and the parameter's name. */
const pathOf = ({ params, path }: HttpApiEndpoint.Top): (value: unknown) => Read<string> => {
  if (params === undefined) {
    const fixed = Exit.succeed(path)
    return () => fixed
  }
  const write = writer(params)
  const pieces = Array.from(path.matchAll(/([^:]*)(?::(\w+))?/g), ([, text = "", name]) => ({ text, name }))
  return (value) => {
    const written = write(value)
    if (Exit.isFailure(written)) return Exit.failCause(written.cause)
    let filled = ""
    for (const { name, text } of pieces) {
      filled += text
      if (name === undefined) continue
      const segment = Predicate.hasProperty(written.value, name) ? written.value[name] : undefined
      if (typeof segment !== "string" || !isSegment(segment)) {
        return Exit.fail({ path: name, detail: "it cannot stand in a path" })
      }
      filled += encodeURIComponent(segment)
    }
    return Exit.succeed(filled)
  }
}

/** Dots would name another place; half a surrogate pair cannot be encoded. */
const isSegment = (value: string): boolean => value !== "" && value !== "." && value !== ".." && value.isWellFormed()

const queryOf = ({ query }: HttpApiEndpoint.Top): (value: unknown) => Read<UrlParams.UrlParams> => {
  const none = Exit.succeed(UrlParams.empty)
  if (query === undefined) return () => none
  const write = writer(query)
  return (value) => {
    const written = write(value)
    if (Exit.isFailure(written)) return Exit.failCause(written.cause)
    // A query is an object of texts and lists of texts, as `HttpApiEndpoint` sees to.
    const params = written.value as UrlParams.CoercibleRecord
    for (const _ in params) return Exit.succeed(UrlParams.fromInput(params))
    return none
  }
}

const bodyOf = (
  operation: string,
  { headers, payload }: HttpApiEndpoint.Top
): ((value: unknown) => Read<HttpBody.HttpBody>) | undefined => {
  const [first, ...others] = Array.from(payload.values())
  if (headers !== undefined || others.length > 0 || (first !== undefined && first.encoding._tag !== "Json")) {
    throw new Error(`SpotifyClient cannot send ${operation}: it takes headers, or a body that is no JSON.`)
  }
  if (first === undefined) return undefined
  const { contentType } = first.encoding
  const write = writer(Schema.Union(first.schemas))
  return (value) => Exit.map(write(value), (json) => HttpBody.text(JSON.stringify(json), contentType))
}

// =============================================================================
// Answers
// =============================================================================

/** Spotify has answered writes with 200, 201, 202 and 204, and with words that are no JSON: all of it means "done". */
const done: Endpoint["decode"] = () => Exit.void

const decoderOf = (
  successes: ReadonlyMap<number, readonly [Schema.Top, ...Array<Schema.Top>]>
): Endpoint["decode"] => {
  const declared = Array.from(successes, ([status, [first, ...others]]) => {
    const schema = others.length === 0 ? first : Schema.Union([first, ...others])
    return {
      status,
      isEmpty: HttpApiSchema.isNoContent(schema.ast),
      decode: SchemaParser.decodeUnknownExit(serviceless(schema))
    }
  })
  const mayBeEmpty = declared.some(({ isEmpty }) => isEmpty)
  const full = declared.filter(({ isEmpty }) => !isEmpty)
  /** Spotify mixes its successes up: any of them counts as the declared one, as far as there is only one. */
  const decoderFor = (status: number) => {
    const exact = full.find((success) => success.status === status)
    return (exact ?? (full.length === 1 && status >= 200 && status < 300 ? full[0] : undefined))?.decode
  }
  return (status, text) => {
    if (text === "" && mayBeEmpty) return Exit.void
    const decode = decoderFor(status)
    if (decode === undefined) return Exit.fail({ path: "", detail: "undeclared status code" })
    // Nothing at all is no JSON, but may be what a schema takes.
    if (text === "") return read(decode(undefined))
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      return read(explain(text))
    }
    return read(decode(json))
  }
}

/** Says as a schema does what is no JSON. */
const explain = SchemaParser.decodeUnknownExit(Schema.fromJsonString(Schema.Unknown))
