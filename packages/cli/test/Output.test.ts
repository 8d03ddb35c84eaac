import { assert, describe, it } from "@effect/vitest"
import { displayWidth } from "effect/cli/CliOutput"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import * as Output from "../src/Output.ts"
import { run } from "./support/Terminals.ts"

interface Song {
  readonly name: string
  readonly by: string
}

const view: Output.View<Song> = {
  columns: [{ heading: "SONG", isFlexible: true }, { heading: "BY", isFlexible: true, dropFirst: 1 }],
  cells: ({ by, name }) => [name, by],
  fields: ({ by, name }, place) => [String(place), name, by],
  json: ({ by, name }, place) => ({ place, name, by })
}

const songs: ReadonlyArray<Song> = [
  { name: "\u001b[31mRed\u001b]0;owned\u0007\tAlert", by: "\u202eesrever" },
  { name: "A long name that does not fit into a narrow terminal", by: "Someone" }
]

describe("Output", () => {
  it.effect("shows a table that fits the terminal, without what hostile names would do to it", () =>
    Effect.gen(function*() {
      const { stdout } = yield* run(Output.list(view, Stream.fromIterable(songs)), { columns: 40 })
      assert.deepStrictEqual(stdout, [
        "SONG                             BY",
        "[31mRed]0;owned Alert            esrever",
        "A long name that does not fit…   Someone"
      ])
      for (const line of stdout) assert.isAtMost(displayWidth(line), 40)
    }))

  it.effect("gives a pipe rows without a heading, and cuts nothing", () =>
    Effect.gen(function*() {
      const { stdout } = yield* run(Output.list(view, Stream.fromIterable(songs)), "pipe")
      assert.deepStrictEqual(stdout.map((line) => line.split("\t")), [
        ["1", "[31mRed]0;owned Alert", "esrever"],
        ["2", "A long name that does not fit into a narrow terminal", "Someone"]
      ])
    }))

  it.effect("gives one object a line with --json, on a terminal too", () =>
    Effect.gen(function*() {
      const { stdout } = yield* run(Output.list(view, Stream.fromIterable(songs)), { columns: 40 }, ["--json"])
      assert.deepStrictEqual(
        stdout.map((line): unknown => JSON.parse(line)),
        songs.map((song, index) => ({ place: index + 1, ...song }))
      )
    }))

  it.effect("counts on through pages, and prints what came before a failure", () =>
    Effect.gen(function*() {
      const pages = Stream.concat(
        Stream.rechunk(Stream.fromIterable([...songs, ...songs]), 1),
        Stream.fail("gone" as const)
      )
      const inPipe = yield* run(Output.list(view, pages), "pipe")
      assert.deepStrictEqual(inPipe.stdout.map((line) => line[0]), ["1", "2", "3", "4"])
      const onTerminal = yield* run(Output.list(view, pages), { columns: 80 })
      assert.lengthOf(onTerminal.stdout, 5)
      for (const { exit } of [inPipe, onTerminal]) assert.deepStrictEqual(exit, Exit.fail("gone"))
    }))

  it.effect("says on standard error that a list is empty", () =>
    Effect.gen(function*() {
      const { stderr, stdout } = yield* run(Output.list(view, Stream.empty), { columns: 80 })
      assert.deepStrictEqual([stdout, stderr], [[], ["Nothing found."]])
    }))

  it.effect("shows one thing by its fields, and gives a pipe a name and a value a line", () =>
    Effect.gen(function*() {
      const card = Output.card({
        title: "A song",
        fields: [["by", "Some\none"], ["length", undefined]],
        json: { name: "A song" }
      })
      assert.deepStrictEqual((yield* run(card, { columns: 80 })).stdout, ["A song", "  by  Some one"])
      assert.deepStrictEqual((yield* run(card, "pipe")).stdout, ["by\tSome one", "length\t"])
      assert.deepStrictEqual((yield* run(card, "pipe", ["--json"])).stdout, ["{\"name\":\"A song\"}"])
    }))
})
