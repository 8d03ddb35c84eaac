/**
 * Programs bundled for a browser, as a person who ships them would.
 */
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { MeasurementFailed } from "./MeasurementFailed.ts"

export interface Bundle {
  /** Minified, in bytes. */
  readonly minified: number
  /** Minified and packed with gzip, in bytes. */
  readonly gzip: number
  /** The files that something of is in it, by their paths below the workspace. */
  readonly files: ReadonlyArray<string>
}

/** The bundle of a file of `programs`. */
export const of = (program: string): Effect.Effect<Bundle, MeasurementFailed> =>
  Effect.tryPromise({
    try: () =>
      build({
        entryPoints: [join(import.meta.dirname, "programs", program)],
        bundle: true,
        minify: true,
        format: "esm",
        platform: "browser",
        target: "es2022",
        write: false,
        metafile: true,
        logLevel: "silent"
      }),
    catch: (error) => new MeasurementFailed({ subject: program, issue: String(error) })
  }).pipe(Effect.map(({ metafile, outputFiles }) => {
    const code = outputFiles[0]?.contents ?? new Uint8Array()
    const [output] = Object.values(metafile.outputs)
    return {
      minified: code.byteLength,
      gzip: gzipSync(code, { level: 9 }).byteLength,
      files: Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(
        ([file]) => file
      )
    }
  }))

/** The modules of Effect that a program's files import, besides those that Effect's own import in turn. */
export const effectModules = (program: string): Effect.Effect<ReadonlyArray<string>, MeasurementFailed> =>
  Effect.tryPromise({
    try: () =>
      build({
        entryPoints: [join(import.meta.dirname, "programs", program)],
        bundle: true,
        external: ["effect", "effect/*"],
        format: "esm",
        platform: "node",
        write: false,
        metafile: true,
        logLevel: "silent"
      }),
    catch: (error) => new MeasurementFailed({ subject: program, issue: String(error) })
  }).pipe(Effect.map(({ metafile }) => {
    const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports)
    return Array.from(
      new Set(
        imported.filter(({ external, path }) => external === true && path.startsWith("effect")).map((it) => it.path)
      )
    ).sort()
  }))
