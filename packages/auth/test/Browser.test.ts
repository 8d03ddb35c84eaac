import * as Browser from "@app/auth/node/Browser"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"

const url = new URL("https://accounts.example.com/authorize?a=1&b=$(touch%20x)&c='d'&e=;f|g")

/** What opens links on this platform, first choice first. */
const openers = process.platform === "darwin" ? ["open"] : ["xdg-open", "wslview"]

/** A machine whose openers are the scripts given, and no others. */
const machine = Effect.fnUntraced(function*(scripts: Readonly<Record<string, string>>) {
  const { PATH } = process.env
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const directory = mkdtempSync(join(tmpdir(), "browser-"))
      process.env["PATH"] = [directory, "/bin", "/usr/bin"].join(delimiter)
      return directory
    }),
    (directory) =>
      Effect.sync(() => {
        process.env["PATH"] = PATH
        rmSync(directory, { recursive: true, force: true })
      })
  )
  const file = (name: string) => join(directory, name)
  for (
    const [name, script] of Object.entries({
      ...Object.fromEntries(openers.map((name) => [name, "exit 1"])),
      ...scripts
    })
  ) {
    writeFileSync(file(name), `#!/bin/sh\ncd ${directory}\n${script}\n`, { mode: 0o755 })
  }
  const read = (name: string) => existsSync(file(name)) ? readFileSync(file(name), "utf8").trim() : undefined
  return {
    read,
    appears: (name: string) =>
      Effect.promise(async () => {
        for (;;) {
          const text = read(name)
          if (text !== undefined && text !== "") return text
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      })
  }
})

const open = Effect.flatMap(Browser.Browser, (browser) => browser.open(url))

const withEnvironment = (env: Readonly<Record<string, string>>) =>
  Layer.mergeAll(
    Browser.layer.pipe(Layer.provide(NodeServices.layer)),
    ConfigProvider.layer(ConfigProvider.fromEnv({ env }))
  )

const withDisplay = (display: string) => withEnvironment({ DISPLAY: display })

/** Writes down its arguments, one a line. */
const scribe = "printf '%s\\n' \"$@\" > asked"

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe.skipIf(process.platform === "win32")("Browser", () => {
  const [first = "", last = first] = openers

  it.live("hands the whole address to the platform's opener", () =>
    Effect.gen(function*() {
      const { read } = yield* machine({ [first]: "printf '%s' \"$*\" > asked" })
      assert.isTrue(yield* open)
      assert.strictEqual(read("asked"), url.href)
    }).pipe(Effect.provide(withDisplay(":0"))))

  it.live("tries the next where one fails, and says so when none is left", () =>
    Effect.gen(function*() {
      const { read } = yield* machine({ [last]: "echo asked > asked; exit 3" })
      assert.isFalse(yield* open)
      assert.strictEqual(read("asked"), "asked")
    }).pipe(Effect.provide(withDisplay(":0"))))

  it.effect("an opener that has become the browser counts, and outlives whoever asked", () =>
    Effect.gen(function*() {
      const { appears } = yield* machine({ [first]: "echo $$ > pid; exec sleep 60" })
      const asking = yield* Effect.forkChild(open, { startImmediately: true })
      const pid = Number(yield* appears("pid"))
      yield* Effect.addFinalizer(() => Effect.sync(() => process.kill(pid, "SIGKILL")))
      yield* TestClock.adjust("5 seconds")
      assert.isTrue(yield* Fiber.join(asking))
      assert.isTrue(isRunning(pid))
    }).pipe(Effect.provide(withDisplay(":0"))))

  it.live("interrupting who asked leaves the browser alone", () =>
    Effect.gen(function*() {
      const { appears } = yield* machine({ [first]: "echo $$ > pid; exec sleep 60" })
      const asking = yield* Effect.forkChild(open)
      const pid = Number(yield* appears("pid"))
      yield* Effect.addFinalizer(() => Effect.sync(() => process.kill(pid, "SIGKILL")))
      yield* Fiber.interrupt(asking)
      assert.isTrue(isRunning(pid))
    }).pipe(Effect.provide(withDisplay(":0"))))

  it.live.skipIf(process.platform === "darwin")(
    "asks no opener for a display that is not there",
    () =>
      Effect.gen(function*() {
        const { read } = yield* machine({ "xdg-open": "echo asked > asked" })
        assert.isFalse(yield* open)
        assert.isUndefined(read("asked"))
      }).pipe(Effect.provide(withDisplay("")))
  )

  it.live.each(
    [
      ["chosen", [url.href]],
      ["chosen %s", [url.href]],
      ["chosen --new-window %s --wait", ["--new-window", url.href, "--wait"]],
      ["chosen --url=%s", [`--url=${url.href}`]],
      ["chosen --at 100%%", ["--at", "100%", url.href]],
      ["chosen --in a%cb %s", ["--in", "a:b", url.href]],
      ["chosen 'a profile' --name=\"b c\" $(touch x) `touch x` ; touch x", [
        ..."a profile|--name=b c|$(touch|x)|`touch|x`|;|touch|x".split("|"),
        url.href
      ]],
      ["  chosen  ", [url.href]],
      ["absent:broken:chosen:second", [url.href]],
      [":: :chosen", [url.href]]
    ] as const
  )(
    "BROWSER=%j is asked first, without a display and without a shell (F103)",
    ([BROWSER, asked]) =>
      Effect.gen(function*() {
        const { read } = yield* machine({
          chosen: scribe,
          broken: "exit 3",
          second: "echo > ran-second",
          [first]: "echo > ran-other"
        })
        assert.isTrue(yield* open.pipe(Effect.provide(withEnvironment({ BROWSER, DISPLAY: "" }))))
        assert.strictEqual(read("asked"), asked.join("\n"))
        for (const name of ["x", "ran-second", "ran-other"]) assert.isUndefined(read(name))
      })
  )

  it.live("a BROWSER that does not work leaves it to the platform (F103)", () =>
    Effect.gen(function*() {
      const { read } = yield* machine({ broken: "exit 3", [first]: scribe })
      const env = { BROWSER: "broken:none:'", DISPLAY: ":0" }
      assert.isTrue(yield* open.pipe(Effect.provide(withEnvironment(env))))
      assert.strictEqual(read("asked"), url.href)
    }))

  it.effect("may be none at all", () =>
    Effect.gen(function*() {
      assert.isFalse(yield* open)
    }).pipe(Effect.provide(Browser.layerNone)))
})
