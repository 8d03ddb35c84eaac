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
 * @see https://github.com/javascript-compiler-hints/compiler-notations-spec
 */
import type { Plugin } from "rolldown"
import { type ESTree, Visitor } from "rolldown/utils"

/** Lists the places of calls that a module makes for its declarations when it is loaded. */
export const callsOf = (program: ESTree.Program): ReadonlyArray<number> => {
  const places: Array<number> = []
  // Functions and statements around a node: calls in a function are made later, if at all.
  let depth = 0
  const enter = () => void depth++
  const exit = () => void depth--
  const note = ({ start }: { readonly start: number }) => {
    if (depth === 0) places.push(start)
  }
  new Visitor({
    CallExpression: note,
    NewExpression: note,
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
  return places
}

/** Marks the calls of all modules. */
export const plugin: Plugin = {
  name: "pure-calls",
  transform: {
    filter: { id: /\.ts$/ },
    handler(code, _id, { magicString }) {
      if (magicString === undefined) return null
      for (const place of callsOf(this.parse(code, { lang: "ts" }))) magicString.appendRight(place, "/* @__PURE__ */ ")
      return { code: magicString }
    }
  }
}
