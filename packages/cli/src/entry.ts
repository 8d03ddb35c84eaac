#!/usr/bin/env node
/**
 * The entry of the command `spotify`: refuses a Node that is too old, and starts the program.
 *
 * **Details**
 *
 * This file imports nothing that Node 20 lacks, which would otherwise end with the name of a missing module.
 */
import * as module from "node:module"

/** The oldest Node that has all that the program imports, as in package.json. */
const oldest = [22, 19] as const

const isTooOld = ([major = 0, minor = 0]: ReadonlyArray<number>): boolean =>
  major < oldest[0] || (major === oldest[0] && minor < oldest[1])

const { emitWarning } = process
/** Node 22 says of its SQLite that it is experimental, which the person at the terminal can do nothing about. */
const withoutSqlite: typeof process.emitWarning = (...args: ReadonlyArray<unknown>) => {
  if (!String(args[0]).startsWith("SQLite is an experimental feature")) Reflect.apply(emitWarning, process, args)
}

if (isTooOld(process.versions.node.split(".").map(Number))) {
  process.stderr.write(`spotify: This needs Node ${oldest.join(".")} or later, and this is ${process.version}.\n`)
  process.exitCode = 8
} else {
  process.emitWarning = withoutSqlite
  // Compiled code is kept between runs, where Node can: half of the time to start is spent on compiling.
  module.enableCompileCache?.()
  await import("./main.ts")
}
