import * as Fault from "@app/sandbox/Fault"
import * as Sandbox from "@app/sandbox/Sandbox"
import { assert, describe, it } from "@effect/vitest"
import { displayWidth } from "effect/cli/CliOutput"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schedule from "effect/Schedule"
import { once } from "node:events"
import { createServer } from "node:net"
import * as Person from "./support/Person.ts"
import * as Pty from "./support/Pty.ts"

const { spotify } = Pty

const ctrlC = "\u0003"
const escape = "\u001b"

const ended = (pty: Pty.Pty) => Effect.promise(() => pty.ended)
const shows = (pty: Pty.Pty, pattern: RegExp) => Effect.promise(() => pty.shows(pattern))

/** A port on which somebody else listens. */
const takenPort = Effect.map(
  Effect.acquireRelease(
    Effect.promise(() => {
      const server = createServer().listen(0, "127.0.0.1")
      return once(server, "listening").then(() => server)
    }),
    (server) => Effect.sync(() => server.close())
  ),
  (server) => {
    const address = server.address()
    return typeof address === "object" && address !== null ? address.port : assert.fail("no port")
  }
)

/** One page of 50 saved tracks of a list of 4,000, and where it goes on. */
const page = (apiUrl: string, offset: number) =>
  JSON.stringify({
    href: `${apiUrl}/v1/me/tracks`,
    limit: 50,
    offset,
    total: 4000,
    previous: null,
    next: `${apiUrl}/v1/me/tracks?offset=${offset + 50}&limit=50`,
    items: Array.from({ length: 50 }, (_, index) => ({
      added_at: "2026-01-01T00:00:00Z",
      track: {
        type: "track",
        id: String(offset + index).padStart(22, "0"),
        uri: `spotify:track:${String(offset + index).padStart(22, "0")}`,
        name: `Track ${offset + index}`,
        duration_ms: 200_000,
        disc_number: 1,
        track_number: 1,
        explicit: false,
        is_local: false,
        artists: [],
        album: { id: "1".repeat(22), name: "Album", images: [] }
      }
    }))
  })

/** Two pages of a long list, after which nothing comes any more. */
const longList = Effect.gen(function*() {
  const { apiUrl, inject } = yield* Sandbox.Sandbox
  yield* inject("GET /v1/me/tracks", [
    Fault.Body({ body: page(apiUrl, 0) }),
    Fault.Body({ body: page(apiUrl, 50) }),
    Fault.Hang({})
  ])
})

