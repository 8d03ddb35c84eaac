/**
 * Whether the commands that started a program are still there: `npm run sandbox` is npm, a shell, npx, pnpm, another
 * shell and tsx, and a signal to the first of them ends that one alone.
 *
 * What is watched is that chain, from the program up to the package manager at its top. What started the package manager
 * is not: a shell that has put it into the background, a terminal, `nohup`, `docker`, `systemd` or a process manager decides
 * by itself what goes on running.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"

/**
 * A process as the operating system tells of it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Process {
  readonly pid: number
  readonly parent: number
  /** The command line, words separated by spaces. */
  readonly command: string
  /** Whether it has ended and is only waiting for its parent to ask how (a zombie). */
  readonly ended: boolean
}

/** From the program to the top of its chain; each is the child of the next. */
type Chain = ReadonlyArray<Pick<Process, "pid" | "parent">>

// =============================================================================
// Rules
// =============================================================================

const launchers = new Set(["bun", "bunx", "corepack", "npm", "npx", "pnpm", "pnpx", "tsx", "yarn", "yarnpkg"])

/** A program's name without its folder and what else it is called for running: `npm` for `/usr/lib/…/npm-cli.js`. */
const nameOf = (word: string): string =>
  (/[/\\]tsx[/\\]dist[/\\]cli\.mjs$/.test(word) ? "tsx" : word.split(/[/\\]/).at(-1) ?? "")
    .replace(/\.(c?js|mjs|cmd|exe)$/i, "").replace(/-cli$/, "")

/** A package manager or another program whose purpose is to run one. */
const isLauncher = ({ command }: Process): boolean => {
  const words = command.split(/\s+/).filter((word) => word !== "")
  const [first = "", ...rest] = words
  if (nameOf(first) !== "node") return launchers.has(nameOf(first))
  return words.includes("--run") || launchers.has(nameOf(rest.find((word) => !word.startsWith("-")) ?? ""))
}

/** A shell that runs a command and waits for it: not one to type into, nor one that puts it into the background. */
const isCommandShell = ({ command }: Process): boolean =>
  /^(\S*\/)?(ba|da|z|k)?sh (-\w+ )*-\w*c /.test(command) && !/(?<![&>])&(?![&>])/.test(command)

/**
 * The chain of commands that has started a program, the program first; alone if it was started by something else.
 *
 * @category rules
 * @since 0.1.0
 */
export const chainOf = (lineage: ReadonlyArray<Process>): ReadonlyArray<Process> => {
  const [self, ...ancestors] = lineage
  if (self === undefined) return []
  const end = ancestors.findIndex((process) => !isLauncher(process) && !isCommandShell(process))
  const commands = end === -1 ? ancestors : ancestors.slice(0, end)
  // A shell at the top is the one that somebody else has started the package manager with.
  return [self, ...commands.slice(0, commands.findLastIndex(isLauncher) + 1)]
}

/**
 * Whether a chain is still as it was: all of it there, each the child of the next.
 *
 * @category rules
 * @since 0.1.0
 */
export const isIntact = (chain: Chain, now: ReadonlyArray<Process>): boolean => {
  const running = new Map(now.map((process) => [process.pid, process]))
  return chain.every(({ pid }, index) => {
    const process = running.get(pid)
    const next = chain[index + 1]
    return process !== undefined && !process.ended && (next === undefined || process.parent === next.pid)
  })
}

// =============================================================================
// The operating system
// =============================================================================

/** `pid (name) state parent …`; the name may hold anything. */
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
      // It fails when one of them is gone, and tells of the others all the same.
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

/** Those of these processes that there are; none on a system that cannot be asked, such as Windows. */
const look = (pids: ReadonlyArray<number>): Effect.Effect<ReadonlyArray<Process>> =>
  process.platform === "win32"
    ? Effect.succeed([])
    : hasProc
    ? Effect.sync(() => pids.flatMap(readProc))
    : askPs(pids)

const lineageOf = (pid: number): Effect.Effect<ReadonlyArray<Process>> =>
  Effect.flatMap(look([pid]), ([self]) =>
    self === undefined
      ? Effect.succeed([])
      : self.parent <= 0
      ? Effect.succeed([self])
      : Effect.map(lineageOf(self.parent), (ancestors) => [self, ...ancestors]))

/**
 * Takes note of the chain of commands that has started this program, and gives what ends when that chain has broken. It
 * is looked at twice a second, or every two seconds where `ps` has to be asked. What is given never ends if there is no
 * such chain.
 *
 * @category watching
 * @since 0.1.0
 */
export const watch: Effect.Effect<Effect.Effect<void>> = Effect.map(lineageOf(process.pid), (lineage) => {
  const chain = chainOf(lineage)
  return chain.length < 2
    ? Effect.never
    : Effect.repeat(look(chain.map(({ pid }) => pid)), {
      schedule: Schedule.spaced(hasProc ? "500 millis" : "2 seconds"),
      until: (now) => !isIntact(chain, now)
    })
})
