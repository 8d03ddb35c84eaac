/**
 * The package.json of a package that is published, and the rules for it.
 */
import * as Schema from "effect/Schema"

const Exports = Schema.Record(Schema.String, Schema.NullOr(Schema.String))
const Bin = Schema.Record(Schema.String, Schema.String)
const Ranges = Schema.Record(Schema.String, Schema.String)

export interface Manifest extends Schema.Schema.Type<typeof Manifest> {}

export const Manifest = Schema.Struct({
  name: Schema.String,
  version: Schema.String,
  repository: Schema.Struct({ url: Schema.String, directory: Schema.String }),
  exports: Exports,
  bin: Schema.optionalKey(Bin),
  dependencies: Schema.optionalKey(Ranges),
  peerDependencies: Schema.optionalKey(Ranges),
  publishConfig: Schema.Struct({ exports: Exports, bin: Schema.optionalKey(Bin) })
})

export const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Manifest))

/**
 * Selects the public modules of a package among files, with paths from the folder of its modules and without endings.
 *
 * **Details**
 *
 * What a folder `internal` holds, the index, and the program that a command starts are not public.
 */
export const publicModules = ({ exports }: Pick<Manifest, "exports">, paths: ReadonlyArray<string>) =>
  paths.filter((path) => !path.split("/").includes("internal") && exports[`./${path}`] !== null).toSorted()

/** Tells whether programs import the package, rather than people run it. */
export const isLibrary = ({ exports }: Pick<Manifest, "exports">): boolean => "." in exports

/** The specifier that imports a module, such as `@app/auth/TokenService`. */
export const specifier = ({ name }: Pick<Manifest, "name">, module: string) => `${name}/${module}`

const built = (path: string) => path.replace(/^\.\/src\/(.*)\.ts$/, "./dist/$1.js")

const areBuilt = (targets: Readonly<Record<string, string | null>>) =>
  Object.fromEntries(Object.entries(targets).map(([key, target]) => [key, target === null ? null : built(target)]))

/**
 * Lists what is wrong with a manifest by itself.
 *
 * **Details**
 *
 * Outside of the workspace the same modules are exported, as the build wrote them. A package of the workspace is asked for
 * with `^`, since all have one version; any other one with a range of the catalog `published`, since an exact version would
 * keep a program from sharing it.
 */
export const problems = (manifest: Manifest): ReadonlyArray<string> => {
  const { bin = {}, dependencies = {}, exports, peerDependencies = {}, publishConfig } = manifest
  const found: Array<string> = []
  if (!areEqual(publishConfig.exports, areBuilt(exports))) found.push("publishConfig.exports differs from exports")
  if (!areEqual(publishConfig.bin ?? {}, areBuilt(bin))) found.push("publishConfig.bin differs from bin")
  for (const [name, range] of Object.entries({ ...dependencies, ...peerDependencies })) {
    const expected = name.startsWith("@app/") ? "workspace:^" : "catalog:published"
    if (range !== expected) found.push(`${name} is asked for with ${range} instead of ${expected}`)
  }
  return found
}

const areEqual = (
  one: Readonly<Record<string, string | null>>,
  other: Readonly<Record<string, string | null>>
): boolean =>
  Object.keys(one).length === Object.keys(other).length
  && Object.entries(one).every(([key, value]) => other[key] === value)
