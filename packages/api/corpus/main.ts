/**
 * Decodes the recorded responses of a folder: `npm run corpus -- DIR`.
 *
 * Reports each modeled object that does not decode, with its path and the reason, and exits with 1 if there is one.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Script from "../../../scripts/Script.ts"
import * as Corpus from "./Corpus.ts"

const filesIn = Effect.fnUntraced(function*(folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const names = yield* fs.readDirectory(folder, { recursive: true })
  return yield* Effect.filter(
    names.filter((name) => !/(^|[/\\])(\.git|node_modules)([/\\]|$)/.test(name)).sort(),
    (name) => Effect.map(fs.stat(path.join(folder, name)), ({ type }) => type === "File")
  )
})

const corpus = Command.make("corpus", {
  folder: Argument.Directory("dir", { mustExist: true }).pipe(Argument.withDescription("A folder of JSON files"))
}, ({ folder }) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const files = yield* Effect.forEach(
      yield* filesIn(folder),
      (file) => Effect.map(fs.readFileString(path.join(folder, file)), (text) => Corpus.check(file, text))
    )
    const { isGood, lines } = Corpus.report(files)
    yield* Effect.forEach(lines, (line) => Console.log(line), { discard: true })
    if (!isGood) return yield* new Script.Told()
  })).pipe(Command.withDescription("Decodes recorded responses of the Web API"))

Script.run(corpus)
