/**
 * Docs of fields in declarations, which editors show to those who use a package.
 *
 * **Details**
 *
 * The compiler drops the docs of fields whose types it infers from a schema. Models are interfaces, so that theirs stay.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { CheckFailed } from "./CheckFailed.ts"
import type { Tarball } from "./Tarball.ts"

export interface Field {
  readonly name: string
  readonly hasDoc: boolean
}

/** Lists the fields of all interfaces of a declaration file, as the compiler formats them. */
export const fieldsOf = (declarations: string): ReadonlyArray<Field> => {
  const interfaces = declarations.matchAll(/^export interface (\w+)[^{]*\{\n(.*?)^\}/gms)
  return Array.from(interfaces).flatMap(([, owner = "", body = ""]) =>
    Array.from(
      body.matchAll(/^( {4}\/\*\*.*?\*\/\n)? {4}readonly (\w+)/gms),
      ([, doc, field = ""]) => ({ name: `${owner}.${field}`, hasDoc: doc !== undefined })
    )
  )
}

/** Checks the models of a package, and returns how many fields they have. */
export const check = Effect.fnUntraced(function*({ folder, manifest, modules }: Tarball) {
  const fs = yield* FileSystem.FileSystem
  const models = modules.filter((module) => module.startsWith("model/"))
  const declarations = yield* Effect.forEach(models, (model) => fs.readFileString(`${folder}/dist/${model}.d.ts`))
  const fields = declarations.flatMap(fieldsOf)
  const bare = fields.filter(({ hasDoc }) => !hasDoc).map(({ name }) => name)
  if (bare.length === 0) return fields.length
  return yield* new CheckFailed({ check: `${manifest.name}: docs`, issue: `No doc for ${bare.join(", ")}` })
})