describe.runIf(Pty.isAvailable)("the program on a terminal", { concurrent: true }, () => {
  it("fits its tables into 80 columns and into 40", async () => {
    for (const columns of [80, 40]) {
      const pty = Pty.start(spotify("--sandbox", "top"), { columns })
      assert.strictEqual(await pty.ended, 0)
      const [heading, ...rows] = pty.screen()
      assert.deepStrictEqual(
        heading?.trim().split(/ {2,}/),
        columns === 80 ? ["#", "ARTIST", "OF YOUR 50 TOP TRACKS", "GENRES"] : ["#", "ARTIST", "GENRES"]
      )
      assert.lengthOf(rows, 10)
      for (const row of rows) assert.isAtMost(displayWidth(row), columns)
    }
  })

  it("breaks help and sentences at words in 40 columns", async () => {
    const help = Pty.start(spotify("--help"), { columns: 40 })
    assert.strictEqual(await help.ended, 0)
    assert.include(
      help.screen().join("\n"),
      "  completion    Completion of commands\n                and flags for your\n"
    )
    const wrong = Pty.start(spotify("top", "-n", "x"), { columns: 40 })
    assert.strictEqual(await wrong.ended, 2)
    assert.deepStrictEqual(wrong.screen(), [
      "spotify: Invalid value for flag --limit:",
      "\"x\". Expected: a number of rows, such as",
      "20",
      "Run 'spotify top --help' for what it",
      "takes."
    ])
  })

  it("uses no colours where NO_COLOR or TERM=dumb asks for none", async () => {
    const written = async (env: Readonly<Record<string, string>>) => {
      const pty = Pty.start(spotify("--sandbox", "top"), { env })
      assert.strictEqual(await pty.ended, 0)
      return pty.written()
    }
    assert.include(await written({}), "\u001b[2m")
    for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) assert.notInclude(await written(env), "\u001b")
  })

  it("watches a sign-in, follows the size of the terminal, and leaves it as it was", async () => {
    const pty = Pty.start(spotify("--sandbox", "status", "--watch"))
    await pty.shows(/ends in {6}59m 5\ds {2}█{30}/)
    assert.include(pty.written(), "\u001b[?25l")
    assert.notInclude(pty.written(), "\u001b[?25h")
    pty.resize(40)
    await pty.shows(/ends in {6}59m \d+s {2}█{14,16}\s/)
    await pty.shows(/^ {15}user-top-read$/m)
    const lines = pty.screen()
    assert.lengthOf(lines.filter((line) => line.includes("● The sandbox's person")), 1)
    for (const line of lines) assert.isAtMost(displayWidth(line), 40)
    pty.type(ctrlC)
    assert.strictEqual(await pty.ended, 130)
    assert.isTrue(pty.written().endsWith("\u001b[?25h\r\n"))
  })

  it.each([[["login"], /client ID/], [["--sandbox", "logout"], /Forget the tokens/]])(
    "leaves the line of a question that Ctrl-C ends: %j",
    async (args, question) => {
      const pty = Pty.start(spotify(...args))
      await pty.shows(question)
      pty.type(ctrlC)
      assert.strictEqual(await pty.ended, 130)
      assert.isTrue(pty.written().endsWith("\u001b[J\r\n"))
    }
  )

  it("gives a terminal that cannot redraw one line for each change", async () => {
    const pty = Pty.start(spotify("--sandbox", "status", "--watch"), { env: { TERM: "dumb" } })
    await pty.shows(/^20\S+Z\s+Valid\s+20\S+Z$/m)
    pty.type(ctrlC)
    assert.strictEqual(await pty.ended, 130)
    assert.notInclude(pty.written(), "\u001b")
  })

  it.live("shows how far a long list has come, and takes it away", () =>
    Effect.gen(function*() {
      const { env } = yield* Person.signedIn
      yield* longList
      const pty = Pty.start(spotify("saved", "-n", "0"), { env })
      yield* shows(pty, /^▊ {31}100 of 4000 saved tracks$/m)
      pty.type(ctrlC)
      assert.strictEqual(yield* ended(pty), 130)
      assert.notInclude(pty.screen().join("\n"), "of 4000")
    }).pipe(Effect.provide(Person.layer)))

  it.live("keeps progress out of files and pipes, and away from a terminal that nobody watches", () =>
    Effect.gen(function*() {
      const { env } = yield* Person.signedIn
      const fs = yield* FileSystem.FileSystem
      const file = `${yield* fs.makeTempDirectoryScoped()}/saved`
      yield* longList
      const toFile = Pty.start(`${spotify("saved", "-n", "0", "--json")} > ${file}`, { env })
      yield* shows(toFile, /100 of 4000 saved tracks/)
      toFile.type(ctrlC)
      yield* ended(toFile)
      const rows = (yield* fs.readFileString(file)).trimEnd().split("\n")
      assert.lengthOf(rows, 100)
      assert.deepInclude(JSON.parse(rows[99] ?? ""), { name: "Track 99" })

      const { clearLog, count } = yield* Sandbox.Sandbox
      const unwatched = [
        { command: `${spotify("saved", "-n", "0")} | cat`, variables: {} },
        { command: spotify("saved", "-n", "0"), variables: { CI: "true" } }
      ]
      for (const { command, variables } of unwatched) {
        yield* clearLog
        yield* longList
        const pty = Pty.start(command, { env: { ...env, ...variables } })
        yield* Effect.repeat(count("GET /v1/me/tracks"), {
          until: (requests) => requests === 3,
          schedule: Schedule.spaced("20 millis")
        })
        pty.type(ctrlC)
        yield* ended(pty)
        assert.notInclude(pty.written(), "of 4000")
      }
    }).pipe(Effect.provide(Person.layer)))

  it("ends quietly when its reader has seen enough", async () => {
    const pty = Pty.start(`{ ${spotify("--sandbox", "saved", "-n", "0")}; echo "code $?" >&2; } | head -n 1`)
    assert.strictEqual(await pty.ended, 0)
    assert.include(pty.screen(), "code 0")
    assert.notMatch(pty.written(), /EPIPE|Error/)
  })

  it.live("asks for the app, says what is wrong with an answer, and takes the callback", () =>
    Effect.gen(function*() {
      const { clientId, env, redirectUri } = yield* Person.make
      const { approve } = yield* Sandbox.Sandbox
      const pty = Pty.start(spotify("login", "--no-browser", "--redirect-uri", redirectUri), { env })
      yield* shows(pty, /Its client ID:/)
      pty.type("not one\r")
      yield* shows(pty, /letters and digits, without spaces/)
      pty.type(`${"\u007f".repeat("not one".length)}${clientId}\r`)
      const url = yield* shows(pty, Person.authorizeUrl)
      pty.type("what now?\r")
      yield* shows(pty, /Paste the whole address/)
      pty.type(`${yield* approve(url)}\r`)
      assert.strictEqual(yield* ended(pty), 0)
      assert.strictEqual(pty.screen().at(-1), "✓ You are signed in as Sandy Box.")
    }).pipe(Effect.provide(Person.layer)))

  it.live("says what it waits for after Ctrl-C, and ends at once on the second one", () =>
    Effect.gen(function*() {
      const { env, login } = yield* Person.make
      const { approve, count, inject } = yield* Sandbox.Sandbox
      yield* inject("POST /api/token", Fault.Hang({}))
      const pty = Pty.start(spotify(...login), { columns: 40, env })
      pty.type(`${yield* approve(yield* shows(pty, Person.authorizeUrl))}\r`)
      yield* Effect.repeat(count("POST /api/token"), {
        until: (requests) => requests === 1,
        schedule: Schedule.spaced("20 millis")
      })
      pty.type(ctrlC)
      yield* shows(pty, /^Waiting for Spotify's answer/m)
      pty.type(ctrlC)
      assert.strictEqual(yield* ended(pty), 130)
    }).pipe(Effect.provide(Person.layer)))

  it.live("says in a sentence that the port of the callback is taken", () =>
    Effect.gen(function*() {
      const { clientId, env } = yield* Person.make
      const port = yield* takenPort
      const pty = Pty.start(
        spotify("login", "--client-id", clientId, "--redirect-uri", `http://127.0.0.1:${port}/callback`),
        { env }
      )
      assert.strictEqual(yield* ended(pty), 8)
      assert.match(pty.screen().join(" "), new RegExp(`${port}`))
    }).pipe(Effect.provide(Person.layer)))

  it.live("signs out when the person agrees, and not on Esc or Ctrl-C", () =>
    Effect.gen(function*() {
      const { env } = yield* Person.signedIn
      for (const key of [escape, ctrlC]) {
        const pty = Pty.start(spotify("logout"), { env })
        yield* shows(pty, /Forget the tokens of "default"\?/)
        pty.type(key)
        assert.strictEqual(yield* ended(pty), 130)
      }
      const status = Pty.start(spotify("status"), { env })
      assert.strictEqual(yield* ended(status), 0)
      assert.strictEqual(status.screen()[0], "Sandy Box")
      const pty = Pty.start(spotify("logout"), { env })
      yield* shows(pty, /Forget the tokens of "default"\?/)
      pty.type("y")
      assert.strictEqual(yield* ended(pty), 0)
      assert.strictEqual(pty.screen().at(-1), "✓ You are signed out on this machine.")
    }).pipe(Effect.provide(Person.layer)))

  it.live("shows hostile names and leaves the terminal alone", () =>
    Effect.gen(function*() {
      const { env } = yield* Person.signedIn
      const { inject } = yield* Sandbox.Sandbox
      const name = "\u001b[2J\u001b]0;owned\u0007\u202eRed\r\nAlert 👨‍👩‍👧‍👦 夜に駆ける שלום Z\u0335\u0328algo"
      yield* inject(
        "GET /v1/me",
        Fault.Body({
          body: JSON.stringify({ id: "x", uri: "spotify:user:x", type: "user", display_name: name, images: [] })
        })
      )
      const pty = Pty.start(spotify("me"), { columns: 40, env })
      assert.strictEqual(yield* ended(pty), 0)
      assert.match(pty.screen()[0] ?? "", /^\[2J\]0;ownedRed Alert/)
      assert.isUndefined(pty.title())
      for (const line of pty.screen().slice(0, 3)) assert.isAtMost(displayWidth(line), 40)
    }).pipe(Effect.provide(Person.layer)))
})
