import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
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
import * as SqlClient from "effect/sql/SqlClient"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import * as PostgreSql from "./PostgreSql.ts"
import { temporaryDirectory } from "./TemporaryDirectory.ts"

/** A person's refresh token, which every process is configured with. */
const refreshTokenOfAPerson = Effect.gen(function*() {
  const { accountsUrl, approve, client: { clientId, redirectUri } } = yield* Sandbox.Sandbox
  const server = AuthorizationServer.spotify.at(accountsUrl)
  const client = { clientId }
  const request = yield* AuthorizationRequest.make({ server, client, redirectUri })
  const endpoint = yield* TokenEndpoint.make({ server, client })
  const tokenSet = yield* endpoint.request(yield* request.callback(yield* approve(request.url)))
  return Redacted.value(tokenSet.refreshToken ?? Redacted.make(""))
}).pipe(Effect.provide([SecureRandom.layerWebCrypto, Digest.layerWebCrypto, FetchHttpClient.layer]))

/** Where processes keep what they share. */
interface Place {
  readonly TOKEN_STORE: string
  readonly TOKEN_TABLE?: string
}

const directory = Effect.map(temporaryDirectory, (TOKEN_STORE): Place => ({ TOKEN_STORE }))

const database = Effect.gen(function*() {
  const { config: { url = Redacted.make("") } } = yield* PgClient.PgClient
  const sql = yield* SqlClient.SqlClient
  const table = `processes_${process.pid}`
  yield* Effect.addFinalizer(() => Effect.ignore(sql`drop table if exists ${sql(table)}`))
  return { TOKEN_STORE: Redacted.value(url), TOKEN_TABLE: table } satisfies Place
})

/** Starts processes that share a place and an account: as many as wanted, whenever they are wanted. */
const family = Effect.fnUntraced(function*(place: Place) {
  const { accountsUrl, clearLog, client: { clientId } } = yield* Sandbox.Sandbox
  const refreshToken = yield* refreshTokenOfAPerson
  yield* clearLog
  const start = Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, "TokenServiceWorker.ts"), accountsUrl, clientId, refreshToken],
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
  return (count: number) => Effect.forEach(Array.from({ length: count }), () => start)
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
