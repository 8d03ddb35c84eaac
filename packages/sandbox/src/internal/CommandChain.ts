/**
 * The chain of commands that started this program, and whether all of them still run.
 *
 * **Details**
 *
 * `npm run sandbox` runs npm, a shell, npx, pnpm, another shell and tsx. A signal to the first of them ends that one alone,
 * so the program watches the chain from itself up to the package manager at the top.
 *
 * The parent of that package manager is not watched. A shell that runs it in the background, a terminal, `nohup`, `docker`,
 * `systemd` or a process manager may end and leave the program running on purpose.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"

// =============================================================================
// Model
// =============================================================================

/** A process of the operating system. */
export interface Process {
  readonly pid: number
  readonly parent: number
  /** The command line, words separated by spaces. */
  readonly command: string
  /** True for a process that has ended and whose parent has not yet read its status (a zombie). */
  readonly ended: boolean
}

/** The processes from the program to the top of its chain, each the child of the next. */
type Chain = ReadonlyArray<Pick<Process, "pid" | "parent">>

// =============================================================================
// Rules
// =============================================================================

const launchers = new Set(["bun", "bunx", "corepack", "npm", "npx", "pnpm", "pnpx", "tsx", "yarn", "yarnpkg"])

/** Shortens a word of a command line to the name of its program: `npm` for `/usr/lib/…/npm-cli.js`. */
const nameOf = (word: string): string =>
  (/[/\\]tsx[/\\]dist[/\\]cli\.mjs$/.test(word) ? "tsx" : word.split(/[/\\]/).at(-1) ?? "")
    .replace(/\.(c?js|mjs|cmd|exe)$/i, "").replace(/-cli$/, "")

/** Reports whether a process is a package manager or another program that runs programs. */
const isLauncher = ({ command }: Process): boolean => {
  const words = command.split(/\s+/).filter((word) => word !== "")
  const [first = "", ...rest] = words
  if (nameOf(first) !== "node") return launchers.has(nameOf(first))
  return words.includes("--run") || launchers.has(nameOf(rest.find((word) => !word.startsWith("-")) ?? ""))
}

/** Reports whether a process is a shell that runs one command and waits for it, neither interactive nor backgrounding. */
const isCommandShell = ({ command }: Process): boolean =>
  /^(\S*\/)?(ba|da|z|k)?sh (-\w+ )*-\w*c /.test(command) && !/(?<![&>])&(?![&>])/.test(command)

/**
 * Selects the chain of commands from a program and its ancestors, the program first.
 *
 * **Details**
 *
 * The chain is the program alone where no package manager started it.
 */
export const chainOf = (lineage: ReadonlyArray<Process>): ReadonlyArray<Process> => {
  const [self, ...ancestors] = lineage
  if (self === undefined) return []
  const end = ancestors.findIndex((process) => !isLauncher(process) && !isCommandShell(process))
  const commands = end === -1 ? ancestors : ancestors.slice(0, end)
  // A shell above the topmost package manager belongs to the command that started it.
  return [self, ...commands.slice(0, commands.findLastIndex(isLauncher) + 1)]
}

/** Reports whether all processes of a chain run, each still the child of the next. */
export const isIntact = (chain: Chain, now: ReadonlyArray<Process>): boolean => {
  const running = new Map(now.map((process) => [process.pid, process]))
  return chain.every(({ pid }, index) => {
    const process = running.get(pid)
    const next = chain[index + 1]
    return process !== undefined && !process.ended && (next === undefined || process.parent === next.pid)
  })
}

// =============================================================================
// Processes
// =============================================================================

// The file reads `pid (name) state parent …`, and the name may have spaces and parentheses.
const readProc = (pid: number): ReadonlyArray<Process> => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    const [state = "", parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim()
    return [{ pid, parent: Number(parent), command, ended: state === "Z" || state === "X" }]
  } catch {
    return []
  }
}

const askPs = (pids: ReadonlyArray<number>): Effect.Effect<ReadonlyArray<Process>> =>
  Effect.callback((resume) => {
    execFile("ps", ["-o", "pid=,ppid=,stat=,command=", "-p", pids.join(",")], (_error, stdout) => {
      // `ps` fails when one of the processes is gone, and prints the others all the same.
      resume(Effect.succeed(
        Array.from(stdout.matchAll(/^ *(\d+) +(\d+) +(\S+) +(.*)$/gm), ([, pid, parent, stat, command]) => ({
          pid: Number(pid),
          parent: Number(parent),
          command: command ?? "",
          ended: stat?.startsWith("Z") === true
        }))
      ))
    })
  })

const hasProc = existsSync("/proc/self/stat")

/** Reads those of the processes that exist; on Windows none. */
const readProcesses = (pids: ReadonlyArray<number>): Effect.Effect<ReadonlyArray<Process>> =>
  process.platform === "win32"
    ? Effect.succeed([])
    : hasProc
    ? Effect.sync(() => pids.flatMap(readProc))
    : askPs(pids)

// =============================================================================
// Watching
// =============================================================================

/** Reads a process and its ancestors. */
const lineageOf = (pid: number): Effect.Effect<ReadonlyArray<Process>> =>
  Effect.flatMap(readProcesses([pid]), ([self]) =>
    self === undefined
      ? Effect.succeed([])
      : self.parent <= 0
      ? Effect.succeed([self])
      : Effect.map(lineageOf(self.parent), (ancestors) => [self, ...ancestors]))

/**
 * Reads the chain of this program and returns an effect that ends when the chain breaks.
 *
 * **Details**
 *
 * The chain is checked twice a second, or every two seconds where that takes a run of `ps`. The effect never ends if no
 * package manager started the program, and on Windows.
 */
export const watch: Effect.Effect<Effect.Effect<void>> = Effect.map(lineageOf(process.pid), (lineage) => {
  const chain = chainOf(lineage)
  return chain.length < 2
    ? Effect.never
    : Effect.repeat(readProcesses(chain.map(({ pid }) => pid)), {
      schedule: Schedule.spaced(hasProc ? "500 millis" : "2 seconds"),
      until: (now) => !isIntact(chain, now)
    })
})
