import * as Fault from "@app/sandbox/Fault"
import * as Sandbox from "@app/sandbox/Sandbox"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { once } from "node:events"
import { createServer } from "node:net"
import { text } from "node:stream/consumers"
import { run, start } from "./support/Program.ts"

/** A port that was free a moment ago. */
const freePort = Effect.promise(async () => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  return typeof address === "object" && address !== null ? address.port : assert.fail("no port")
})

/** Waits for what a process says on standard error. */
const said = (program: ReturnType<typeof start>, pattern: RegExp) =>
  Effect.callback<string>((resume) => {
    let heard = ""
    program.stderr.on("data", (chunk: Buffer) => {
      heard += String(chunk)
      const [found] = pattern.exec(heard) ?? []
      if (found !== undefined) resume(Effect.succeed(found))
    })
  })

/** A person with a home of their own, whose Spotify is the sandbox. */
const person = Effect.gen(function*() {
  const { accountsUrl, apiUrl, client } = yield* Sandbox.Sandbox
  const fs = yield* FileSystem.FileSystem
  const redirectUri = new URL(client.redirectUri)
  redirectUri.port = String(yield* freePort)
  return {
    env: {
      HOME: yield* fs.makeTempDirectoryScoped(),
      SPOTIFY_ACCOUNTS_URL: accountsUrl,
      SPOTIFY_API_URL: apiUrl
    },
    login: ["login", "--no-browser", "--client-id", client.clientId, "--redirect-uri", redirectUri.href]
  }
})

const Local = Layer.mergeAll(Sandbox.layer(), NodeServices.layer)

describe("the program, signed in", () => {
  it.live(
    "takes a pasted callback, knows who came until they sign out, and gives scripts a token",
    () =>
      Effect.gen(function*() {
        const { env, login } = yield* person
        const { approve } = yield* Sandbox.Sandbox
        const call = (...args: ReadonlyArray<string>) => Effect.promise(() => run(args, { env }))

        const program = start(login, env)
        const ended = once(program, "exit")
        const rest = text(program.stdout)
        const url = yield* said(program, /http\S+authorize\?\S+/)
        program.stdin.write("what now?\n")
        yield* said(program, /Paste the whole address/)
        program.stdin.write(`${yield* approve(url)}\n`)
        const [[code], stdout] = yield* Effect.promise(() => Promise.all([ended, rest]))
        assert.deepStrictEqual([code, stdout], [0, ""])

        const accounts = yield* call("accounts")
        assert.strictEqual(accounts.stdout, "default\tsandy.box\tSandy Box\n")
        const status: unknown = JSON.parse((yield* call("status", "--json")).stdout)
        assert.deepInclude(status, { account: "default", displayName: "Sandy Box", phase: "Valid" })
        const { stdout: token } = yield* call("token")
        assert.match(token, /^\S{20,}\n$/)
        assert.strictEqual((yield* call("logout")).code, 2)
        assert.strictEqual((yield* call("logout", "--yes")).code, 0)
        assert.deepStrictEqual(yield* call("status"), {
          code: 4,
          stdout: "",
          stderr: "spotify: You are signed out. Run `spotify login`.\n"
        })
        assert.strictEqual((yield* call("accounts")).stdout, "")
      }).pipe(Effect.provide(Local)),
    60_000
  )

  it.live("ends at once on the second Ctrl-C, while it waits for a token", () =>
    Effect.gen(function*() {
      const { env, login } = yield* person
      const { approve, count, inject } = yield* Sandbox.Sandbox
      yield* inject("POST /api/token", Fault.Hang({}))
      const program = start(login, env)
      const ended = once(program, "exit")
      const url = yield* said(program, /http\S+authorize\?\S+/)
      program.stdin.write(`${yield* approve(url)}\n`)
      yield* Effect.repeat(count("POST /api/token"), {
        until: (requests) => requests > 0,
        schedule: Schedule.spaced("50 millis")
      })
      program.kill("SIGINT")
      yield* said(program, /Press Ctrl-C again/)
      program.kill("SIGINT")
      assert.deepStrictEqual(yield* Effect.promise(() => ended), [130, null])
    }).pipe(Effect.provide(Local)), 60_000)
})
