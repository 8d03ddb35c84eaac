import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as Providers from "@app/auth/Providers"
import * as TokenEndpoint from "@app/auth/TokenEndpoint"
import { Fault, Sandbox } from "@app/sandbox"
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { chmodSync, chownSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { asNobody, nobody } from "../support/Nobody.ts"
import * as PostgreSql from "../support/PostgreSql.ts"
import { temporaryDirectory } from "../support/TemporaryDirectory.ts"

/** A person's refresh token, which every process is configured with. */
const refreshTokenOfAPerson = Effect.gen(function*() {
  const { accountsUrl, approve, client: { clientId, redirectUri } } = yield* Sandbox.Sandbox
  const server = Providers.spotify.at(accountsUrl)
  const client = { clientId }
  const request = yield* AuthorizationRequest.make({ server, client, redirectUri })
  const endpoint = yield* TokenEndpoint.make({ server, client })
  const tokenSet = yield* endpoint.request(yield* request.handleCallback(yield* approve(request.url)))
  return Redacted.value(tokenSet.refreshToken ?? Redacted.make(""))
}).pipe(Effect.provide([SecureRandom.layerWebCrypto, Digest.layerWebCrypto, FetchHttpClient.layer]))

/** Where processes keep what they share, and as whom they run. */
interface Place {
  readonly TOKEN_STORE: string
  readonly TOKEN_TABLE?: string
  readonly TOKEN_USER?: string
}

const directory = Effect.map(temporaryDirectory, (TOKEN_STORE): Place => ({ TOKEN_STORE }))

const database = Effect.gen(function*() {
  const { config: { url = Redacted.make("") } } = yield* PgClient.PgClient
  const sql = yield* SqlClient.SqlClient
  const table = `processes_${process.pid}`
  yield* Effect.addFinalizer(() => Effect.ignore(sql`drop table if exists ${sql(table)}`))
  return { TOKEN_STORE: Redacted.value(url), TOKEN_TABLE: table } satisfies Place
})

/** Lets a program write nothing into any file, as on a disk that is full to its last byte. */
const onFullDisk = ["sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""] as const

/** Starts processes that share a place and an account: as many as wanted, whenever they are wanted. */
const family = Effect.fnUntraced(function*(place: Place) {
  const { accountsUrl, clearLog, client: { clientId } } = yield* Sandbox.Sandbox
  const refreshToken = yield* refreshTokenOfAPerson
  yield* clearLog
  const start = (through: ReadonlyArray<string>) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const [command = "", ...args] = [
          ...through,
          process.execPath,
          join(import.meta.dirname, "../support/TokenServiceWorker.ts"),
          accountsUrl,
          clientId,
          refreshToken
        ]
        const child = spawn(
          command,
          args,
          { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...place } }
        )
        const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
        return {
          child,
          ended: once(child, "exit"),
          ask: (what: "get" | "refresh") =>
            Effect.promise(async () => {
              child.stdin.write(`${what}\n`)
              return String((await lines.next()).value)
            })
        }
      }),
      ({ child, ended }) =>
        Effect.promise(async () => {
          child.kill("SIGKILL")
          await ended
        })
    )
  return (count: number, through: ReadonlyArray<string> = []) =>
    Effect.forEach(Array.from({ length: count }), () => start(through))
})

const rotating = { rotateRefreshTokens: true }

type Workers = Effect.Success<ReturnType<Effect.Success<ReturnType<typeof family>>>>

const askAll = (workers: Workers, what: "get" | "refresh") =>
  Effect.map(
    Effect.forEach(workers, ({ ask }) => ask(what), { concurrency: "unbounded" }),
    (answers) => new Set(answers)
  )

const thirtyRefreshes = Effect.fnUntraced(function*(place: Place) {
  const { count, requests } = yield* Sandbox.Sandbox
  const start = yield* family(place)
  const workers = yield* start(4)
  assert.strictEqual((yield* askAll(workers, "get")).size, 1)
  assert.strictEqual(yield* count("POST /api/token"), 1)
  let last = ""
  for (let round = 1; round <= 30; round++) {
    const answers = [...yield* askAll(workers, "refresh")]
    assert.strictEqual(answers.length, 1)
    assert.match(answers[0] ?? "", /^[0-9a-f]{12}$/)
    assert.notStrictEqual(answers[0], last)
    last = answers[0] ?? ""
    assert.strictEqual(yield* count("POST /api/token"), 1 + round)
  }
  // One that comes later finds the last token, and what it takes to go on.
  const [newcomer] = yield* start(1)
  if (newcomer === undefined) return assert.fail("no process")
  assert.strictEqual(yield* newcomer.ask("get"), last)
  assert.strictEqual(yield* count("POST /api/token"), 31)
  assert.match(yield* newcomer.ask("refresh"), /^[0-9a-f]{12}$/)
  // Not one `invalid_grant`.
  assert.isTrue((yield* requests).every(({ status }) => status === 200))
})

