/**
 * Reads the operations of this package's contract.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import * as Annotations from "../src/contract/Annotations.ts"
import { SpotifyApi } from "../src/contract/SpotifyApi.ts"
import { JsonSchema, nothing, requires, shapeOf } from "./JsonSchema.ts"
import type { Operation, Parameter } from "./Operation.ts"

const Document = Schema.Struct({
  paths: Schema.Record(
    Schema.String,
    Schema.Record(
      Schema.String,
      Schema.Struct({
        responses: Schema.Record(
          Schema.String,
          Schema.Struct({
            content: Schema.optionalKey(Schema.Record(Schema.String, Schema.Struct({ schema: JsonSchema })))
          })
        ),
        requestBody: Schema.optionalKey(
          Schema.Struct({ content: Schema.Record(Schema.String, Schema.Struct({ schema: JsonSchema })) })
        )
      })
    )
  ),
  components: Schema.optionalKey(
    Schema.Struct({ schemas: Schema.optionalKey(Schema.Record(Schema.String, JsonSchema)) })
  )
})

const decodeDocument = Schema.decodeUnknownEffect(Document)
const decodeQuery = Schema.decodeUnknownEffect(JsonSchema)

/** Reads the parameters of a query from their types, since the encoded form of each is a string. */
const parametersOf = Effect.fnUntraced(function*(schema: Schema.Top | undefined) {
  if (schema === undefined) return []
  const document = Schema.toJsonSchemaDocument(Schema.toType(schema))
  const query = yield* decodeQuery(document.schema)
  const definitions = yield* Effect.forEach(
    Object.entries(document.definitions),
    ([name, definition]) => Effect.map(decodeQuery(definition), (schema) => [name, schema] as const)
  )
  const resolve = (ref: string) => new Map(definitions).get(ref.split("/").at(-1) ?? "")
  return Object.entries(query.properties ?? {}).map(([name, property]): readonly [string, Parameter] => {
    const inner = property.$ref === undefined ? property : resolve(property.$ref) ?? property
    const limits = [inner, ...inner.allOf ?? []]
    return [name, {
      in: "query",
      isRequired: requires(query, name),
      minimum: least(limits.map(({ minimum }) => minimum), Math.max),
      maximum: least(limits.map(({ maximum }) => maximum), Math.min),
      maxItems: least(limits.map(({ maxItems }) => maxItems), Math.min),
      values: inner.enum === undefined ? undefined : new Set(inner.enum.map(String))
    }]
  })
})

/** Returns the tightest of several limits, without the range that every integer has. */
const least = (limits: ReadonlyArray<number | undefined>, tightest: (...limits: ReadonlyArray<number>) => number) => {
  const given = limits.filter((limit): limit is number =>
    limit !== undefined && Math.abs(limit) < Number.MAX_SAFE_INTEGER
  )
  return given.length === 0 ? undefined : tightest(...given)
}

/** The operations of the contract. */
export const operations: Effect.Effect<ReadonlyArray<Operation>, Schema.SchemaError> = Effect.gen(function*() {
  const document = yield* decodeDocument(OpenApi.fromApi(SpotifyApi))
  const resolve = (ref: string) => document.components?.schemas?.[ref.split("/").at(-1) ?? ""]
  const described: Array<Effect.Effect<Operation, Schema.SchemaError>> = []
  HttpApi.reflect(SpotifyApi, {
    onGroup: () => {},
    onEndpoint: ({ endpoint }) => {
      const path = endpoint.path.replace(/:(\w+)/g, "{$1}")
      const method = endpoint.method.toLowerCase()
      const entry = document.paths[path]?.[method]
      const { optional, required } = Context.get(endpoint.annotations, Annotations.Scopes)
      const success = Object.entries(entry?.responses ?? {}).filter(([status]) => status.startsWith("2"))
      described.push(Effect.map(parametersOf(endpoint.query), (parameters): Operation => ({
        method,
        path,
        parameters: new Map(parameters),
        scopes: new Set<string>([...required.flat(), ...optional]),
        isRestricted: Context.get(endpoint.annotations, Annotations.Audience) !== "everyone",
        statuses: new Set(success.map(([status]) => status)),
        answer: shapeOf(success[0]?.[1].content?.["application/json"]?.schema, resolve),
        body: entry?.requestBody === undefined
          ? nothing
          : shapeOf(entry.requestBody.content["application/json"]?.schema, resolve)
      })))
    }
  })
  return yield* Effect.all(described)
})
