/** Processes that keep accounts fresh together, killed, suspended and ended at any moment. */
import { AccountDirectory } from "@app/auth/AccountDirectory"
import * as Accounts from "@app/auth/Accounts"
import * as Providers from "@app/auth/Providers"
import * as SharedAccounts from "@app/auth/SharedAccounts"
import { SharedTokenStore } from "@app/auth/SharedTokenStore"
import * as SqlSharedTokenStore from "@app/auth/SqlSharedTokenStore"
import * as TokenService from "@app/auth/TokenService"
import { TokenRecord } from "@app/auth/TokenStore"
import { Fault, Sandbox } from "@app/sandbox"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { database, table } from "../support/SqlTables.ts"

const lease = Duration.millis(1500)

/** Sign-ins as rows that wait for their first access token. */
const begin = Effect.fnUntraced(function*(count: number) {
  const { accountsUrl, client: { clientId }, issueRefreshTokens } = yield* Sandbox.Sandbox
  const { supersede } = yield* SharedTokenStore
  const { issuer } = Providers.spotify.at(accountsUrl)
  const refreshTokens = yield* issueRefreshTokens(count)
  const now = yield* DateTime.now
  const facts = { expiresAt: undefined, refreshAt: now, signInDueAt: undefined, ended: undefined, attempts: 0 }
  const accounts = refreshTokens.map((_, index) => `account-${index}`)
  yield* Effect.forEach(refreshTokens, (refreshToken, index) => {
    const record = new TokenRecord({ origin: Redacted.make(""), refreshToken })
    return supersede({ issuer, clientId, account: accounts[index] ?? "" }, { record, facts, version: undefined })
  }, { concurrency: 5 })
  return accounts
})

/** Starts a process, which is killed with the scope. */
const startWorker = Effect.fnUntraced(function*(name: string) {
  const { accountsUrl, client: { clientId } } = yield* Sandbox.Sandbox
  const { config: { url = Redacted.make("") } } = yield* PgClient.PgClient
  const worker = join(import.meta.dirname, "../support/SharedAccountsWorker.ts")
  const child = spawn(
    process.execPath,
    [worker, accountsUrl, clientId, Redacted.value(url), name, String(Duration.toMillis(lease))],
    { stdio: ["ignore", "pipe", "inherit"] }
  )
  yield* Effect.promise(() => once(child.stdout, "data"))
  return child
})

const ended = (child: ChildProcess, signal: "SIGKILL" | "SIGTERM") =>
  Effect.promise(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, "exit")
    child.kill("SIGCONT")
    child.kill(signal)
    await exit
  })

/** Three processes, one of which is replaced every now and then after it has met its end. */
const worksWhile = Effect.fnUntraced(function*(
  name: string,
  ends: ReadonlyArray<(child: ChildProcess) => Effect.Effect<void>>
) {
  const workers = yield* Effect.acquireRelease(
    Effect.all(Array.from({ length: 3 }, () => startWorker(name)), { concurrency: 3 }),
    (workers) => Effect.forEach(workers, (child) => ended(child, "SIGKILL"), { discard: true })
  )
  for (const [index, end] of ends.entries()) {
    yield* Effect.sleep("500 millis")
    const child = workers[index % 3]
    if (child === undefined) continue
    yield* end(child)
    if (child.exitCode !== null || child.signalCode !== null) workers[index % 3] = yield* startWorker(name)
  }
})

const kill = (child: ChildProcess) => ended(child, "SIGKILL")
const terminate = (child: ChildProcess) => ended(child, "SIGTERM")
const suspend = (child: ChildProcess) =>
  Effect.gen(function*() {
    child.kill("SIGSTOP")
    yield* Effect.sleep(Duration.times(lease, 2))
    child.kill("SIGCONT")
  })

