/** A page made of one TypeScript file, bundled and served on loopback. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { build } from "esbuild"
import { createServer, type Server } from "node:http"

export interface Options {
  /** The path of the page's program. */
  readonly entry: string
  /** Makes the value that the program reads by `PageSettings`, of the origin that the page is asked for at. */
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

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Page</title>
<link rel="icon" href="data:,">
<script src="/settings.js"></script>
<script type="module" src="/program.js"></script>
<body></body>
</html>`

/** Serves a page until the scope closes, and returns its address on 127.0.0.1. The page is at every path. */
export const serve = (
  { entry, headers = {}, settings }: Options
): Effect.Effect<{ readonly url: string }, never, Scope.Scope> =>
  Effect.gen(function*() {
    const program = yield* bundle(entry)
    const server = yield* Effect.acquireRelease(
      Effect.callback<Server>((resume) => {
        const server = createServer(({ headers: { host }, url }, response) => {
          const respond = (type: string, body: string) =>
            response.writeHead(200, { "content-type": type, ...(type === "text/html" && headers) }).end(body)
          if (url === "/program.js") respond("text/javascript", program)
          else if (url === "/settings.js") {
            const json = JSON.stringify(settings?.(`http://${host}`) ?? null)
            respond("text/javascript", `document.documentElement.dataset.settings = ${JSON.stringify(json)}`)
          } else respond("text/html", html)
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    return { url: `http://127.0.0.1:${portOf(server)}/` }
  })

const portOf = (server: Server): number => {
  const address = server.address()
  return address === null || typeof address === "string" ? 0 : address.port
}
