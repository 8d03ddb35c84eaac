/**
 * Converts JSON Schemas to shapes that can be compared.
 */
import * as Schema from "effect/Schema"

// =============================================================================
// Schema
// =============================================================================

/** The part of a JSON Schema that is compared, in the dialects of OpenAPI 3.0 and 3.1. */
export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string | ReadonlyArray<string>
  readonly nullable?: boolean
  readonly deprecated?: boolean
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: boolean | JsonSchema
  /** Names of required properties. Spotify's file also has `true` here, which names none. */
  readonly required?: ReadonlyArray<string> | boolean
  readonly items?: JsonSchema
  readonly allOf?: ReadonlyArray<JsonSchema>
  readonly oneOf?: ReadonlyArray<JsonSchema>
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly enum?: ReadonlyArray<unknown>
  readonly minimum?: number
  readonly maximum?: number
  readonly maxItems?: number
}

const self = Schema.suspend((): Schema.Codec<JsonSchema> => JsonSchema)

/** Schema of {@link JsonSchema}. */
export const JsonSchema = Schema.Struct({
  $ref: Schema.optionalKey(Schema.String),
  type: Schema.optionalKey(Schema.Union([Schema.String, Schema.Array(Schema.String)])),
  nullable: Schema.optionalKey(Schema.Boolean),
  deprecated: Schema.optionalKey(Schema.Boolean),
  description: Schema.optionalKey(Schema.String),
  properties: Schema.optionalKey(Schema.Record(Schema.String, self)),
  additionalProperties: Schema.optionalKey(Schema.Union([Schema.Boolean, self])),
  required: Schema.optionalKey(Schema.Union([Schema.Array(Schema.String), Schema.Boolean])),
  items: Schema.optionalKey(self),
  allOf: Schema.optionalKey(Schema.Array(self)),
  oneOf: Schema.optionalKey(Schema.Array(self)),
  anyOf: Schema.optionalKey(Schema.Array(self)),
  enum: Schema.optionalKey(Schema.Array(Schema.Unknown)),
  minimum: Schema.optionalKey(Schema.Finite),
  maximum: Schema.optionalKey(Schema.Finite),
  maxItems: Schema.optionalKey(Schema.Finite)
})

// =============================================================================
// Shape
// =============================================================================

/** A field of an object. */
export interface Field {
  readonly shape: Shape
  readonly isRequired: boolean
  readonly isDeprecated: boolean
}

/** The form of a value; fields of one name in several alternatives are merged. */
export interface Shape {
  /** `"string"`, `"integer"`, `"number"`, `"boolean"`, `"object"`, `"array"`, `"null"`; empty when not stated. */
  readonly types: ReadonlySet<string>
  readonly fields: ReadonlyMap<string, Field>
  /** Form of fields with other names; `undefined` when there may be none. */
  readonly others: Shape | undefined
  readonly items: Shape | undefined
  readonly values: ReadonlySet<string> | undefined
  /** Each alternative by itself, when several have fields. */
  readonly alternatives: ReadonlyArray<Shape>
}

/** The shape of which nothing is stated. */
export const nothing: Shape = {
  types: new Set(),
  fields: new Map(),
  others: undefined,
  items: undefined,
  values: undefined,
  alternatives: []
}

type Resolve = (ref: string) => JsonSchema | undefined

/** Converts a schema. A reference to a schema that is being converted becomes a shape without statements. */
export const shapeOf = (
  schema: JsonSchema | undefined,
  resolve: Resolve,
  within: ReadonlyArray<string> = []
): Shape => {
  if (schema === undefined) return nothing
  const of = (inner: JsonSchema | undefined) => shapeOf(inner, resolve, within)
  const { $ref } = schema
  const referenced = $ref === undefined || within.includes($ref)
    ? nothing
    : shapeOf(resolve($ref), resolve, [...within, $ref])
  const own: Shape = {
    types: new Set([
      ...(typeof schema.type === "string" ? [schema.type] : schema.type ?? []),
      ...(schema.nullable === true ? ["null"] : [])
    ]),
    fields: new Map(
      Object.entries(schema.properties ?? {}).map(([name, property]) => [name, {
        shape: of(property),
        isRequired: requires(schema, name),
        isDeprecated: isDeprecated(property, resolve)
      }])
    ),
    others: typeof schema.additionalProperties === "object" ? of(schema.additionalProperties) : undefined,
    items: schema.items === undefined ? undefined : of(schema.items),
    values: schema.enum === undefined ? undefined : new Set(schema.enum.map(String)),
    alternatives: []
  }
  const options = [...schema.oneOf ?? [], ...schema.anyOf ?? []].map(of)
  const parts = [own, referenced, ...(schema.allOf ?? []).map(of)]
  const all = [...parts, ...options].reduce(merge, nothing)
  const withFields = options.filter(({ fields }) => fields.size > 0)
  return withFields.length < 2
    ? all
    : { ...all, alternatives: withFields.map((option) => [...parts, option].reduce(merge, nothing)) }
}

/** Returns `true` when a schema requires a property. */
export const requires = ({ required }: JsonSchema, name: string): boolean =>
  typeof required === "object" && required.includes(name)

const isDeprecated = (schema: JsonSchema, resolve: Resolve): boolean =>
  schema.deprecated === true
  || (schema.$ref !== undefined && resolve(schema.$ref)?.deprecated === true)

const merge = (a: Shape, b: Shape): Shape => ({
  types: new Set([...a.types, ...b.types]),
  fields: new Map([...a.fields, ...b.fields]),
  others: either(a.others, b.others),
  items: either(a.items, b.items),
  values: a.values === undefined || b.values === undefined ? a.values ?? b.values : new Set([...a.values, ...b.values]),
  alternatives: [...a.alternatives, ...b.alternatives]
})

const either = (a: Shape | undefined, b: Shape | undefined): Shape | undefined =>
  a === undefined || b === undefined ? a ?? b : merge(a, b)
