/**
 * Plugin for TypeDoc that lists what Effect's idioms declare by what it is to a reader.
 *
 * **Details**
 *
 * | declared | listed |
 * | --- | --- |
 * | a constant of a function type, as `Effect.fn` makes it | a function with parameters |
 * | `class X extends Context.Service<X, { … }>()(…)` | the members of the service |
 * | `class X extends Schema.TaggedError<X>()(…)` | the fields, without the expression that each comes from |
 */
import {
  type Application,
  Converter,
  DeclarationReflection,
  ParameterReflection,
  type ProjectReflection,
  ReferenceType,
  ReflectionFlag,
  ReflectionKind,
  ReflectionType,
  SignatureReflection,
  type SomeType,
  TupleType
} from "typedoc"

const declarationsOf = (project: ProjectReflection, kind: ReflectionKind): ReadonlyArray<DeclarationReflection> =>
  project.getReflectionsByKind(kind).filter((each) => each instanceof DeclarationReflection)

const signaturesOf = (project: ProjectReflection): ReadonlyArray<SignatureReflection> =>
  project.getReflectionsByKind(ReflectionKind.CallSignature).filter((each) => each instanceof SignatureReflection)

// =============================================================================
// Functions
// =============================================================================

/** Names the parameters that are destructured after their types. */
const nameParameters = (signature: SignatureReflection): void => {
  for (const parameter of signature.parameters ?? []) {
    if (parameter.name !== "__namedParameters") continue
    const type = parameter.type instanceof ReferenceType ? parameter.type.name : "options"
    parameter.name = type.charAt(0).toLowerCase() + type.slice(1)
  }
}

/** Names the parameters that `...args: [options: Options]` holds; Effect.fn infers its parameters like this. */
const spreadArguments = (signature: SignatureReflection): void => {
  const [rest, ...others] = signature.parameters ?? []
  if (rest === undefined || others.length > 0 || !rest.flags.isRest || !(rest.type instanceof TupleType)) return
  signature.parameters = rest.type.elements.flatMap((element) => {
    if (element.type !== "namedTupleMember") return []
    const parameter = new ParameterReflection(element.name, ReflectionKind.Parameter, signature)
    parameter.type = element.element
    parameter.setFlag(ReflectionFlag.Optional, element.isOptional)
    signature.project.registerReflection(parameter, undefined, undefined)
    return [parameter]
  })
}

/** Makes a function of a constant that can be called and has nothing else. */
const asFunction = (constant: DeclarationReflection): void => {
  if (!(constant.type instanceof ReflectionType)) return
  const { children, signatures } = constant.type.declaration
  if (signatures === undefined || children !== undefined) return
  delete constant.type.declaration.signatures
  constant.kind = ReflectionKind.Function
  constant.setFlag(ReflectionFlag.Const, false)
  delete constant.type
  delete constant.defaultValue
  constant.signatures = signatures
  for (const signature of signatures) {
    signature.name = constant.name
    signature.parent = constant
    if (signature.comment === undefined && constant.comment !== undefined) signature.comment = constant.comment
  }
  delete constant.comment
}

// =============================================================================
// Classes
// =============================================================================

const isExpression = (reference: ReferenceType | undefined): boolean => reference?.reflection === undefined

/** Removes the text of the expression that makes a class. */
const withoutExpression = (declared: DeclarationReflection): void => {
  const named = (declared.extendedTypes ?? []).filter((type) =>
    type instanceof ReferenceType && type.reflection !== undefined
  )
  if (named.length > 0) declared.extendedTypes = named
  else delete declared.extendedTypes
  for (const child of declared.children ?? []) {
    delete child.defaultValue
    for (const each of [child, ...child.getAllSignatures()]) {
      if (isExpression(each.inheritedFrom)) delete each.inheritedFrom
      if (isExpression(each.overwrites)) delete each.overwrites
    }
  }
}

/** The type of the service that a class is the tag of. */
export const serviceOf = (declared: DeclarationReflection): SomeType | undefined => {
  const shape = declared.extendedTypes?.find((type) => type instanceof ReferenceType && type.name === "Shape")
  return shape instanceof ReferenceType ? shape.typeArguments?.[1] : undefined
}

/** Gives the tag of a service the members of the service. */
const withService = (declared: DeclarationReflection): void => {
  const service = serviceOf(declared)
  if (service instanceof ReferenceType) declared.extendedTypes = [service]
  if (!(service instanceof ReflectionType)) return
  for (const member of service.declaration.children ?? []) {
    member.parent = declared
    declared.addChild(member)
  }
  delete service.declaration.children
}

export const load = (app: Application): void => {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    // All of them are Effect's.
    for (const constructor of declarationsOf(project, ReflectionKind.Constructor)) project.removeReflection(constructor)
    for (const constant of declarationsOf(project, ReflectionKind.Variable)) asFunction(constant)
    for (const signature of signaturesOf(project)) {
      spreadArguments(signature)
      nameParameters(signature)
    }
    for (const declared of declarationsOf(project, ReflectionKind.Class)) {
      withService(declared)
      withoutExpression(declared)
    }
  })
}
