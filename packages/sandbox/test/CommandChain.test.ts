import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as CommandChain from "../src/internal/CommandChain.ts"
import { send } from "./support/Requests.ts"

const main = join(import.meta.dirname, "../src/main.ts")
const tsx = join(import.meta.dirname, "../../../node_modules/tsx/dist/cli.mjs")

/** Processes with these commands, from the program to the first process of the system. */
const lineage = (...commands: ReadonlyArray<string>): ReadonlyArray<CommandChain.Process> =>
  commands.map((command, index) => ({
    pid: 1000 - index,
    parent: index === commands.length - 1 ? 0 : 999 - index,
    command,
    ended: false
  }))

const server = "/usr/bin/node --import file:///tsx/dist/loader.mjs packages/sandbox/src/main.ts"

/** The commands that `npm run sandbox` runs on Unix. */
const npmRun = [
  "node /repo/node_modules/.bin/../tsx/dist/cli.mjs packages/sandbox/src/main.ts",
  "sh -c trap 'kill -s INT $$' INT; tsx packages/sandbox/src/main.ts",
  "pnpm run sandbox:serve",
  "sh -c 'pnpm' run sandbox:serve",
  "npm exec pnpm@12.21.0 run sandbox:serve",
  "sh -c npx --yes pnpm@12.21.0 run sandbox:serve",
  "npm run sandbox"
]

describe("the chain of commands that is watched", () => {
  it.each([
    ["a terminal", [...npmRun, "-bash", "sshd: me@pts/0", "/sbin/init"], 7],
    ["a script", [...npmRun, "bash ./test.sh", "/sbin/init"], 7],
    ["a command line", [...npmRun, "sh -c cd app && npm run sandbox 2>&1 | tee log", "node ci.js", "/sbin/init"], 7],
    ["another script that waits for it", [...npmRun, "sh -c npm run sandbox", "npm run dev", "-zsh", "/sbin/init"], 9],
    [
      "another script's background",
      [...npmRun, "sh -c npm run sandbox & wait-on tcp:8888", "npm test", "/sbin/init"],
      7
    ],
    ["a process manager", [...npmRun, "node /repo/node_modules/.bin/concurrently npm:*", "npm run dev"], 7],
    ["a container", npmRun, 7],
    ["nobody any more", [...npmRun, "/sbin/init"], 7],
    ["npm by its script", [
      "sh -c node main.ts",
      "/usr/bin/node /usr/lib/node_modules/npm/bin/npm-cli.js run x",
      "fish"
    ], 2],
    ["node itself", ["node --run sandbox", "fish"], 1],
    ["tsx alone", [npmRun[0] ?? "", "-bash", "/sbin/init"], 1],
    ["a shell", ["-bash", "/sbin/init"], 0],
    ["a command of a shell", ["sh -c node main.ts", "/sbin/init"], 0],
    ["a supervisor", ["/lib/systemd/systemd --user"], 0],
    ["an editor of files called npm", ["vim /home/me/npm", "-bash"], 0]
  ])("ends with the topmost package manager, started by %s (F147)", (_by, commands, links) => {
    const chain = CommandChain.chainOf(lineage(server, ...commands))
    assert.deepStrictEqual(chain.map(({ command }) => command), [server, ...commands.slice(0, links)])
  })

  it("has broken when a link is gone, has ended, or has another parent, and not before (F147)", () => {
    const all = lineage(server, ...npmRun, "-bash", "/sbin/init")
    const chain = CommandChain.chainOf(all)
    assert.isTrue(CommandChain.isIntact(chain, all))
    const change = (index: number, changes: Partial<CommandChain.Process>) =>
      all.map((process, position) => (position === index ? { ...process, ...changes } : process))
    for (const [index] of chain.entries()) {
      assert.isFalse(CommandChain.isIntact(chain, all.filter((_, position) => position !== index)))
      assert.isFalse(CommandChain.isIntact(chain, change(index, { ended: true })))
      // The shell that npm was started from may go: then npm is the first process's child.
      assert.strictEqual(CommandChain.isIntact(chain, change(index, { parent: 1 })), index === chain.length - 1)
    }
  })
})

describe.skipIf(process.platform === "win32")("the program", () => {
  /** A command that is killed with all that it has started, and its ports as soon as it tells them. */
  const start = Effect.fnUntraced(function*(command: string, args: ReadonlyArray<string>, cwd = process.cwd()) {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => spawn(command, args, { cwd, stdio: ["ignore", "pipe", "ignore"], detached: true })),
      ({ pid }) => Effect.ignore(Effect.try(() => pid !== undefined && process.kill(-pid, "SIGKILL")))
    )
    const ports = yield* Effect.callback<ReadonlyArray<number>>((resume) => {
      let printed = ""
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        printed += chunk
        if (!printed.includes("/sandbox/requests")) return
        resume(Effect.succeed(
          Array.from(printed.matchAll(/127\.0\.0\.1:(\d+)(?:\/v1)?$/gm), ([, port]) => Number(port))
        ))
      })
    })
    assert.strictEqual(ports.length, 2)
    return { child, ports }
  })

  const isOpen = (port: number) =>
    Effect.callback<boolean>((resume) => {
      const socket = connect(port, "127.0.0.1")
      socket.once("connect", () => resume(Effect.succeed(true)))
      socket.once("error", () => resume(Effect.succeed(false)))
      return Effect.sync(() => socket.destroy())
    })

  const closed = (port: number) =>
    Effect.repeat(isOpen(port), { schedule: Schedule.spaced("50 millis"), until: (open) => !open })

  const temporary = Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "sandbox-launch-"))),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
  )

  it.live.each(["SIGTERM", "SIGKILL", "SIGHUP"] as const)(
    "is gone soon after the npm that ran the npm that ran it, ended by %s (F147)",
    (signal) =>
      Effect.gen(function*() {
        const directory = yield* temporary
        writeFileSync(
          join(directory, "package.json"),
          JSON.stringify({
            scripts: {
              outer: "npm run inner",
              inner: `"${process.execPath}" "${tsx}" "${main}" --port 0 --api-port 0`
            }
          })
        )
        const { child, ports } = yield* start("npm", ["run", "outer"], directory)
        child.kill(signal)
        yield* Effect.timeout(Effect.forEach(ports, closed), "10 seconds")
      }).pipe(Effect.scoped)
  )

  it.live.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "ends on %s, whatever hangs (F147)",
    (signal) =>
      Effect.gen(function*() {
        const { child, ports: [accounts, api] } = yield* start(process.execPath, [
          main,
          "--port",
          "0",
          "--api-port",
          "0"
        ])
        const control = `http://127.0.0.1:${accounts}/sandbox`
        const body = JSON.stringify({ route: "GET /v1/me", fault: { _tag: "Hang" } })
        yield* send(`${control}/faults`, { method: "POST", headers: { "content-type": "application/json" }, body })
        const hanging = yield* Effect.forkChild(Effect.exit(send(`http://127.0.0.1:${api}/v1/me`)))
        yield* Effect.repeat(send(`${control}/requests`), { until: ({ text }) => text !== "[]" })
        const exit = Effect.callback<void>((resume) => {
          child.once("exit", () => resume(Effect.void))
        })
        const waiting = yield* Effect.forkChild(exit, { startImmediately: true })
        child.kill(signal)
        yield* Effect.timeout(Fiber.join(waiting), "2 seconds")
        assert.isTrue(Exit.isFailure(yield* Fiber.join(hanging)))
      }).pipe(Effect.scoped)
  )
})
