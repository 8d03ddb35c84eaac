/**
 * Marks that let a bundler leave out what a program does not use.
 *
 * **Details**
 *
 * A module without side effects is left out as a whole when nothing of it is used. Within one file a bundler cannot know
 * that `const Track = Schema.Struct(…)` does nothing but make a value, unless the call has the mark that minifiers and
 * bundlers agree on. Calls that a module makes for a declaration get it; a call that is a statement of its own is made for
 * its effect and keeps it.
 *
 * The mark is for calls alone. A value that spreads another object or reads a member of one is kept, since a getter might do
 * something. Such a value becomes the result of a marked call, which bundlers put back where the value is used.
 *
 * @see https://github.com/javascript-compiler-hints/compiler-notations-spec
 */
import type { Plugin } from "rolldown"
import { type ESTree, Visitor } from "rolldown/utils"

interface Range {
  readonly start: number
  readonly end: number
}

interface Declarations {
  /** The places of calls that a module makes for its declarations when it is loaded. */
  readonly calls: ReadonlyArray<number>
  /** The values of declarations that spread objects or read their members. */
  readonly readings: ReadonlyArray<Range>
}

/** Finds what a module does for its declarations when it is loaded. */
export const declarationsOf = (program: ESTree.Program): Declarations => {
  const calls: Array<number> = []
  const readings: Array<Range> = []
  /** Members of these are bindings of other modules. */
  const namespaces = new Set<string>()
  /** What is called: the mark of the call covers it. */
  const callees = new Set<object>()
  // Functions and statements around a node: calls in a function are made later, if at all.
  let depth = 0
  let reads = false
  const enter = () => void depth++
  const exit = () => void depth--
  const read = () => {
    if (depth === 0) reads = true
  }
  const call = (node: ESTree.CallExpression | ESTree.NewExpression) => {
    callees.add(node.callee)
    if (depth === 0) calls.push(node.start)
  }
  new Visitor({
    CallExpression: call,
    NewExpression: call,
    ImportNamespaceSpecifier: ({ local }) => void namespaces.add(local.name),
    SpreadElement: read,
    MemberExpression: (node) => {
      const isOfModule = node.object.type === "Identifier" && namespaces.has(node.object.name)
      if (!isOfModule && !callees.has(node)) read()
    },
    VariableDeclarator: () => {
      if (depth === 0) reads = false
    },
    "VariableDeclarator:exit": ({ init }) => {
      if (depth === 0 && reads && init !== null) readings.push(init)
    },
    ArrowFunctionExpression: enter,
    "ArrowFunctionExpression:exit": exit,
    FunctionDeclaration: enter,
    "FunctionDeclaration:exit": exit,
    FunctionExpression: enter,
    "FunctionExpression:exit": exit,
    ExpressionStatement: enter,
    "ExpressionStatement:exit": exit,
    StaticBlock: enter,
    "StaticBlock:exit": exit,
    PropertyDefinition: (node) => {
      if (!node.static) enter()
    },
    "PropertyDefinition:exit": (node) => {
      if (!node.static) exit()
    }
  }).visit(program)
  return { calls, readings }
}

const mark = "/* @__PURE__ */ "

/** Marks the calls of all modules. */
export const plugin: Plugin = {
  name: "pure-calls",
  transform: {
    filter: { id: /\.ts$/ },
    handler(code, _id, { magicString }) {
      if (magicString === undefined) return null
      const { calls, readings } = declarationsOf(this.parse(code, { lang: "ts" }))
      for (const place of calls) magicString.appendRight(place, mark)
      for (const { end, start } of readings) magicString.prependRight(start, `${mark}(() => (`).appendLeft(end, "))()")
      return { code: magicString }
    }
  }
}
