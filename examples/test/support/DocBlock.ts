/** The blocks of TypeScript in READMEs and doc comments. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

export const root = join(import.meta.dirname, "../../..")

/** The sources and READMEs of the packages. */
export const sources: ReadonlyArray<string> = [
  "packages/auth",
  "packages/api",
  "packages/sandbox",
  "packages/cli",
  "packages/fleet"
]
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((file) => join(folder, file))
      .filter((file) => /^packages\/\w+\/(src\/.*\.ts|README\.md)$/.test(file))
  )

export interface DocBlock {
  /** Name of a file for the block, made of the file that has it and its number there. */
  readonly name: string
  readonly text: string
}

/** The blocks of a page, or of the doc comments of a module. */
export const blocksOf = (file: string): ReadonlyArray<DocBlock> => {
  const text = readFileSync(join(root, file), "utf8")
  const pages = file.endsWith(".md")
    ? [text]
    : Array.from(text.matchAll(/\/\*\*(.*?)\*\//gs), ([, comment = ""]) => comment.replace(/^ *\* ?/gm, ""))
  return pages.flatMap((page) => Array.from(page.matchAll(/^```ts\n(.*?)^```/gms), ([, block = ""]) => block))
    .map((text, index) => ({ name: `${file.replaceAll("/", ".")}.${index}.ts`, text }))
}

/** All blocks. */
export const blocks: ReadonlyArray<DocBlock> = ["README.md", ...sources].flatMap(blocksOf)

// =============================================================================
// Parts of a block
// =============================================================================

/** The statements of a block; each begins at the start of a line. */
const statementsOf = ({ text }: DocBlock): ReadonlyArray<string> => text.split(/\n(?=\w)/)

/** The constants that a block declares. */
export const constantsOf = ({ text }: DocBlock): ReadonlyArray<string> =>
  Array.from(text.matchAll(/^(?:export )?const (\w+)/gm), ([, name = ""]) => name)

/** The results that a block states, as in `expression // => value`: both sides as expressions. */
export const resultsOf = (block: DocBlock): ReadonlyArray<{ readonly actual: string; readonly expected: string }> =>
  statementsOf(block).flatMap((statement) => {
    const [, code = "", expected] = /^(.*) \/\/ => (.*?)\n*$/s.exec(statement) ?? []
    const [, name] = /^(?:export )?const (\w+)/.exec(code) ?? []
    return expected === undefined ? [] : [{ actual: name ?? code, expected }]
  })

/** True for a whole program: a block that does something by itself, rather than declare what others use. */
export const isProgram = (block: DocBlock): boolean =>
  statementsOf(block).some((statement) =>
    !/^(?:import|export|const|type|interface|class|function) /.test(statement) && !statement.includes(" // => ")
  )
