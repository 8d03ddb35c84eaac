import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import * as TokenStorage from "@app/auth/TokenStorage"
import { type TokenRecord, TokenStore } from "@app/auth/TokenStore"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import { build } from "esbuild"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { text } from "node:stream/consumers"
import { setTimeout } from "node:timers/promises"
import { platform, temporaryDirectory } from "../support/TemporaryDirectory.ts"

/** So that half a record is no record. */
const padding = "x".repeat(2000)

/** Which of the endpoint's access tokens it is; one that is not whole is none. */
const serialOf = (accessToken: string) => Number(/^BQ-(\d+)\.x{2000}$/.exec(accessToken)?.[1] ?? NaN)

/**
 * A token endpoint that rotates, with the grace of many servers: a refresh token whose answer was lost may be sent again
 * for as long as its successor is unused.
 */
const tokenEndpoint = Effect.gen(function*() {
  const books = { accessTokens: 0, refreshTokens: 0, refused: 0 }
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request))
    const sent = Number(form.get("refresh_token")?.replace("AQ-", ""))
    response.setHeader("content-type", "application/json")
    if (sent !== books.refreshTokens && sent !== books.refreshTokens - 1) {
      books.refused += 1
      response.writeHead(400).end(JSON.stringify({ error: "invalid_grant" }))
      return
    }
    books.refreshTokens = sent + 1
    books.accessTokens += 1
    const answer = {
      access_token: `BQ-${books.accessTokens}.${padding}`,
      refresh_token: `AQ-${books.refreshTokens}`,
      token_type: "Bearer",
      expires_in: 3600
    }
    await setTimeout(books.accessTokens % 4)
    response.end(JSON.stringify(answer))
  })
  yield* Effect.acquireRelease(
    Effect.promise(() => once(server.listen(0, "127.0.0.1"), "listening")),
    () =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  )
  const address = server.address()
  return { books, url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}` }
})

/** Hundreds of processes start: one file without types, compiled once, costs a third of the modules it comes from. */
const bundle = Effect.fnUntraced(function*(directory: string) {
  const outfile = join(directory, "KilledWorker.mjs")
  yield* Effect.promise(() =>
    build({
      entryPoints: [join(import.meta.dirname, "../support/KilledWorker.ts")],
      bundle: true,
      platform: "node",
      format: "esm",
      outfile,
      logLevel: "error"
    })
  )
  return outfile
})

/** A process that is ready to refresh once it is told to. */
const start = (program: string, directory: string, url: string, refreshes?: number) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [
        program,
        directory,
        url,
        ...(refreshes === undefined ? [] : [`${refreshes}`])
      ], {
        stdio: ["pipe", "pipe", "inherit"],
        env: { ...process.env, NODE_COMPILE_CACHE: `${program}.cache` }
      })
      const lines = createInterface(child.stdout)
      const handedOut: Array<number> = []
      lines.on("line", (line) => {
        if (line.startsWith("BQ-")) handedOut.push(Number(line.slice(3)))
      })
      const begun = once(lines, "line")
      return {
        handedOut,
        ended: Effect.promise(() => once(child, "close")),
        begin: Effect.promise(() => {
          child.stdin.write("now\n")
          return begun
        }),
        kill: Effect.sync(() => child.kill("SIGKILL"))
      }
    }),
    ({ kill }) => kill
  )

it.live(
  "I13: a process killed at 200 random instants of its refreshes leaves the old record or the new one (F34)",
  () =>
    Effect.gen(function*() {
      const directory = yield* temporaryDirectory
      const program = yield* bundle(directory)
      const phases = { "before the request": 0, "before the record": 0, "between refreshes": 0 }

      // One that lives: what it has compiled is kept for the others.
      yield* Effect.gen(function*() {
        const { url } = yield* tokenEndpoint
        const pilot = yield* start(program, join(directory, "pilot"), url, 10)
        yield* pilot.begin
        yield* pilot.ended
        assert.deepStrictEqual(pilot.handedOut, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
      })

      /** Processes in turn, on one account: each goes on from what the one before it left behind. */
      const killInTurn = Effect.fnUntraced(function*(name: string, kills: number) {
        const { books, url } = yield* tokenEndpoint
        const tokens = join(directory, name)
        const storage = yield* FileTokenStorage.make({ directory: tokens })
        const store = yield* Layer.build(
          TokenStorage.layerTokenStore.pipe(Layer.provide(Layer.succeed(TokenStorage.TokenStorage, storage)))
        )
        const read = TokenStore.use(({ modify }) =>
          modify({ issuer: url, clientId: "client", account: "default" }, (entry) => entry.read)
        ).pipe(Effect.provideContext(store))

        let next = yield* start(program, tokens, url)
        /** Within how long they die: twice as long as a refresh takes on this machine, just now. */
        let span = 50
        for (let kill = 0; kill < kills; kill++) {
          const doomed = next
          next = yield* start(program, tokens, url)
          yield* doomed.begin
          yield* Effect.sleep(span * (yield* Random.next))
          yield* doomed.kill
          yield* doomed.ended
          span *= doomed.handedOut.length === 0 ? 1.1 : 0.9

          const record: TokenRecord | undefined = Option.getOrUndefined(yield* read)
          const token = record?.tokenSet?.accessToken.value
          const stored = token === undefined ? 0 : serialOf(Redacted.value(token))
          assert.isUndefined(record?.ended)
          // What was handed out had been stored before.
          assert.isAtLeast(stored, doomed.handedOut.at(-1) ?? 0)
          assert.isAtMost(stored, books.accessTokens)
          if (stored < books.accessTokens) {
            // The answer died with the process, and the note it left tells.
            assert.isDefined(record?.pendingSince)
            phases["before the record"] += 1
          } else if (record?.pendingSince !== undefined) phases["before the request"] += 1
          else phases["between refreshes"] += 1
        }
        assert.strictEqual(books.refused, 0)
      })

      yield* Effect.all([killInTurn("first", 100), killInTurn("second", 100)], { concurrency: 2 })
      // They did die in the middle of refreshes.
      assert.isAtLeast(phases["before the request"], 1)
      assert.isAtLeast(phases["before the record"], 1)
    }).pipe(Effect.scoped, Effect.provide(platform)),
  600_000
)
