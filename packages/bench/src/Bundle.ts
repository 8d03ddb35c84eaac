/**
 * Programs bundled for a browser, as a person who ships them would.
 */
import * as Effect from "effect/Effect"
import { build, type BuildOptions } from "esbuild"
import { join } from "node:path"
import { MeasurementFailed } from "./MeasurementFailed.ts"
import * as SizeLimit from "./SizeLimit.ts"

export interface Bundle {
  /** Minified, in bytes. */
  readonly minified: number
  /** Minified and packed with gzip. */
  readonly gzip: SizeLimit.Weight
  /** The files that something of is in it, by their paths below the workspace. */
  readonly files: ReadonlyArray<string>
}

export interface Options {
  readonly withoutEffect?: boolean
  /** The folder of the program. Default: `programs`, where the packages are the sources of this workspace. */
  readonly folder?: string
  /** The most bytes that it may have with gzip. Default: any number. */
  readonly limit?: number
}

/** The bundle of a program, with Effect or without. */
export const of = (program: string, options?: Options): Effect.Effect<Bundle, MeasurementFailed> =>
  built(program, {
    minify: true,
    platform: "browser",
    ...(options?.withoutEffect === true && { external: effect })
  }, options?.folder).pipe(Effect.flatMap(({ metafile, outputFiles }) => {
    const code = outputFiles[0]?.contents ?? new Uint8Array()
    const [output] = Object.values(metafile.outputs)
    return Effect.map(SizeLimit.weigh(program, code, options?.limit), (gzip) => ({
      minified: code.byteLength,
      gzip,
      files: Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(
        ([file]) => file
      )
    }))
  }))

/** The modules among `names` that something of is in a bundle. */
export const found = ({ files }: Pick<Bundle, "files">, names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.filter((name) => files.some((file) => file.endsWith(`/${name}.js`)))

/** Modules that serve a contract, stream or open sockets, and are no part of a program that requests a track. */
export const strangers = ["HttpApiClient", "Sse", "Socket", "HttpRouter"]

/** A program's own files in one, and the modules of Effect that they import, besides those that Effect's own import in turn. */
export interface WithoutEffect {
  readonly code: Uint8Array
  readonly modules: ReadonlyArray<string>
}

export const withoutEffect = (program: string): Effect.Effect<WithoutEffect, MeasurementFailed> =>
  built(program, { external: effect, platform: "node" }).pipe(
    Effect.map(({ metafile, outputFiles }) => {
      const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports)
      const modules = imported.filter(({ external, path }) => external === true && path.startsWith("effect/"))
      return {
        code: outputFiles[0]?.contents ?? new Uint8Array(),
        modules: Array.from(new Set(modules.map(({ path }) => path))).sort()
      }
    })
  )

const effect = ["effect", "effect/*"]

/** Bundles a program with esbuild. */
const built = (program: string, options: BuildOptions, folder = join(import.meta.dirname, "programs")) =>
  Effect.tryPromise({
    try: () =>
      build({
        entryPoints: [join(folder, program)],
        bundle: true,
        format: "esm",
        target: "es2022",
        logLevel: "silent",
        ...options,
        metafile: true,
        write: false
      }),
    catch: (error) => new MeasurementFailed({ subject: program, issue: String(error) })
  })
