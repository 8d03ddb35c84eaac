import * as Fault from "@app/sandbox/Fault"
import * as Sandbox from "@app/sandbox/Sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import * as Person from "./support/Person.ts"
import { run, start } from "./support/Program.ts"

describe("the program, signed in", () => {
  it.live(
    "takes a pasted callback, knows who came until they sign out, and gives scripts a token",
    () =>
      Effect.gen(function*() {
        const { env, login } = yield* Person.make
        const { approve } = yield* Sandbox.Sandbox
        const call = (...args: ReadonlyArray<string>) => Effect.promise(() => run(args, { env }))

        const program = start(login, env)
        const ended = once(program, "exit")
        const rest = text(program.stdout)
        const url = yield* Person.said(program, Person.authorizeUrl)
        program.stdin.write("what now?\n")
        yield* Person.said(program, /Paste the whole address/)
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
      }).pipe(Effect.provide(Person.layer)),
    60_000
  )

  it.live("takes a pasted callback at whichever port the program has taken", () =>
    Effect.gen(function*() {
      const { clientId, env } = yield* Person.make
      const { approve } = yield* Sandbox.Sandbox
      const program = start(
        ["login", "--no-browser", "--client-id", clientId, "--redirect-uri", "http://127.0.0.1/callback"],
        env
      )
      const ended = once(program, "exit")
      const callback = yield* approve(yield* Person.said(program, Person.authorizeUrl))
      assert.match(String(callback), /^http:\/\/127\.0\.0\.1:\d+\/callback\?/)
      program.stdin.write(`${callback}\n`)
      assert.deepStrictEqual(yield* Effect.promise(() => ended), [0, null])
    }).pipe(Effect.provide(Person.layer)), 60_000)

  it.live("watches until the sign-in is over, and says then how to go on", () =>
    Effect.gen(function*() {
      const { configure, revokeRefreshTokens } = yield* Sandbox.Sandbox
      yield* configure({ accessTokenLifetime: Duration.seconds(3) })
      const { env } = yield* Person.signedIn
      yield* revokeRefreshTokens
      const { code, stderr, stdout } = yield* Effect.promise(() => run(["status", "--watch", "--json"], { env }))
      assert.strictEqual(code, 4)
      assert.strictEqual(stderr, "spotify: Spotify no longer accepts your sign-in. Run `spotify login`.\n")
      const lines = stdout.trimEnd().split("\n").map((line): { readonly phase: string } => JSON.parse(line))
      assert.strictEqual(lines.at(-1)?.phase, "SignInRequired")
    }).pipe(Effect.provide(Person.layer)), 60_000)

  it.live("ends at once on the second Ctrl-C, while it waits for a token", () =>
    Effect.gen(function*() {
      const { env, login } = yield* Person.make
      const { approve, count, inject } = yield* Sandbox.Sandbox
      yield* inject("POST /api/token", Fault.Hang({}))
      const program = start(login, env)
      const ended = once(program, "exit")
      const url = yield* Person.said(program, Person.authorizeUrl)
      program.stdin.write(`${yield* approve(url)}\n`)
      yield* Effect.repeat(count("POST /api/token"), {
        until: (requests) => requests > 0,
        schedule: Schedule.spaced("50 millis")
      })
      program.kill("SIGINT")
      yield* Person.said(program, /Press Ctrl-C again/)
      program.kill("SIGINT")
      assert.deepStrictEqual(yield* Effect.promise(() => ended), [130, null])
    }).pipe(Effect.provide(Person.layer)), 60_000)
})
