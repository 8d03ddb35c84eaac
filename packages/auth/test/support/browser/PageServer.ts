/** A page made of one TypeScript file, bundled and served on loopback. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { build } from "esbuild"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"

export interface Options {
  /** The path of the page's program. */
  readonly entry: string
  /** Makes the value that the program reads from `globalThis.settings`, of the origin that the page is asked for at. */
  readonly settings?: (origin: string) => unknown
  /** Headers of the page. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The programs that have been bundled, since each test serves one anew. */
const bundles = new Map<string, Promise<string>>()

/** Bundles a program for browsers. */
const bundle = (entry: string): Effect.Effect<string> =>
  Effect.promise(() => {
    const known = bundles.get(entry)
    if (known !== undefined) return known
    const made = build({
      entryPoints: [entry],
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      platform: "browser",
      target: "es2024",
      logLevel: "silent"
    }).then(({ outputFiles }) => outputFiles[0]?.text ?? "")
    bundles.set(entry, made)
    return made
  })

const htmlOf = (settings: unknown): string =>
  `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Page</title>
<link rel="icon" href="data:,">
<script>globalThis.settings = ${JSON.stringify(settings ?? null)}</script>
<script type="module" src="/program.js"></script>
<body></body>
</html>`

/** Serves a page until the scope closes, and returns its port on 127.0.0.1. The page is at every path. */
export const serve = (
  { entry, headers = {}, settings }: Options
): Effect.Effect<{ readonly port: number; readonly url: string }, never, Scope.Scope> =>
  Effect.gen(function*() {
    const program = yield* bundle(entry)
    const server = yield* Effect.acquireRelease(
      Effect.callback<Server>((resume) => {
        const server = createServer(({ headers: { host }, url }, response) => {
          if (url === "/program.js") response.writeHead(200, { "content-type": "text/javascript" }).end(program)
          else {response.writeHead(200, { "content-type": "text/html", ...headers }).end(
              htmlOf(settings?.(`http://${host}`))
            )}
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    const { port } = portOf(server)
    return { port, url: `http://127.0.0.1:${port}/` }
  })

const portOf = (server: Server): Pick<AddressInfo, "port"> => {
  const address = server.address()
  return address === null || typeof address === "string" ? { port: 0 } : address
}
