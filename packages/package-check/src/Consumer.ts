/**
 * A project of somebody else, which has nothing but the tarballs and what they ask for.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { fileURLToPath } from "node:url"
import * as Command from "./Command.ts"
import * as Manifest from "./Manifest.ts"
import type { Tarball } from "./Tarball.ts"

export interface Consumer {
  readonly folder: string
}

/** A compiler, and how it finds modules. */
export interface Compilation {
  readonly typescript: string
  readonly moduleResolution: "nodenext" | "bundler"
}

const compilers = { "5.9": "5.9.3", "7.0": "7.0.2" }

export const compilations = Object.keys(compilers).flatMap((typescript) =>
  (["nodenext", "bundler"] as const).map((moduleResolution): Compilation => ({ typescript, moduleResolution }))
)

/** Programs of the project, which `consumer` holds. */
const programs = fileURLToPath(new URL("../consumer", import.meta.url))

/** Makes the project in an empty folder, and lets npm install what it needs. */
export const make = Effect.fnUntraced(function*(tarballs: ReadonlyArray<Tarball>, folder: string) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.makeDirectory(folder)
  yield* fs.copy(programs, `${folder}/src`)
  yield* fs.writeFileString(`${folder}/src/everyModule.ts`, everyModule(tarballs))
  yield* fs.writeFileString(
    `${folder}/package.json`,
    JSON.stringify({
      private: true,
      type: "module",
      dependencies: {
        ...Object.fromEntries(tarballs.map(({ file, manifest }) => [manifest.name, `file:${file}`])),
        "@effect/platform-node": "^4.1.0",
        effect: "^4.1.0"
      },
      devDependencies: {
        "@types/node": "^24.0.0",
        ...Object.fromEntries(
          Object.entries(compilers).map(([name, version]) => [`typescript-${name}`, `npm:typescript@${version}`])
        )
      }
    })
  )
  yield* Command.run("install", folder, "npm", ["install", "--no-audit", "--no-fund"])
  return { folder } satisfies Consumer
})

/** A program that imports every public module of all libraries. */
const everyModule = (tarballs: ReadonlyArray<Tarball>) => {
  const libraries = tarballs.filter(({ manifest }) => Manifest.isLibrary(manifest))
  const specifiers = libraries.flatMap(({ manifest, modules }) =>
    [manifest.name].concat(modules.map((module) => Manifest.specifier(manifest, module)))
  )
  const imports = specifiers.map((specifier, index) => `import * as M${index} from "${specifier}"`)
  const list = specifiers.map((_, index) => `M${index}`)
  return `${imports.join("\n")}\n\nconsole.log([${list.join(", ")}].length, "modules")\n`
}

/** Compiles the project as strictly as there is, declarations of the packages included. */
export const compile = Effect.fnUntraced(
  function*({ folder }: Consumer, { moduleResolution, typescript }: Compilation) {
    const fs = yield* FileSystem.FileSystem
    yield* fs.writeFileString(
      `${folder}/tsconfig.json`,
      JSON.stringify({
        compilerOptions: {
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          verbatimModuleSyntax: true,
          isolatedModules: true,
          skipLibCheck: false,
          target: "ES2022",
          module: moduleResolution === "nodenext" ? "nodenext" : "esnext",
          moduleResolution,
          rootDir: "src",
          outDir: "dist",
          types: ["node"]
        },
        include: ["src"]
      })
    )
    yield* Command.run(
      `compile with TypeScript ${typescript}, ${moduleResolution}`,
      folder,
      "node",
      [`node_modules/typescript-${typescript}/bin/tsc`]
    )
  }
)