const killedInTheMiddle = Effect.fnUntraced(function*(place: Place) {
  const { count, inject } = yield* Sandbox.Sandbox
  const workers = yield* (yield* family(place))(2)
  yield* askAll(workers, "get")
  const [doomed, survivor] = workers
  if (doomed === undefined || survivor === undefined) return assert.fail("no processes")
  yield* inject("POST /api/token", Fault.Latency({ duration: Duration.seconds(30) }))
  const before = yield* count("POST /api/token")
  yield* Effect.forkScoped(doomed.ask("refresh"))
  yield* Effect.repeat(count("POST /api/token"), { until: (asked) => asked > before })
  doomed.child.kill("SIGKILL")
  assert.match(yield* survivor.ask("refresh"), /^[0-9a-f]{12}$/)
})

describe("processes that share an account's tokens through files", () => {
  it.live(
    "I2: four of them, thirty refreshes at once with rotation on: one request each time, no token lost (F30, F31)",
    () => directory.pipe(Effect.flatMap(thirtyRefreshes), Effect.scoped, Effect.provide(Sandbox.layer(rotating))),
    120_000
  )

  it.live(
    "one that is killed while its refresh is under way costs the others no sign-in (F34, F65)",
    () => directory.pipe(Effect.flatMap(killedInTheMiddle), Effect.scoped, Effect.provide(Sandbox.layer())),
    60_000
  )
})

/** A directory that a family has used, and the files in it, as its own. */
const inUse = Effect.gen(function*() {
  const TOKEN_STORE = yield* temporaryDirectory
  if (nobody !== undefined) chownSync(TOKEN_STORE, nobody, nobody)
  const place: Place = { TOKEN_STORE, ...asNobody }
  const start = yield* family(place)
  const [first] = yield* start(1)
  if (first === undefined) return yield* Effect.die("no process")
  const token = yield* first.ask("get")
  const fileOf = (ending: string) =>
    join(TOKEN_STORE, readdirSync(TOKEN_STORE).find((name) => name.endsWith(ending)) ?? "missing")
  return { directory: TOKEN_STORE, lock: fileOf(".lock"), record: fileOf(".token"), start, token }
})

type InUse = Effect.Success<typeof inUse>

/** Mounts a file system of its own there, where this machine lets tests do so. */
const canMount = nobody !== undefined
  && Effect.runSync(Effect.scoped(Effect.gen(function*() {
    const directory = yield* temporaryDirectory
    const isMounted = spawnSync("mount", ["-t", "tmpfs", "tmpfs", directory]).status === 0
    if (isMounted) spawnSync("umount", [directory])
    return isMounted
  })))

