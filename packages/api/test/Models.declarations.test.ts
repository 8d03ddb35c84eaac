/** The documentation of models as users of the published package see it. */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { CursorPage, OffsetPage } from "../src/model/Page.ts"

const packageFolder = join(import.meta.dirname, "..")

/** Compiled here, since nothing says that the package's own output is of these sources. */
const declarations = (() => {
  const outDir = mkdtempSync(join(tmpdir(), "declarations-"))
  try {
    const project = join(outDir, "tsconfig.json")
    writeFileSync(
      project,
      JSON.stringify({
        extends: join(packageFolder, "tsconfig.json"),
        compilerOptions: {
          composite: false,
          declarationMap: false,
          emitDeclarationOnly: true,
          outDir,
          rootDir: join(packageFolder, "src"),
          tsBuildInfoFile: null,
          types: []
        },
        include: [join(packageFolder, "src/model"), join(packageFolder, "src/SpotifyError.ts")],
        references: []
      })
    )
    execFileSync(join(packageFolder, "../../node_modules/.bin/tsc"), ["-p", project])
    return readdirSync(outDir, { recursive: true, encoding: "utf8" })
      .filter((file) => /^(?:model\/(?:internal\/SimplifiedAlbum|\w+)|SpotifyError)\.d\.ts$/.test(file))
      .map((file) => ({ file, text: readFileSync(join(outDir, file), "utf8") }))
  } finally {
    rmSync(outDir, { recursive: true, force: true })
  }
})()

/** The compiler prints each field on a line of its own, below its documentation. */
const fieldsIn = (text: string): ReadonlyArray<{ readonly name: string; readonly isDocumented: boolean }> => {
  const lines = text.split("\n")
  return lines.flatMap((line, index) => {
    const name = /^ {4}readonly (\w+)\??:/.exec(line)?.[1]
    return name === undefined ? [] : [{ name, isDocumented: lines[index - 1]?.endsWith("*/") === true }]
  })
}

const interfaces = new Map(declarations.flatMap(({ text }) =>
  Array.from(
    text.matchAll(/^(?:export )?interface (\w+)(?:<\w+>)?(?: extends ([^{]+))? \{\n(.*?)^\}/gms),
    ([, name = "", bases = "", body = ""]) => [name, { bases: bases.split(", "), body }] as const
  )
))

/** Of an interface and those that it extends. */
const documentedFieldsOf = (name: string): ReadonlyArray<string> => {
  const found = interfaces.get(name)
  return found === undefined ? [] : [
    ...fieldsIn(found.body).filter(({ isDocumented }) => isDocumented).map(({ name }) => name),
    ...found.bases.flatMap((base) => documentedFieldsOf(base.trim()))
  ]
}

const isObject = ({ ast }: Schema.Constraint): boolean => ast._tag === "Objects"

/** Every schema of an object that a module of models exports. */
const schemas: ReadonlyArray<readonly [name: string, schema: Schema.Constraint]> = [
  ["OffsetPage", OffsetPage(Schema.String)],
  ["CursorPage", CursorPage(Schema.String)],
  ...(await Promise.all(
    readdirSync(join(packageFolder, "src/model")).filter((file) => file.endsWith(".ts")).map(async (file) => {
      const module: unknown = await import(`../src/model/${file.slice(0, -3)}.ts`)
      return Object.entries<unknown>({ ...(typeof module === "object" && module) })
        .flatMap(([name, value]) => Schema.isSchema(value) && isObject(value) ? [[name, value] as const] : [])
    })
  )).flat()
]

describe("published declarations", () => {
  for (const [name, schema] of schemas) {
    it(`document every field of ${name}`, () => {
      const ast = SchemaAST.toType(schema.ast)
      const fields = ast._tag === "Objects" ? ast.propertySignatures.map(({ name }) => String(name)) : []
      assert.isNotEmpty(fields)
      assert.sameMembers([...new Set(documentedFieldsOf(name))], fields)
    })
  }

  for (const { file, text } of declarations) {
    it(`document every field in ${file}`, () => {
      assert.deepStrictEqual(fieldsIn(text).filter(({ isDocumented }) => !isDocumented), [])
    })
  }
})
