/**
 * Compares the contract with an OpenAPI description of the Web API: `npm run conformance -- FILE`.
 *
 * Prints every difference, and exits with 1 if there is one that `AllowedDifferences` gives no reason for.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { reasonFor } from "./AllowedDifferences.ts"
import { compare, type Difference } from "./Comparison.ts"
import * as Contract from "./Contract.ts"
import * as Description from "./Description.ts"

const line = ({ contract, description, operation, subject }: Difference): string =>
  `${operation}  ${subject}: ${cut(contract)} in the contract, ${cut(description)} in the description`

const cut = (text: string): string => text.length <= 80 ? text : `${text.slice(0, 80)} …`

const main = Effect.gen(function*() {
  const file = process.argv[2]
  if (file === undefined) {
    yield* Console.error("Name a file: npm run conformance -- FILE")
    return 1
  }
  const fs = yield* FileSystem.FileSystem
  const contract = yield* Contract.operations
  const description = yield* Effect.flatMap(fs.readFileString(file), Description.operations)
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
  return others.length === 0 ? 0 : 1
}).pipe(
  Effect.catch((error) => Effect.as(Console.error(error.message), 1)),
  Effect.map((status) => {
    process.exitCode = status
  })
)

NodeRuntime.runMain(Effect.provide(main, NodeServices.layer))
