/**
 * Plugin for TypeDoc that writes types by the names that modules export them under.
 *
 * **Details**
 *
 * The compiler knows a type such as `typeof Market.Type` only as the union of 250 countries, and the type of a service only
 * as an object. It comes before `EffectIdioms`, which takes apart what names a service.
 *
 * The type of an endpoint or a group of them has all of its parameters in it, and is left out.
 */
import {
  type Application,
  ArrayType,
  type Context,
  Converter,
  DeclarationReflection,
  makeRecursiveVisitor,
  OptionalType,
  ParameterReflection,
  type ProjectReflection,
  QueryType,
  ReferenceType,
  type Reflection,
  ReflectionKind,
  ReflectionType,
  SignatureReflection,
  type SomeType,
  type TranslatedString,
  TypeOperatorType,
  UnionType
} from "typedoc"
import type ts from "typescript"
import { serviceOf } from "./EffectIdioms.ts"

// =============================================================================
// Names
// =============================================================================

/** The members of a union, in any order; undefined for one with members that have no name. */
const unionKey = (members: ReadonlyArray<string | undefined>): string | undefined =>
  members.includes(undefined) ? undefined : members.toSorted().join(" | ")

/** Names of fields, except for the tag: TypeDoc leaves that out of the members of a `Data.TaggedEnum`. */
const keyOfFields = (fields: ReadonlyArray<{ readonly name: string }>): string =>
  `{ ${fields.map(({ name }) => name).filter((name) => name !== "_tag").toSorted().join(", ")} }`

const keyOfMember = (type: ts.Type): string | undefined => {
  if (type.isStringLiteral()) return JSON.stringify(type.value)
  if (type.isClass()) return type.symbol.name
  return type.symbol?.name.startsWith("__") ? keyOfFields(type.getProperties()) : undefined
}

const isUndefined = (type: SomeType): boolean => type.type === "intrinsic" && type.name === "undefined"

const keyOfUnion = (types: ReadonlyArray<SomeType>): string | undefined =>
  unionKey(types.map((type) => {
    if (type.type === "literal") return JSON.stringify(type.value)
    if (type instanceof ReflectionType) return keyOfFields(type.declaration.children ?? [])
    return type instanceof ReferenceType ? type.name : undefined
  }))

interface Names {
  /** The exported aliases of unions, by their members. */
  readonly unions: Map<string, DeclarationReflection>
  /** The tags of services, by the symbol of what the service has. */
  readonly services: Map<unknown, DeclarationReflection>
}

const addAlias = ({ unions }: Names, context: Context, alias: DeclarationReflection): void => {
  const symbol = context.getSymbolFromReflection(alias)
  const type = symbol === undefined ? undefined : context.checker.getDeclaredTypeOfSymbol(symbol)
  const key = type?.isUnion() === true ? unionKey(type.types.map(keyOfMember)) : undefined
  if (key !== undefined && !unions.has(key)) unions.set(key, alias)
}

const addService = ({ services }: Names, context: Context, tag: DeclarationReflection): void => {
  const service = serviceOf(tag)
  if (service instanceof ReflectionType) services.set(context.getSymbolFromReflection(service.declaration), tag)
}

// =============================================================================
// Types
// =============================================================================

/** Replaces the parts of a type that have names, and returns it, or the name of all of it. */
const named = (names: Names, context: Context, type: SomeType): SomeType => {
  const referTo = (declared: DeclarationReflection | undefined) =>
    declared === undefined ? type : ReferenceType.createResolvedReference(declared.name, declared, context.project)
  const go = (part: SomeType) => named(names, context, part)
  if (type instanceof ReferenceType) {
    if (type.typeArguments !== undefined) type.typeArguments = type.typeArguments.map(go)
  } else if (type instanceof ArrayType) type.elementType = go(type.elementType)
  else if (type instanceof TypeOperatorType) type.target = go(type.target)
  else if (type instanceof OptionalType) type.elementType = go(type.elementType)
  else if (type instanceof UnionType) {
    const absent = type.types.filter(isUndefined)
    const alias = names.unions.get(keyOfUnion(type.types.filter((each) => !isUndefined(each))) ?? "")
    if (alias === undefined) type.types = type.types.map(go)
    else if (absent.length === 0) return referTo(alias)
    else type.types = [referTo(alias), ...absent]
  } else if (type instanceof ReflectionType) {
    return referTo(names.services.get(context.getSymbolFromReflection(type.declaration)))
  }
  return type
}

const isTyped = (
  reflection: Reflection
): reflection is DeclarationReflection | ParameterReflection | SignatureReflection =>
  reflection instanceof DeclarationReflection || reflection instanceof ParameterReflection
  || reflection instanceof SignatureReflection

/** True for the type of an alias, which is written out, and for its parts. */
const isWithinAlias = (reflection: Reflection): boolean =>
  reflection.kindOf(ReflectionKind.TypeAlias) || reflection.parent !== undefined && isWithinAlias(reflection.parent)

/** Warns of types of these packages that a reader finds nowhere. TypeDoc does so within a single package alone. */
const warnOfHidden = (app: Application, project: ProjectReflection): void => {
  const hidden = new Set<string>()
  for (const reflection of Object.values(project.reflections)) {
    if (!isTyped(reflection) || isWithinAlias(reflection)) continue
    reflection.type?.visit(makeRecursiveVisitor({
      reference: (type) => {
        if (type.package?.startsWith("@app/") !== true || type.reflection !== undefined) return
        if (!type.isIntentionallyBroken()) hidden.add(`${type.qualifiedName}, in ${reflection.getFriendlyFullName()}`)
      }
    }))
  }
  for (const name of hidden) app.logger.warn(`No public module exports ${name}` as TranslatedString)
}

/** Longer types tell a reader nothing. */
const longest = 600

export const load = (app: Application): void => {
  const names: Names = { unions: new Map(), services: new Map() }
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (reflection.kindOf(ReflectionKind.TypeAlias)) addAlias(names, context, reflection)
  })
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    const all = Object.values(context.project.reflections)
    for (const tag of all) {
      if (tag instanceof DeclarationReflection && tag.kindOf(ReflectionKind.Class)) addService(names, context, tag)
    }
    for (const reflection of all) {
      if (!isTyped(reflection) || reflection.type === undefined) continue
      // An alias keeps what it stands for.
      if (reflection.kindOf(ReflectionKind.TypeAlias) || reflection.type instanceof QueryType) continue
      reflection.type = named(names, context, reflection.type)
      if (reflection.type instanceof ReferenceType && reflection.type.toString().length > longest) {
        delete reflection.type.typeArguments
      }
    }
  })
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => warnOfHidden(app, project))
}
