/**
 * Compares a recorded object with what its decoded model encodes to.
 */
import type * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { isObject, type JsonObject } from "./RecordedObjects.ts"

/** Returns the fields of the model whose encoded values differ from the recorded ones. Other fields may be lost. */
export const lost = (recorded: JsonObject, schema: Schema.Constraint, encoded: unknown): ReadonlyArray<string> =>
  fieldsOf(SchemaAST.toEncoded(schema.ast))
    .filter(({ name, type }) => !isSame(recorded[name], isObject(encoded) ? encoded[name] : undefined, name, type))
    .map(({ name }) => name)

const isSame = (recorded: unknown, encoded: unknown, key: string, ast: SchemaAST.AST): boolean => {
  if (isNothing(recorded)) return isNothing(encoded) || key === "type"
  if (Array.isArray(recorded)) {
    const rows = recorded.filter((row) => row !== null)
    const kept = Array.isArray(encoded) ? encoded.filter((row) => row !== null) : []
    const row = rowOf(ast)
    return kept.length === rows.length && rows.every((value, index) => isSame(value, kept[index], key, row))
  }
  if (isObject(recorded)) {
    if (recorded === encoded || recorded["totalMilliseconds"] === encoded) return true
    return isObject(encoded)
      && fieldsOf(ast).every(({ name, type }) => isSame(recorded[name], encoded[name], name, type))
  }
  if (typeof recorded === "string" && typeof encoded === "string") {
    if (key === "type") return recorded.toLowerCase() === encoded.toLowerCase()
    if (key === "added_at") return Date.parse(recorded) === Date.parse(encoded)
  }
  return recorded === encoded
}

/** Returns `true` for a value that means the same as an absent field: null, an empty string, array or object. */
const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || value === ""
  || (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.values(value).every(isNothing))

const fieldsOf = (ast: SchemaAST.AST): ReadonlyArray<{ readonly name: string; readonly type: SchemaAST.AST }> =>
  membersOf(ast).flatMap((member) => member._tag === "Objects" ? member.propertySignatures : [])
    .map(({ name, type }) => ({ name: String(name), type }))

const rowOf = (ast: SchemaAST.AST): SchemaAST.AST =>
  membersOf(ast).flatMap((member) => member._tag === "Arrays" ? member.rest : [])[0] ?? ast

const membersOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> =>
  ast._tag === "Union" ? ast.types.flatMap(membersOf) : ast._tag === "Declaration" ? describedBy(ast) : [ast]

/** Returns the schemas that describe a value whose parts are decoded one by one. */
const describedBy = (ast: SchemaAST.Declaration): ReadonlyArray<SchemaAST.AST> =>
  (ast.checks ?? []).flatMap((check) => check.annotations?.representation?.schemas ?? []).flatMap(membersOf)
