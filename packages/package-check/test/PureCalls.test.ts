import { assert, describe, it } from "@effect/vitest"
import { parseSync } from "rolldown/utils"
import * as PureCalls from "../src/PureCalls.ts"

/** What is called where a call is marked. */
const marked = (code: string) =>
  PureCalls.declarationsOf(parseSync("module.ts", code).program).calls.map((place) =>
    /^(?:new )?[\w.]+/.exec(code.slice(place))?.[0]
  )

/** The values that become the results of marked calls. */
const wrapped = (code: string) =>
  PureCalls.declarationsOf(parseSync("module.ts", code).program).readings.map(({ end, start }) =>
    code.slice(start, end)
  )

describe("the calls of a module that a bundler may leave out", () => {
  it("are those that make its declarations", () => {
    assert.deepStrictEqual(marked(`export const Track = Schema.Struct({ name: text("name") })`), [
      "Schema.Struct",
      "text"
    ])
    assert.deepStrictEqual(marked("const registered = new WeakMap<Layer, Gate>()"), ["new WeakMap"])
    assert.deepStrictEqual(marked(`class Failed extends tagged("Failed")("Failed", {}) {}`), ["tagged", "tagged"])
    assert.deepStrictEqual(marked("class Counter { static first = start(0) }"), ["start"])
  })

  it("are not those that are made for what they do", () => {
    assert.deepStrictEqual(marked("register(Track); new Map([[1, make(1)]])"), [])
    assert.deepStrictEqual(marked("class Counter { static { start(0) } }"), [])
  })

  it("are not those that are made later", () => {
    assert.deepStrictEqual(marked("const make = () => new Gate(open())"), [])
    assert.deepStrictEqual(marked("function make() { return open() }"), [])
    assert.deepStrictEqual(marked("const make = Effect.fn(function*() { yield* open() })"), ["Effect.fn"])
    assert.deepStrictEqual(marked("class Gate { state = open(); close() { return shut() } }"), [])
  })
})

describe("the values of declarations that a bundler keeps for what they read", () => {
  it("are those that spread an object or read a member of one", () => {
    assert.deepStrictEqual(wrapped("const once = { ...standard, times: 1 }"), ["{ ...standard, times: 1 }"])
    assert.deepStrictEqual(wrapped("export const Artist = model({ ...fields })"), ["model({ ...fields })"])
    assert.deepStrictEqual(wrapped("const least = -longest.seconds, name = of(1)"), ["-longest.seconds"])
  })

  it("are not those that read what a module exports, or call a method", () => {
    assert.deepStrictEqual(wrapped(`import * as Schema from "effect/Schema"; const id = Schema.String`), [])
    assert.deepStrictEqual(wrapped(`const Market = Literals(["AD"]).annotate({})`), [])
  })

  it("are not those that read later, or are made anew", () => {
    assert.deepStrictEqual(wrapped("const of = (size) => ({ ...fields, size: size.width })"), [])
    assert.deepStrictEqual(wrapped("function of() { const size = { ...fields } }"), [])
  })
})
