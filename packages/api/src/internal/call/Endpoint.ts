/**
 * Encoder and decoder of an operation, made once from its endpoint in the contract.
 *
 * **Details**
 *
 * Effect's `HttpApiClient` does the same for every kind of endpoint, with effects for each call. The endpoints of the
 * contract have JSON bodies or none, which are encoded and decoded without effects.
 */
import * as Arrays from "effect/Array"
import * as Exit from "effect/Exit"
import * as Headers from "effect/http/Headers"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as UrlParams from "effect/http/UrlParams"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import * as Schema from "effect/Schema"
import type * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import type * as Contract from "../../contract/Endpoint.ts"
import type * as EndpointGroup from "../../contract/EndpointGroup.ts"
import * as Issue from "./Issue.ts"
import * as Operation from "./Operation.ts"
import * as Success from "./Success.ts"

// =============================================================================
// Model
// =============================================================================

export interface Endpoint {
  readonly operation: Operation.Operation
  /** Encodes the arguments into a request below the API's base. */
  readonly encode: (given: Arguments) => Coded<HttpClientRequest.HttpClientRequest>
  /** Returns the request for another path and query below the same base, whose response this endpoint decodes. */
  readonly follow: (path: string) => HttpClientRequest.HttpClientRequest
  /** Decodes the body of a successful response. */
  readonly decode: (status: number, text: string) => Coded<unknown>
}

/** An encoded or decoded value, or the first thing that does not fit. */
type Coded<A> = Exit.Exit<A, Issue.FirstIssue>

/** The arguments of a method of `Operations`. */
export interface Arguments {
  readonly params?: unknown
  readonly query?: unknown
  readonly payload?: unknown
}

type Endpoints = Readonly<Record<string, Endpoint>>

// =============================================================================
// Constructor
// =============================================================================

/** Returns the endpoints of a group by name, and throws when one needs what this module cannot encode. */
export const ofGroup = (apiUrl: string, group: EndpointGroup.Constraint): Endpoints =>
  Record.map(readable(group.endpoints), (endpoint) => {
    const operation = Operation.of(group, endpoint)
    return {
      operation,
      encode: encoderOf(apiUrl, operation.name, endpoint),
      follow: (path) => request("GET", `${apiUrl}${path}`, UrlParams.empty),
      decode: operation.hasContent ? decoderOf(Array.from(endpoint.success)) : done
    }
  })

/** The endpoints of either kind of group are readable, which the type of all of Effect's groups does not say. */
const readable = (endpoints: EndpointGroup.Constraint["endpoints"]) =>
  endpoints as unknown as Readonly<Record<string, Contract.Readable>>

// =============================================================================
// Requests
// =============================================================================

const encoderOf = (apiUrl: string, operation: string, endpoint: Contract.Readable): Endpoint["encode"] => {
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

/** Returns the encoder of an argument. */
const encoder = (schema: Schema.Top): (value: unknown) => Coded<unknown> => {
  const encode = SchemaParser.encodeUnknownExit(serviceless(schema))
  return (value) => toCoded(encode(value))
}

/** No schema of a client's endpoint needs services, which the type of all of them cannot say. */
const serviceless = (schema: Schema.Top) => schema as Schema.Codec<unknown, unknown>

const toCoded = <A>(exit: Exit.Exit<A, SchemaIssue.Issue>): Coded<A> => Exit.mapError(exit, Issue.first)

/** Returns the encoder of a path, which is cut once into texts and the parameters that follow them. */
const pathOf = ({ params, path }: Contract.Readable): (value: unknown) => Coded<string> => {
  if (params === undefined) {
    const fixed = Exit.succeed(path)
    return () => fixed
  }
  const write = encoder(params)
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

/** Returns whether a value can be a path segment: dots would name another place, and a lone surrogate cannot be encoded. */
const isSegment = (value: string): boolean => value !== "" && value !== "." && value !== ".." && value.isWellFormed()

const queryOf = ({ query }: Contract.Readable): (value: unknown) => Coded<UrlParams.UrlParams> => {
  const none = Exit.succeed(UrlParams.empty)
  if (query === undefined) return () => none
  const write = encoder(query)
  return (value) => {
    const written = write(value)
    if (Exit.isFailure(written)) return Exit.failCause(written.cause)
    // Endpoints of either kind encode their queries as strings and lists of strings.
    const params = written.value as UrlParams.CoercibleRecord
    for (const _ in params) return Exit.succeed(UrlParams.fromInput(params))
    return none
  }
}

const bodyOf = (
  operation: string,
  { headers, payload }: Contract.Readable
): ((value: unknown) => Coded<HttpBody.HttpBody>) | undefined => {
  const [first, ...others] = Array.from(payload.values())
  if (headers !== undefined || others.length > 0 || (first !== undefined && first.encoding._tag !== "Json")) {
    throw new Error(`SpotifyClient cannot send ${operation}: it takes headers, or a body that is no JSON.`)
  }
  if (first === undefined) return undefined
  const { contentType } = first.encoding
  const write = encoder(Schema.Union(first.schemas))
  return (value) => Exit.map(write(value), (json) => HttpBody.text(JSON.stringify(json), contentType))
}

// =============================================================================
// Responses
// =============================================================================

/** Accepts any body: Spotify responds to writes with 200, 201, 202 and 204, and with words that are no JSON. */
const done: Endpoint["decode"] = () => Exit.void

const decoderOf = (successes: ReadonlyArray<Schema.Top>): Endpoint["decode"] => {
  const declared = Object.entries(Arrays.groupBy(successes, (schema) => String(Success.statusOf(schema))))
    .map(([status, [first, ...others]]) => {
      const schema = others.length === 0 ? first : Schema.Union([first, ...others])
      return {
        status: Number(status),
        isEmpty: Success.isEmpty(schema),
        decode: SchemaParser.decodeUnknownExit(serviceless(schema))
      }
    })
  const mayBeEmpty = declared.some(({ isEmpty }) => isEmpty)
  const full = declared.filter(({ isEmpty }) => !isEmpty)
  /** Spotify mixes up the statuses of successes: any of them counts as the declared one when there is only one. */
  const decoderFor = (status: number) => {
    const exact = full.find((success) => success.status === status)
    return (exact ?? (full.length === 1 && status >= 200 && status < 300 ? full[0] : undefined))?.decode
  }
  return (status, text) => {
    if (text === "" && mayBeEmpty) return Exit.void
    const decode = decoderFor(status)
    if (decode === undefined) return Exit.fail({ path: "", detail: "undeclared status code" })
    // An empty body is no JSON, but a schema may accept it.
    if (text === "") return toCoded(decode(undefined))
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      return toCoded(explain(text))
    }
    return toCoded(decode(json))
  }
}

/** Explains in a schema's words why a text is no JSON. */
const explain = SchemaParser.decodeUnknownExit(Schema.fromJsonString(Schema.Unknown))
