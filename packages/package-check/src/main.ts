/**
 * `npm run package-check`: are the packages fit to be published? Exits with 1 at the first check that fails.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Runtime from "effect/Runtime"
import * as Command from "./Command.ts"
import * as Consumer from "./Consumer.ts"
import * as FieldDocs from "./FieldDocs.ts"
import * as Manifest from "./Manifest.ts"
import * as PackageLint from "./PackageLint.ts"
import * as Program from "./Program.ts"
import * as Runtimes from "./Runtimes.ts"
import * as Tarball from "./Tarball.ts"
import * as Workspace from "./Workspace.ts"

const checkTarball = Effect.fnUntraced(function*(tarball: Tarball.Tarball) {
  const { bytes, manifest, modules } = tarball
  yield* PackageLint.publint(tarball)
  if (!Manifest.isLibrary(manifest)) {
    return yield* Console.log(
      `${manifest.name} ${manifest.version}: ${Math.round(bytes / 1000)} kB; publint finds nothing`
    )
  }
  yield* PackageLint.attw(tarball)
  const fields = yield* FieldDocs.check(tarball)
  yield* Console.log(
    `${manifest.name} ${manifest.version}: ${Math.round(bytes / 1000)} kB, ${modules.length} modules; publint and attw`
      + ` find nothing${fields === 0 ? "" : `; ${fields} fields of models have their docs`}`
  )
})

const checkCommand = Effect.fnUntraced(function*({ folder }: Consumer.Consumer) {
  yield* Command.run("spotify-sandbox --version", folder, "npm", ["exec", "--no", "--", "spotify-sandbox", "--version"])
  yield* Console.log("The command spotify-sandbox starts")
})

/** A runtime that cannot be had is told, and no failure: this machine may lack it. */
const checkRuntime = Effect.fnUntraced(
  function*(
    runtime: Runtimes.Runtime,
    consumer: Consumer.Consumer,
    programs: ReadonlyArray<Program.Program>,
    folder: string
  ) {
    const command = yield* Effect.option(Runtimes.install(runtime, `${folder}/${runtime.command}-${runtime.package}`))
    if (command._tag === "None") return yield* Console.log(`Skipped: ${runtime.name} could not be installed`)
    yield* Runtimes.run(runtime, command.value, consumer)
    yield* Console.log(`${runtime.name} runs ${runtime.programs.join(", ")}`)
    for (const program of programs) {
      const milliseconds = yield* Program.run(program, runtime, command.value)
      yield* Console.log(`${runtime.name} runs spotify, which starts in ${milliseconds} ms`)
    }
  }
)

const packageCheck = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "package-check-" })

  yield* Tarball.build
  const packages = yield* Workspace.packages
  const tarballs = yield* Effect.forEach(packages, (each) => Tarball.pack(each, folder))
  yield* Effect.forEach(tarballs, checkTarball)

  const consumer = yield* Consumer.make(tarballs, `${folder}/consumer`)
  yield* Console.log("npm installs the tarballs in an empty project")
  yield* Effect.forEach(Consumer.compilations, (compilation) =>
    Effect.andThen(
      Consumer.compile(consumer, compilation),
      Console.log(`TypeScript ${compilation.typescript} compiles it, ${compilation.moduleResolution}`)
    ))
  yield* checkCommand(consumer)
  const programs = yield* Effect.forEach(
    tarballs.filter(({ manifest }) => !Manifest.isLibrary(manifest)),
    (tarball, index) => Program.install(tarball, `${folder}/program-${index}`)
  )
  yield* Console.log("npm installs spotify in an empty project, alone")
  yield* Effect.forEach(
    Runtimes.runtimes,
    (runtime) => checkRuntime(runtime, consumer, programs, `${folder}/runtimes`)
  )
})

packageCheck.pipe(
  Effect.scoped,
  Effect.tapError(({ message }) => Console.error(message)),
  // Said already: no report, no stack trace.
  Effect.mapError((error) => Object.assign(error, { [Runtime.errorReported]: false })),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain
)
