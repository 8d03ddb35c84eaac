/**
 * Programs on a terminal of the test's own, and what they leave on its screen.
 *
 * **Details**
 *
 * `script` of util-linux makes the pseudo-terminal, and xterm.js reads what is written to it.
 */
import headless from "@xterm/headless"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { entry } from "./Program.ts"

/** Whether there is the `script` that this needs, which is not the one of macOS. */
export const isAvailable: boolean = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes(
  "util-linux"
) === true

if (!isAvailable) process.stdout.write("Skipped: tests of terminals need script(1) of util-linux\n")

/** A program on its terminal. */
export interface Pty {
  /** The lines on the screen, without spaces at their ends and empty lines below. */
  readonly screen: () => ReadonlyArray<string>
  /** Everything that was written to the terminal, escape sequences included. */
  readonly written: () => string
  readonly type: (keys: string) => void
  readonly resize: (columns: number) => void
  /** Waits until the text on the screen, in which lines that the terminal broke are whole, matches. */
  readonly shows: (pattern: RegExp) => Promise<string>
  /** The exit code, once everything has been written. */
  readonly ended: Promise<number>
  readonly title: () => string | undefined
}

export interface Options {
  readonly columns?: number
  readonly env?: Readonly<Record<string, string>>
}

/** Quotes a text for the shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** The command of a shell that runs the program. */
export const spotify = (...args: ReadonlyArray<string>): string =>
  [process.execPath, entry, ...args].map(quoted).join(" ")

/** Starts a command of a shell on a terminal with 24 rows. */
export const start = (command: string, { columns = 80, env = {} }: Options = {}): Pty => {
  const terminal = new headless.Terminal({ cols: columns, rows: 24, allowProposedApi: true })
  let title: string | undefined
  terminal.onTitleChange((changed) => {
    title = changed
  })
  // The first line names the terminal, whose size changes from outside.
  const child = spawn(
    "script",
    ["--quiet", "--return", "--flush", "--command", `stty rows 24 cols ${columns}; tty; ${command}`, "/dev/null"],
    { env: { PATH: process.env["PATH"] ?? "", HOME: "/nobody", TERM: "xterm-256color", SHELL: "/bin/sh", ...env } }
  )
  let device: string | undefined
  let heard = ""
  const watchers = new Set<() => void>()
  const lines = (isJoined: boolean): ReadonlyArray<string> => {
    const buffer = terminal.buffer.active
    const all: Array<string> = []
    for (let row = 0; row < buffer.length; row++) {
      const line = buffer.getLine(row)
      const text = line?.translateToString(true) ?? ""
      if (isJoined && line?.isWrapped === true) all[all.length - 1] += text
      else all.push(text)
    }
    return all.join("\n").trimEnd().split("\n")
  }
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    heard += chunk
    const end = heard.indexOf("\n") + 1
    if (device === undefined && end === 0) return
    const text = device === undefined ? heard.slice(end) : chunk
    if (device === undefined) {
      device = heard.slice(0, end).trim()
      heard = text
    }
    terminal.write(text, () => watchers.forEach((check) => check()))
  })
  return {
    screen: () => lines(false),
    written: () => heard,
    type: (keys) => child.stdin.write(keys),
    resize: (columns) => {
      terminal.resize(columns, 24)
      spawnSync("stty", ["-F", device ?? "", "cols", String(columns)])
    },
    shows: (pattern) =>
      new Promise((resolve) => {
        const check = () => {
          const [found] = pattern.exec(lines(true).join("\n")) ?? []
          if (found === undefined) return
          watchers.delete(check)
          resolve(found)
        }
        watchers.add(check)
        check()
      }),
    ended: once(child, "close").then(([code]) =>
      new Promise((resolve) => terminal.write("", () => resolve(Number(code))))
    ),
    title: () => title
  }
}