/** A small file system in the directory's place, with the same files in it. */
const moved = ({ directory, lock, record }: InUse) =>
  Effect.gen(function*() {
    const files = [lock, record].map((file) => [file, readFileSync(file)] as const)
    yield* Effect.acquireRelease(
      Effect.sync(() => spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k,mode=0777", "tmpfs", directory])),
      () => Effect.sync(() => spawnSync("umount", [directory]))
    )
    for (const [file, bytes] of files) {
      writeFileSync(file, bytes, { mode: 0o600 })
      chownSync(file, nobody ?? 0, nobody ?? 0)
    }
  })

/** What keeps a lock from excluding anyone, and what the message says of it. */
const unlockable: ReadonlyArray<readonly [string, string, (place: InUse) => Effect.Effect<void, never, Scope.Scope>]> =
  [
    ["has mode 0400", "mode 0400", ({ lock }) => Effect.sync(() => chmodSync(lock, 0o400))],
    ["has mode 0000", "mode 0000", ({ lock }) => Effect.sync(() => chmodSync(lock, 0))],
    ...(nobody === undefined ? [] : [
      [
        "is another user's",
        "Check the owner",
        ({ lock }: InUse) =>
          Effect.sync(() => {
            chownSync(lock, 0, 0)
            chmodSync(lock, 0o644)
          })
      ] as const
    ]),
    ...(canMount
      ? [
        [
          "is on a file system that is mounted read-only",
          "read-only",
          (place: InUse) =>
            Effect.andThen(
              moved(place),
              Effect.sync(() => spawnSync("mount", ["-o", "remount,ro", place.directory]))
            )
        ] as const
      ]
      : [])
  ]

/** How a disk comes to be full, and through what a process is started on it. */
const full: ReadonlyArray<
  readonly [string, ReadonlyArray<string>, (place: InUse) => Effect.Effect<void, never, Scope.Scope>]
> = [
  ["that takes not one byte", onFullDisk, () => Effect.void],
  ...(canMount
    ? [
      [
        "filled to the last byte",
        [],
        (place: InUse) =>
          Effect.andThen(
            moved(place),
            Effect.sync(() => spawnSync("dd", ["if=/dev/zero", `of=${join(place.directory, "other")}`]))
          )
      ] as const
    ]
    : [])
]

describe("processes that share an account's tokens in a place that cannot be written", () => {
  it.live.each(unlockable)(
    "I23: where the lock file %s, none of them sends the refresh token, and each says why (F111)",
    ([, mention, spoil]) =>
      Effect.gen(function*() {
        const { count } = yield* Sandbox.Sandbox
        const place = yield* inUse
        yield* spoil(place)
        const before = yield* count("POST /api/token")
        const answers = yield* askAll(yield* place.start(3), "refresh")
        for (const answer of answers) {
          assert.include(answer, `failed: The token store could not lock ${place.lock}`)
          assert.include(answer, mention)
        }
        assert.strictEqual(yield* count("POST /api/token"), before)
      }).pipe(Effect.scoped, Effect.provide(Sandbox.layer(rotating))),
    60_000
  )

  it.live.each(full)(
    "I5: on a disk %s a new one finds the good token, and goes on refreshing (F112)",
    ([, through, fill]) =>
      Effect.gen(function*() {
        const { count } = yield* Sandbox.Sandbox
        const place = yield* inUse
        const { record, start, token } = place
        const kept = readFileSync(record, "utf8")
        yield* fill(place)
        const [process] = yield* start(1, through)
        if (process === undefined) return assert.fail("no process")
        assert.strictEqual(yield* process.ask("get"), token)
        assert.strictEqual(yield* count("POST /api/token"), 1)
        const answers = new Set([token])
        for (let round = 1; round <= 3; round++) answers.add(yield* process.ask("refresh"))
        assert.strictEqual(answers.size, 4)
        for (const answer of answers) assert.match(answer, /^[0-9a-f]{12}$/)
        assert.strictEqual(readFileSync(record, "utf8"), kept)
      }).pipe(Effect.scoped, Effect.provide(Sandbox.layer(rotating))),
    60_000
  )

  it.live(
    "I5: in a folder that may not be written a new one finds the good token, and goes on refreshing (F112)",
    () =>
      Effect.gen(function*() {
        const { directory, record, start, token } = yield* inUse
        const kept = readFileSync(record, "utf8")
        chmodSync(directory, 0o500)
        const [process] = yield* start(1)
        if (process === undefined) return assert.fail("no process")
        assert.strictEqual(yield* process.ask("get"), token)
        assert.match(yield* process.ask("refresh"), /^[0-9a-f]{12}$/)
        assert.strictEqual(readFileSync(record, "utf8"), kept)
        chmodSync(directory, 0o700)
      }).pipe(Effect.scoped, Effect.provide(Sandbox.layer(rotating))),
    60_000
  )

  it.live(
    "I23: where there is no lock file yet and none can be made, none sends the refresh token (F112)",
    () =>
      Effect.gen(function*() {
        const { count } = yield* Sandbox.Sandbox
        const { directory, lock, start } = yield* inUse
        rmSync(lock)
        chmodSync(directory, 0o500)
        const before = yield* count("POST /api/token")
        const [process] = yield* start(1)
        if (process === undefined) return assert.fail("no process")
        const answer = yield* process.ask("get")
        assert.include(answer, lock)
        assert.include(answer, "Check the owner and the mode of the file and its folder")
        assert.strictEqual(yield* count("POST /api/token"), before)
        chmodSync(directory, 0o700)
      }).pipe(Effect.scoped, Effect.provide(Sandbox.layer(rotating))),
    60_000
  )
})

describe("processes that share an account's tokens through PostgreSQL", () => {
  it.live(
    "I2: four of them, thirty refreshes at once with rotation on: one request each time, no token lost (F30, F31)",
    () =>
      database.pipe(
        Effect.flatMap(thirtyRefreshes),
        Effect.scoped,
        Effect.provide([PostgreSql.layer, Sandbox.layer(rotating)])
      ),
    180_000
  )
})
