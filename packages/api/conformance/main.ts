/**
 * Compares the contract with an OpenAPI description of the Web API: `npm run conformance -- FILE`.
 *
 * Prints every difference, and exits with 1 if there is one that `AllowedDifferences` gives no reason for.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Script from "../../../scripts/Script.ts"
import { reasonFor } from "./AllowedDifferences.ts"
import { compare, type Difference } from "./Comparison.ts"
import * as Contract from "./Contract.ts"
import * as Description from "./Description.ts"

const line = ({ contract, description, operation, subject }: Difference): string =>
  `${operation}  ${subject}: ${cut(contract)} in the contract, ${cut(description)} in the description`

const cut = (text: string): string => text.length <= 80 ? text : `${text.slice(0, 80)} …`

const wanted = "give a file with an OpenAPI description of the Web API, in YAML or JSON, such as Spotify's own"

/** The error of an argument that names no description. */
class WrongFile extends Data.TaggedError("WrongFile")<{ readonly message: string }> {
  static readonly because = (issue: string): WrongFile => new WrongFile({ message: `${issue}: ${wanted}.` })
}

const textOf = Effect.fnUntraced(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  const { type } = yield* fs.stat(file)
  if (type === "Directory") return yield* WrongFile.because(`${file} is a folder`)
  return yield* fs.readFileString(file)
}, (effect, file) =>
  Effect.catchTag(effect, "PlatformError", ({ reason }) =>
    Effect.fail(
      WrongFile.because(
        reason._tag === "NotFound" ? `There is no file ${file}` : `${file} could not be read (${reason._tag})`
      )
    )))

const conformance = Command.make("conformance", {
  file: Argument.Path("file").pipe(Argument.withDescription("An OpenAPI description of the Web API, in YAML or JSON"))
}, ({ file }) =>
  Effect.gen(function*() {
    const text = yield* textOf(file)
    const description = yield* Effect.mapError(
      Description.operations(text),
      ({ message }) => WrongFile.because(`${file} ${message}`)
    )
    const contract = yield* Contract.operations
    const differences = compare(contract, description)
    const judged = differences.map((difference) => ({ difference, reason: reasonFor(difference) }))
    const allowed = judged.filter(({ reason }) => reason !== undefined)
    const others = judged.filter(({ reason }) => reason === undefined)

    for (const { difference, reason } of allowed) {
      yield* Console.log(`allowed    ${line(difference)}\n           because ${reason}`)
    }
    for (const { difference } of others) yield* Console.log(`different  ${line(difference)}`)
    yield* Console.log(
      `${contract.length} operations compared: ${differences.length} differences, ${allowed.length} of them allowed, ${others.length} not`
    )
    if (others.length > 0) return yield* new Script.Told()
  })).pipe(Command.withDescription("Compares the contract with an OpenAPI description of the Web API"))

Script.run(conformance)
