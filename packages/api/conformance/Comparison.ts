/**
 * Compares the contract with a description of the Web API, operation by operation.
 */
import type { Shape } from "./JsonSchema.ts"
import { nameOf, type Operation, type Parameter, segmentsOf } from "./Operation.ts"

// =============================================================================
// Model
// =============================================================================

/** A difference in one operation. */
export interface Difference {
  /** Name of the operation in the contract, such as `GET /tracks/{id}`. */
  readonly operation: string
  /** Part that differs: `parameter market`, `scope user-read-email`, `answer.album.images`. */
  readonly subject: string
  readonly contract: string
  readonly description: string
}

// =============================================================================
// Operations
// =============================================================================

/** Compares the operations of the contract with their counterparts in the description. */
export const compare = (
  contract: ReadonlyArray<Operation>,
  description: ReadonlyArray<Operation>
): ReadonlyArray<Difference> =>
  contract.flatMap((ours) => {
    const theirs = counterpart(ours, description)
    const operation = nameOf(ours)
    const differs = (subject: string, contract: string, description: string): Difference => ({
      operation,
      subject,
      contract,
      description
    })
    if (theirs === undefined) return [differs("operation", "there", "not there")]
    return [
      ...parameters(ours, theirs, differs),
      ...[...new Set([...ours.scopes, ...theirs.scopes])].flatMap((scope) =>
        ours.scopes.has(scope) === theirs.scopes.has(scope)
          ? []
          : [differs(`scope ${scope}`, presence(ours.scopes.has(scope)), presence(theirs.scopes.has(scope)))]
      ),
      ...(ours.isRestricted === theirs.isRestricted
        ? []
        : [differs("quota mode", audience(ours.isRestricted), audience(theirs.isRestricted))]),
      ...[...theirs.statuses].filter((status) => !ours.statuses.has(status)).map((status) =>
        differs(`status ${status}`, "not there", "there")
      ),
      ...[...ours.statuses].filter((status) => !theirs.statuses.has(status)).map((status) =>
        differs(`status ${status}`, "there", "not there")
      ),
      ...shapes("answer", ours.answer, theirs.answer, differs),
      ...shapes("body", ours.body, theirs.body, differs)
    ]
  })

const presence = (isThere: boolean): string => isThere ? "there" : "not there"
const audience = (isRestricted: boolean): string => isRestricted ? "not in Development Mode" : "in both"

/** Finds the operation of the same method and path. A literal segment matches a parameter that can have its value. */
const counterpart = (ours: Operation, description: ReadonlyArray<Operation>): Operation | undefined => {
  const segments = segmentsOf(ours.path)
  const fits = (theirs: Operation, isFit: (ours: string, theirs: string) => boolean) => {
    const others = segmentsOf(theirs.path)
    return theirs.method === ours.method && others.length === segments.length
      && segments.every((segment, i) => isFit(segment, others[i] ?? ""))
  }
  return description.find((theirs) => fits(theirs, (a, b) => a === b || (isParameter(a) && isParameter(b))))
    ?? description.find((theirs) =>
      fits(
        theirs,
        (a, b) => a === b || (isParameter(b) && theirs.parameters.get(b.slice(1, -1))?.values?.has(a) === true)
      )
    )
}

const isParameter = (segment: string): boolean => segment.startsWith("{")

// =============================================================================
// Parameters
// =============================================================================

type Differs = (subject: string, contract: string, description: string) => Difference

const parameters = (ours: Operation, theirs: Operation, differs: Differs): ReadonlyArray<Difference> => {
  const names = new Set([...ours.parameters.keys(), ...theirs.parameters.keys()])
  return [...names].flatMap((name) => {
    const a = ours.parameters.get(name)
    const b = theirs.parameters.get(name)
    // `counterpart` has compared the paths.
    if (a?.in === "path" || b?.in === "path") return []
    if (a === undefined || b === undefined) {
      return [differs(`parameter ${name}`, presence(a !== undefined), presence(b !== undefined))]
    }
    return aspects.flatMap(({ name: aspect, of }) => {
      const [x, y] = [of(a), of(b)]
      return x === y ? [] : [differs(`parameter ${name}: ${aspect}`, x, y)]
    })
  })
}

const limit = (value: number | undefined): string => value === undefined ? "none" : String(value)

const listed = (values: ReadonlySet<string> | undefined): string =>
  values === undefined ? "any" : [...values].toSorted().join(", ")

const aspects: ReadonlyArray<{ readonly name: string; readonly of: (parameter: Parameter) => string }> = [
  { name: "place", of: (parameter) => parameter.in },
  { name: "required", of: ({ isRequired }) => String(isRequired) },
  { name: "minimum", of: ({ minimum }) => limit(minimum) },
  { name: "maximum", of: ({ maximum }) => limit(maximum) },
  { name: "items at most", of: ({ maxItems }) => limit(maxItems) },
  { name: "values", of: ({ values }) => listed(values) }
]

// =============================================================================
// Shapes
// =============================================================================

const shapes = (place: string, ours: Shape, theirs: Shape, differs: Differs): ReadonlyArray<Difference> => {
  const b = alternativeFor(ours, theirs)
  const here: Array<Difference> = []
  const refused = [...b.types].filter((type) => type !== "null" && !accepts(ours.types, type))
  if (ours.types.size > 0 && refused.length > 0) {
    here.push(differs(place, [...ours.types].join(" or "), refused.join(" or ")))
  }
  const fields = [...new Set([...ours.fields.keys(), ...b.fields.keys()])].flatMap((name) => {
    const [x, y] = [ours.fields.get(name), b.fields.get(name)]
    const path = `${place}.${name}`
    if (x === undefined && y !== undefined && ours.others !== undefined) {
      return shapes(path, ours.others, y.shape, differs)
    }
    if (x === undefined || y === undefined) {
      return [differs(path, presence(x !== undefined), presence(y !== undefined))]
    }
    // Spotify marks the fields as deprecated that it does not send in Development Mode.
    const relied = y.isDeprecated && x.isRequired
      ? [differs(path, "always there", "deprecated: not in Development Mode")]
      : []
    return relied.concat(shapes(path, x.shape, y.shape, differs))
  })
  const items = ours.items === undefined || b.items === undefined
    ? []
    : shapes(`${place}[]`, ours.items, b.items, differs)
  return [...here, ...fields, ...items]
}

const accepts = (types: ReadonlySet<string>, type: string): boolean =>
  types.has(type) || (type === "integer" && types.has("number")) || (type === "number" && types.has("integer"))

/** Chooses the alternative of the description that shares the most fields with the contract. */
const alternativeFor = (ours: Shape, theirs: Shape): Shape => {
  const shared = ({ fields }: Shape) => [...fields.keys()].filter((name) => ours.fields.has(name)).length
  return theirs.alternatives.toSorted((a, b) => shared(b) - shared(a))[0] ?? theirs
}
