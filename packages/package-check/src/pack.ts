/**
 * `npm run pack -- FOLDER`: leaves tarballs of the packages in a folder, for a project of one's own.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Script from "../../../scripts/Script.ts"
import * as Tarball from "./Tarball.ts"
import * as Workspace from "./Workspace.ts"

const pack = Command.make("pack", {
  folder: Argument.Directory("folder").pipe(Argument.withDescription("Where to leave the tarballs"))
}, ({ folder }) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const destination = path.resolve(folder)
    yield* fs.makeDirectory(destination, { recursive: true })
    yield* Tarball.build
    const packages = yield* Workspace.packages
    const tarballs = yield* Effect.forEach(packages, (each) => Tarball.pack(each, destination))
    const files = tarballs.map(({ file }) => file).join(" ")
    yield* Console.log(`In your project:\n\n  npm install ${files} effect @effect/platform-node`)
  })).pipe(Command.withDescription("Leaves tarballs of the packages in a folder"))

Script.run(pack)
