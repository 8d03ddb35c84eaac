/**
 * The program as files without dependencies, and the licences of what is in them.
 */
import { build, type Metafile } from "esbuild"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const source = join(root, "src")

/** Bundled modules of CommonJS call `require`. Their own imports may have the plain name of what makes it. */
const requireBanner = `import { createRequire as __createRequire } from "node:module"
const require = __createRequire(import.meta.url)`

const options = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  platform: "node",
  format: "esm",
  target: "node22.19",
  legalComments: "none",
  metafile: true,
  logLevel: "error"
} as const

/** Writes `entry.js`, which starts `main.js` once it knows that this Node can load it. */
const entry = (folder: string) =>
  build({
    ...options,
    entryPoints: [join(source, "entry.ts")],
    outdir: folder,
    plugins: [{
      name: "program",
      setup: ({ onResolve }) => onResolve({ filter: /^\.\/main\.ts$/ }, () => ({ path: "./main.js", external: true }))
    }]
  })

const program = (folder: string) =>
  build({ ...options, entryPoints: [join(source, "main.ts")], outdir: folder, banner: { js: requireBanner } })

/** Lists the files that have left code in the bundle. */
const inputsOf = ({ outputs }: Metafile): ReadonlyArray<string> =>
  Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .flatMap(([input, { bytesInOutput }]) => bytesInOutput > 0 ? [input] : [])

/** A package whose code is in the bundle. */
interface Bundled {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly text: string
}

const readPackage = async (folder: string): Promise<Bundled> => {
  const { license, name, version }: Omit<Bundled, "text"> = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8")
  )
  const file = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file))
  return { name, version, license, text: file === undefined ? "" : (await readFile(join(folder, file), "utf8")).trim() }
}

/** Lists the packages whose code is in the bundle, by name. */
const packagesOf = async (metafile: Metafile): Promise<ReadonlyArray<Bundled>> => {
  const folders = inputsOf(metafile)
    .flatMap((input) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? [])
  const packages = await Promise.all(Array.from(new Set(folders), (folder) => readPackage(join(root, folder))))
  return packages.toSorted((one, other) => one.name.localeCompare(other.name))
}

const notices = (packages: ReadonlyArray<Bundled>): string =>
  [
    "# Third-party notices",
    "The program `spotify` contains code of these packages.",
    ...packages.map(({ license, name, text, version }) =>
      `## ${name} ${version}\n\n${license}\n\n${text === "" ? "" : `\`\`\`text\n${text}\n\`\`\``}`.trimEnd()
    )
  ].join("\n\n")

/**
 * Writes the bundle into a folder: `entry.js`, `main.js` and `THIRD-PARTY.md`.
 *
 * **Details**
 *
 * Returns the packages that are in it. The program reads its version from the `package.json` above the folder.
 */
export const write = async (folder: string): Promise<ReadonlyArray<Bundled>> => {
  await entry(folder)
  const { metafile } = await program(folder)
  const packages = await packagesOf(metafile)
  await writeFile(join(folder, "THIRD-PARTY.md"), `${notices(packages)}\n`)
  return packages
}
