/**
 * The part of the build that makes `service-worker.js`: the worker, preceded by the list of the files that it keeps.
 */
import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { type Plugin, transformWithOxc } from "vite"

const source = join(import.meta.dirname, "src/ServiceWorker.ts")

const digest = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("base64")

/** Names a file as the browser asks for it. */
const pathOf = (fileName: string): string => fileName === "index.html" ? "/" : `/${fileName}`

/** Vite's plugin that adds the service worker to the page. */
export const make = (): Plugin => ({
  name: "service-worker",
  enforce: "post",
  buildStart() {
    this.addWatchFile(source)
  },
  generateBundle: {
    order: "post",
    async handler(_, bundle) {
      const integrities = Object.fromEntries(
        Object.values(bundle).map((file) => [
          pathOf(file.fileName),
          `sha256-${digest(file.type === "chunk" ? file.code : file.source)}`
        ])
      )
      const built = { version: digest(JSON.stringify(integrities)), integrities }
      const { code } = await transformWithOxc(await readFile(source, "utf8"), source)
      this.emitFile({
        type: "asset",
        fileName: "service-worker.js",
        source: `const built = ${JSON.stringify(built)};\n${code}`
      })
    }
  }
})