/** Asks for all accounts until the scope closes, and keeps what it got to see. */
const readAll = Effect.fnUntraced(function*(accounts: ReadonlyArray<string>) {
  const seen = { reads: 0, failed: 0, expired: 0, slowest: 0 }
  const read = (account: string) =>
    Effect.gen(function*() {
      const before = yield* Clock.currentTimeMillis
      const exit = yield* Effect.exit(Effect.provide(TokenService.get, Accounts.get(account)))
      const now = yield* DateTime.now
      seen.reads += 1
      seen.slowest = Math.max(seen.slowest, now.epochMilliseconds - before)
      if (exit._tag === "Failure") seen.failed += 1
      else if (exit.value.isExpired(now)) seen.expired += 1
      yield* Effect.sleep("20 millis")
    })
  yield* Effect.forkScoped(Effect.forever(Effect.forEach(accounts, read, { discard: true })))
  return seen
})

const inFleet = <A, E>(
  settings: { readonly hasGrace: boolean },
  program: (table: string) => Effect.Effect<
    A,
    E,
    Accounts.Accounts | AccountDirectory | SharedTokenStore | Sandbox.Sandbox | PgClient.PgClient | Scope.Scope
  >
) =>
  Effect.suspend(() => {
    const name = table()
    const reader = Layer.unwrap(Effect.map(Sandbox.Sandbox, ({ accountsUrl, client: { clientId } }) =>
      SharedAccounts.layer({ server: Providers.spotify.at(accountsUrl), client: { clientId }, refreshes: 0 })))
    return Effect.scoped(program(name)).pipe(
      Effect.provide(reader.pipe(
        Layer.provideMerge(SqlSharedTokenStore.layer({ table: name, lease })),
        Layer.provide([NodeCrypto.layer, FetchHttpClient.layer]),
        Layer.provideMerge(database),
        Layer.provideMerge(Sandbox.layer({
          accessTokenLifetime: Duration.seconds(8),
          rotateRefreshTokens: true,
          ...(settings.hasGrace && { refreshTokenGrace: { duration: Duration.seconds(30) } })
        }))
      ))
    )
  }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))

it.live(
  "nothing is lost where the server forgives a second use: killed and suspended past their leases",
  () =>
    inFleet({ hasGrace: true }, (name) =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        const { counts } = yield* AccountDirectory
        const accounts = yield* begin(60)
        // The server has made up its mind long before the process hears of it.
        yield* sandbox.inject("POST /api/token", Fault.LateResponse({ duration: Duration.millis(600), times: 1000 }))
        yield* worksWhile(name, [])
        yield* Effect.sleep("4 seconds")
        const seen = yield* readAll(accounts)
        yield* Effect.scoped(worksWhile(name, [kill, kill, suspend, kill, kill]))
        yield* Effect.sleep("4 seconds")
        const { overlapping, resent, reused } = yield* sandbox.refreshCounts
        assert.deepStrictEqual({ overlapping, reused }, { overlapping: 0, reused: 0 })
        assert.isAtLeast(resent, 1)
        assert.strictEqual((yield* counts).SignInRequired, 0)
        assert.strictEqual((yield* counts).Retrying, 0)
        assert.strictEqual(seen.failed, 0)
        assert.strictEqual(seen.expired, 0)
        assert.isAtLeast(seen.reads, 100)
      })),
  120_000
)

it.live(
  "nothing is lost where the server forgives nothing, of processes that are told to end",
  () =>
    inFleet({ hasGrace: false }, (name) =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox.Sandbox
        const { counts } = yield* AccountDirectory
        yield* begin(60)
        yield* sandbox.inject("POST /api/token", Fault.LateResponse({ duration: Duration.millis(600), times: 1000 }))
        yield* worksWhile(name, [terminate, terminate, terminate])
        const { overlapping, reused, resent } = yield* sandbox.refreshCounts
        assert.deepStrictEqual({ overlapping, resent, reused }, { overlapping: 0, resent: 0, reused: 0 })
        assert.strictEqual((yield* counts).SignInRequired, 0)
      })),
  120_000
)
