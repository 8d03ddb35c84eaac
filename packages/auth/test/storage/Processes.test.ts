import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import * as TokenEndpoint from "@app/auth/TokenEndpoint"
import { Fault, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Redacted from "effect/Redacted"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"

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

const processes = Effect.fnUntraced(function*(count: number) {
  const { accountsUrl, clearLog, client: { clientId } } = yield* Sandbox.Sandbox
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "processes-"))),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  )
  const refreshToken = yield* refreshTokenOfAPerson
  yield* clearLog
  return yield* Effect.forEach(Array.from({ length: count }), () =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const child = spawn(
          process.execPath,
          [join(import.meta.dirname, "TokenServiceWorker.ts"), directory, accountsUrl, clientId, refreshToken],
          { stdio: ["pipe", "pipe", "inherit"] }
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
    ))
})

type Workers = Effect.Success<ReturnType<typeof processes>>

const askAll = (workers: Workers, what: "get" | "refresh") =>
  Effect.map(
    Effect.forEach(workers, ({ ask }) => ask(what), { concurrency: "unbounded" }),
    (answers) => new Set(answers)
  )

describe("processes that share an account's tokens through files", () => {
  it.live(
    "I2: four of them, thirty refreshes at once with rotation on: one request each time, and no token lost",
    () =>
      Effect.gen(function*() {
        const { count, requests } = yield* Sandbox.Sandbox
        const workers = yield* processes(4)
        assert.strictEqual((yield* askAll(workers, "get")).size, 1)
        assert.strictEqual(yield* count("POST /api/token"), 1)
        for (let round = 1; round <= 30; round++) {
          const answers = yield* askAll(workers, "refresh")
          assert.strictEqual(answers.size, 1)
          assert.notInclude([...answers].join(), "failed")
          assert.strictEqual(yield* count("POST /api/token"), 1 + round)
        }
        assert.isTrue((yield* requests).every(({ status }) => status === 200))
      }).pipe(Effect.scoped, Effect.provide(Sandbox.layer({ rotateRefreshTokens: true }))),
    60_000
  )

  it.live("a process killed while its refresh is under way costs the others no sign-in", () =>
    Effect.gen(function*() {
      const { count, inject } = yield* Sandbox.Sandbox
      const workers = yield* processes(2)
      yield* askAll(workers, "get")
      const [doomed, survivor] = workers
      if (doomed === undefined || survivor === undefined) return assert.fail("no processes")
      yield* inject("POST /api/token", Fault.Latency({ duration: Duration.seconds(30) }))
      const before = yield* count("POST /api/token")
      yield* Effect.forkScoped(doomed.ask("refresh"))
      yield* Effect.repeat(count("POST /api/token"), { until: (asked) => asked > before })
      doomed.child.kill("SIGKILL")
      assert.match(yield* survivor.ask("refresh"), /^[0-9a-f]{12}$/)
    }).pipe(Effect.scoped, Effect.provide(Sandbox.layer())), 60_000)
})
