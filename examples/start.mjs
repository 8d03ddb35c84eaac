/**
 * `npm start`: installs what `quickstart.ts` needs, and runs it.
 *
 * **Details**
 *
 * A fresh clone gets the `dependencies` of package.json alone: Effect, the Node that runs the code, and the packages of this
 * repository. The other commands install compilers, PostgreSQL and more. Any Node can run this file.
 */
import { spawnSync } from "node:child_process"
import { existsSync, rmSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

/**
 * @param {string} command
 * @param {ReadonlyArray<string>} args
 */
const run = (command, args) => {
  const { error, status } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32"
  })
  if (error !== undefined) process.stderr.write(`${error.message}\n`)
  if (status !== 0) process.exit(status ?? 1)
}

// What pnpm writes when it has installed the workspace.
const state = `${root}node_modules/.pnpm-workspace-state-v1.json`

if (!existsSync(state)) {
  if (!existsSync(`${root}node_modules`)) {
    process.stdout.write("Installing Effect and the Node that runs the code, once…\n\n")
  }
  // The first full install checks the ages of all packages of the lockfile, for which it gets 100 MB of metadata.
  run("pnpm", ["install", "--prod", "--frozen-lockfile", "--trust-lockfile", "--loglevel=error"])
  // Another command would otherwise take this for all that it needs.
  rmSync(state, { force: true })
}
run("node_modules/.bin/node", ["examples/quickstart.ts", ...process.argv.slice(2)])
