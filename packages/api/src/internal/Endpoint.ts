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
import * as Headers from "effect/http/Headers"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as UrlParams from "effect/http/UrlParams"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
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
  readonly encode: (given: Arguments) => Result.Result<HttpClientRequest.HttpClientRequest, Issue.FirstIssue>
  /** The request for another path and query below the same base, its answer to be read as this operation's. */
  readonly follow: (path: string) => HttpClientRequest.HttpClientRequest
  /** What an answer that is a success says, or what about it is none. */
  readonly decode: (status: number, text: string) => Result.Result<unknown, Issue.FirstIssue>
}

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
    if (Result.isFailure(written)) return Result.fail(written.failure)
    const asked = query(given.query)
    if (Result.isFailure(asked)) return Result.fail(asked.failure)
    const plain = request(method, `${apiUrl}${written.success}`, asked.success)
    return body === undefined
      ? Result.succeed(plain)
      : Result.map(body(given.payload), (body) => HttpClientRequest.setBody(plain, body))
  }
}

const request = (method: string, url: string, query: UrlParams.UrlParams): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.makeWith(method, url, query, Option.none(), Headers.empty, HttpBody.empty)

type Written<A> = Result.Result<A, Issue.FirstIssue>

/** What an argument is on the wire. */
const writer = (schema: Schema.Top): (value: unknown) => Written<unknown> => {
  const encode = SchemaParser.encodeUnknownExit(serviceless(schema))
  return (value) => resultOf(encode(value))
}

/** No schema of an endpoint that a client calls needs services, which the type of all of them cannot say. */
const serviceless = (schema: Schema.Top) => schema as Schema.Codec<unknown, unknown>

const resultOf = <A>(exit: Exit.Exit<A, SchemaIssue.Issue>): Written<A> => {
  if (Exit.isSuccess(exit)) return Result.succeed(exit.value)
  const issue = Option.getOrUndefined(Exit.findErrorOption(exit))
  return Result.fail(
    issue === undefined ? { path: "", detail: "what it needs to be encoded takes time" } : Issue.first(issue)
  )
}

const pathOf = ({ params, path }: HttpApiEndpoint.Top): (value: unknown) => Written<string> => {
  if (params === undefined) {
    const fixed = Result.succeed(path)
    return () => fixed
  }
  const write = writer(params)
  const segments = path.split("/")
  return (value) => {
    const written = write(value)
    if (Result.isFailure(written)) return Result.fail(written.failure)
    let filled = ""
    for (const segment of segments.slice(1)) {
      if (!segment.startsWith(":")) {
        filled += `/${segment}`
        continue
      }
      const name = segment.slice(1)
      const value = Predicate.hasProperty(written.success, name) ? written.success[name] : undefined
      if (typeof value !== "string" || !isSegment(value)) {
        return Result.fail({ path: name, detail: "it cannot stand in a path" })
      }
      filled += `/${encodeURIComponent(value)}`
    }
    return Result.succeed(filled)
  }
}

/** Dots would name another place; half a surrogate pair cannot be encoded. */
const isSegment = (value: string): boolean => value !== "" && value !== "." && value !== ".." && value.isWellFormed()

const queryOf = ({ query }: HttpApiEndpoint.Top): (value: unknown) => Written<UrlParams.UrlParams> => {
  const none = Result.succeed(UrlParams.empty)
  if (query === undefined) return () => none
  const write = writer(query)
  return (value) => {
    const written = write(value)
    if (Result.isFailure(written)) return Result.fail(written.failure)
    // A query is an object of texts and lists of texts, as `HttpApiEndpoint` sees to.
    const params = written.success as UrlParams.CoercibleRecord
    for (const _ in params) return Result.succeed(UrlParams.fromInput(params))
    return none
  }
}

const bodyOf = (
  operation: string,
  { headers, payload }: HttpApiEndpoint.Top
): ((value: unknown) => Written<HttpBody.HttpBody>) | undefined => {
  const [first, ...others] = Array.from(payload.values())
  if (headers !== undefined || others.length > 0 || (first !== undefined && first.encoding._tag !== "Json")) {
    throw new Error(`SpotifyClient cannot send ${operation}: it takes headers, or a body that is no JSON.`)
  }
  if (first === undefined) return undefined
  const { contentType } = first.encoding
  const write = writer(Schema.Union(first.schemas))
  return (value) => Result.map(write(value), (json) => HttpBody.text(JSON.stringify(json), contentType))
}

// =============================================================================
// Answers
// =============================================================================

/** Spotify has answered writes with 200, 201, 202 and 204, and with words that are no JSON: all of it means "done". */
const done: Endpoint["decode"] = () => Result.succeed(undefined)

const decoderOf = (
  successes: ReadonlyMap<number, readonly [Schema.Top, ...Array<Schema.Top>]>
): Endpoint["decode"] => {
  const decoders = new Map(Array.from(successes, ([status, [first, ...others]]) => [
    status,
    SchemaParser.decodeUnknownExit(serviceless(others.length === 0 ? first : Schema.Union([first, ...others])))
  ]))
  return (status, text) => {
    const decode = decoders.get(status)
    if (decode === undefined) return Result.fail({ path: "", detail: "undeclared status code" })
    const json = parse(text)
    return Result.isFailure(json) ? Result.fail(json.failure) : resultOf(decode(json.success))
  }
}

/** Nothing at all is no JSON, but may be an answer. */
const parse = (text: string): Written<unknown> => {
  if (text === "") return Result.succeed(undefined)
  try {
    return Result.succeed(JSON.parse(text))
  } catch {
    return resultOf(explain(text))
  }
}

/** Says as a schema does what is no JSON. */
const explain = SchemaParser.decodeUnknownExit(Schema.fromJsonString(Schema.Unknown))
