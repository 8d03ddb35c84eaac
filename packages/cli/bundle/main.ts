/**
 * The script `build` of this package: writes the bundle that is published to `dist`.
 */
import { statSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Bundle from "./Bundle.ts"

const folder = fileURLToPath(new URL("../dist", import.meta.url))
const packages = await Bundle.write(folder)
const kilobytes = Math.round(statSync(`${folder}/main.js`).size / 1000)
process.stdout.write(`${kilobytes} kB, with code of ${packages.map(({ name }) => name).join(", ")}\n`)
