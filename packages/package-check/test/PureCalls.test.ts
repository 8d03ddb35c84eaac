import { assert, describe, it } from "@effect/vitest"
import { parseSync } from "rolldown/utils"
import * as PureCalls from "../src/PureCalls.ts"

/** What is called where a call is marked. */
const marked = (code: string) =>
  PureCalls.callsOf(parseSync("module.ts", code).program).map((place) =>
    /^(?:new )?[\w.]+/.exec(code.slice(place))?.[0]
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
