/** The methods of a group of the contract, made when the group is first used. */
import * as Record from "effect/Record"
import type * as EndpointGroup from "../../contract/EndpointGroup.ts"
import * as Endpoint from "./Endpoint.ts"
import * as Method from "./Method.ts"
import type { Operation } from "./Operation.ts"
import type { CallOptions, Operations } from "./Operations.ts"

// =============================================================================
// Model
// =============================================================================

type Methods = Readonly<Record<string, Method.Method>>

export interface Groups {
  /** Returns the operations of a group, for calls with these options. */
  readonly operationsOf: <Group extends EndpointGroup.Constraint>(
    group: Group,
    options: CallOptions | undefined
  ) => Operations<Group>
}

// =============================================================================
// Constructor
// =============================================================================

export const make = (apiUrl: string, deliver: (operation: Operation) => Method.Deliver): Groups => {
  const makersOf = memoize((group: EndpointGroup.Constraint) =>
    Record.map(
      Endpoint.ofGroup(apiUrl, group),
      (endpoint) => Method.make(endpoint, deliver(endpoint.operation))
    )
  )
  const withoutOptions = memoize((group: EndpointGroup.Constraint) => Record.map(makersOf(group), (make) => make()))
  return {
    operationsOf: (group, options) =>
      asOperations(
        group,
        options === undefined ? withoutOptions(group) : Record.map(makersOf(group), (make) => make(options))
      )
  }
}

/** The methods of a group have its endpoints' names and types, which the type of the methods of all groups cannot say. */
const asOperations = <Group extends EndpointGroup.Constraint>(_: Group, methods: Methods): Operations<Group> =>
  methods as Operations<Group>

const memoize = <A extends object, B>(f: (a: A) => B): (a: A) => B => {
  const results = new WeakMap<A, { readonly b: B }>()
  return (a) => {
    const known = results.get(a)
    if (known !== undefined) return known.b
    const b = f(a)
    results.set(a, { b })
    return b
  }
}
