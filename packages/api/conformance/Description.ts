/**
 * Reads the operations of an OpenAPI description of the Web API, such as Spotify's own.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Yaml from "yaml"
import { JsonSchema, nothing, shapeOf } from "./JsonSchema.ts"
import type { Operation, Parameter } from "./Operation.ts"

// =============================================================================
// Document
// =============================================================================

const Reference = Schema.Struct({ $ref: Schema.String })
const orReference = <S extends Schema.Constraint>(schema: S) => Schema.Union([Reference, schema])

const MediaTypes = Schema.Record(Schema.String, Schema.Struct({ schema: Schema.optionalKey(JsonSchema) }))

const ParameterObject = Schema.Struct({
  name: Schema.String,
  in: Schema.String,
  required: Schema.optionalKey(Schema.Boolean),
  description: Schema.optionalKey(Schema.String),
  schema: Schema.optionalKey(JsonSchema)
})

const Response = Schema.Struct({ content: Schema.optionalKey(MediaTypes) })

const OperationObject = Schema.Struct({
  deprecated: Schema.optionalKey(Schema.Boolean),
  parameters: Schema.optionalKey(Schema.Array(orReference(ParameterObject))),
  requestBody: Schema.optionalKey(orReference(Schema.Struct({ content: MediaTypes }))),
  responses: Schema.Record(Schema.String, orReference(Response)),
  security: Schema.optionalKey(Schema.Array(Schema.Record(Schema.String, Schema.Array(Schema.String))))
})

const PathItem = Schema.Struct({
  parameters: Schema.optionalKey(Schema.Array(orReference(ParameterObject))),
  get: Schema.optionalKey(OperationObject),
  put: Schema.optionalKey(OperationObject),
  post: Schema.optionalKey(OperationObject),
  delete: Schema.optionalKey(OperationObject),
  patch: Schema.optionalKey(OperationObject)
})

const Document = Schema.Struct({
  paths: Schema.Record(Schema.String, PathItem),
  components: Schema.optionalKey(Schema.Struct({
    schemas: Schema.optionalKey(Schema.Record(Schema.String, JsonSchema)),
    parameters: Schema.optionalKey(Schema.Record(Schema.String, ParameterObject)),
    responses: Schema.optionalKey(Schema.Record(Schema.String, Response)),
    requestBodies: Schema.optionalKey(Schema.Record(Schema.String, Schema.Struct({ content: MediaTypes })))
  }))
})

const decodeDocument = Schema.decodeUnknownEffect(Document)

/** The error of a text that is no OpenAPI description. Its message is one line, without a subject. */
export class UnreadableDescription extends Data.TaggedError("UnreadableDescription")<{ readonly message: string }> {
  static readonly because = (what: string, detail: string): UnreadableDescription =>
    new UnreadableDescription({ message: `${what} (${detail.trim().replaceAll(/\s*\n\s*/g, " ").slice(0, 200)})` })
}

// =============================================================================
// Operations
// =============================================================================

/** Finds the limit of a comma-separated list, which descriptions state in words only. */
const maxItemsIn = (description: string | undefined): number | undefined => {
  const said = /maximum(?: of)?:?\s*(\d+)\s*(?:IDs|URIs|items)/i.exec(description ?? "")
    ?? /up to (\d+) seed values/i.exec(description ?? "")
  return said === null ? undefined : Number(said[1])
}

/** Reads the operations of a description in YAML or JSON. */
export const operations = Effect.fnUntraced(function*(
  text: string
): Effect.fn.Return<ReadonlyArray<Operation>, UnreadableDescription> {
  const parsed = yield* Effect.try({
    // Spotify's own file has some keys twice.
    try: (): unknown => Yaml.parse(text, { uniqueKeys: false }),
    catch: (cause) =>
      // The lines after the first show the place in the text.
      UnreadableDescription.because("is neither YAML nor JSON", String(cause).split(":\n")[0] ?? "")
  })
  const document = yield* Effect.mapError(
    decodeDocument(parsed),
    ({ message }) => UnreadableDescription.because("is no OpenAPI description", message)
  )
  const { parameters = {}, requestBodies = {}, responses = {}, schemas = {} } = document.components ?? {}
  const last = (ref: string) => ref.split("/").at(-1) ?? ""
  const schema = (ref: string): JsonSchema | undefined => schemas[last(ref)]

  const parameterOf = (given: typeof ParameterObject.Type): readonly [string, Parameter] => {
    const inner = given.schema?.$ref === undefined ? given.schema : schema(given.schema.$ref)
    return [given.name, {
      in: given.in,
      isRequired: given.required ?? false,
      minimum: inner?.minimum,
      maximum: inner?.maximum,
      maxItems: inner?.maxItems ?? maxItemsIn(inner?.description ?? given.description),
      values: valuesOf(inner?.enum ?? inner?.items?.enum)
    }]
  }

  return Object.entries(document.paths).flatMap(([path, item]) => {
    const shared = item.parameters ?? []
    return (["get", "put", "post", "delete", "patch"] as const).flatMap((method): ReadonlyArray<Operation> => {
      const operation = item[method]
      if (operation === undefined) return []
      const given = [...shared, ...operation.parameters ?? []].flatMap((parameter) => {
        const found = "$ref" in parameter ? parameters[last(parameter.$ref)] : parameter
        return found === undefined ? [] : [parameterOf(found)]
      })
      const success = Object.entries(operation.responses).filter(([status]) => status.startsWith("2"))
      const first = success[0]?.[1]
      const response = first !== undefined && "$ref" in first ? responses[last(first.$ref)] : first
      const body = operation.requestBody !== undefined && "$ref" in operation.requestBody
        ? requestBodies[last(operation.requestBody.$ref)]
        : operation.requestBody
      return [{
        method,
        path,
        parameters: new Map(given),
        scopes: new Set((operation.security ?? []).flatMap((scheme) => Object.values(scheme).flat())),
        isRestricted: operation.deprecated ?? false,
        statuses: new Set(success.map(([status]) => status)),
        answer: shapeOf(response?.content?.["application/json"]?.schema, schema),
        body: body === undefined ? nothing : shapeOf(body.content["application/json"]?.schema, schema)
      }]
    })
  })
})

const valuesOf = (values: ReadonlyArray<unknown> | undefined): ReadonlySet<string> | undefined =>
  values === undefined ? undefined : new Set(values.map(String))
