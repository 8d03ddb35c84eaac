/**
 * `npm run example many-accounts.ts` runs an example, with or without the ending of its name, and lists them all where there
 * is none of the name.
 */
import { readdirSync } from "node:fs"
import { basename, join } from "node:path"

const others = new Set(["run.ts", "tour.ts", "testing-your-app.test.ts"])
const examples = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".ts") && !others.has(file))

const [node = "node", , name, ...args] = process.argv
const file = name === undefined ? undefined : examples.find((file) => basename(file, ".ts") === basename(name, ".ts"))

if (file === undefined) {
  const wrong = name === undefined ? "Name an example" : `There is no example ${JSON.stringify(name)}`
  process.stderr.write(`${wrong}. There are:\n\n${examples.map((file) => `  npm run example ${file}`).join("\n")}\n`)
  process.exitCode = 2
} else {
  const path = join(import.meta.dirname, file)
  process.argv = [node, path, ...args]
  // A reader such as `head` has seen enough.
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1))
  await import(path)
}
