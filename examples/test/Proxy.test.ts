/**
 * Programs behind a proxy, written as the README says, in processes of their own.
 */
import { Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import { connect, type Server } from "node:net"
import { join } from "node:path"
import { createServer as createTlsServer } from "node:tls"
import { promisify } from "node:util"

const root = join(import.meta.dirname, "../..")
const certificate = join(import.meta.dirname, "support/tls/certificate.pem")

const portOf = (server: Server): number => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

/** Opens a server on a free port of loopback until the scope closes. */
const listen = <S extends Server>(make: () => S) =>
  Effect.acquireRelease(
    Effect.callback<S>((resume) => {
      const server = make()
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  )

/** Opens the sandbox over TLS under Spotify's names, with a certificate that only the programs of these tests trust. */
const listenOverTls = (port: number) =>
  Effect.map(
    listen(() =>
      createTlsServer({
        key: readFileSync(join(import.meta.dirname, "support/tls/key.pem")),
        cert: readFileSync(certificate)
      }, (client) => {
        const sandbox = connect(port, "127.0.0.1")
        client.pipe(sandbox)
        sandbox.pipe(client)
        client.on("error", () => sandbox.destroy())
        sandbox.on("error", () => client.destroy())
      })
    ),
    portOf
  )

/** Opens a proxy that tunnels (RFC 9110 §9.3.6) to the known authorities and records every request. */
const openProxy = Effect.fnUntraced(function*(known: Readonly<Record<string, number>>) {
  const asked: Array<string> = []
  const server = yield* listen(() =>
    createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      response.writeHead(502).end()
    }).on("connect", (request, client) => {
      asked.push(`CONNECT ${request.url}`)
      const port = known[request.url ?? ""]
      if (port === undefined) {
        client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n")
        return
      }
      const target = connect(port, "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n")
        target.pipe(client)
        client.pipe(target)
      })
      client.on("error", () => target.destroy())
      target.on("error", () => client.destroy())
    })
  )
  return { asked, url: `http://127.0.0.1:${portOf(server)}` }
})

const run = (file: string, args: ReadonlyArray<string>, settings: Readonly<Record<string, string>>) =>
  Effect.promise(() => {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^SPOTIFY_|_PROXY$/i.test(name))
    )
    return promisify(execFile)(process.execPath, [join(root, file), ...args], {
      env: { ...env, ...settings },
      timeout: 50_000
    })
  })

describe("behind a proxy", { concurrent: true, timeout: 60_000 }, () => {
  it.live.each(["UndiciHttpClient", "undici", "node:http", "fetch"])(
    "every call over %s goes through it (F101)",
    (transport) =>
      Effect.gen(function*() {
        const { accountsUrl, apiUrl, client, count } = yield* Sandbox.Sandbox
        const { asked, url } = yield* openProxy({
          "accounts.spotify.com:443": yield* listenOverTls(Number(new URL(accountsUrl).port)),
          "api.spotify.com:443": yield* listenOverTls(Number(new URL(apiUrl).port))
        })
        const { stdout } = yield* run("examples/test/support/Proxied.ts", [transport], {
          HTTPS_PROXY: url,
          NODE_EXTRA_CA_CERTS: certificate,
          SPOTIFY_CLIENT_ID: client.clientId,
          SPOTIFY_CLIENT_SECRET: Redacted.value(client.clientSecret),
          ...(transport === "fetch" && { NODE_USE_ENV_PROXY: "1" })
        })
        assert.include(stdout, "Cut To The Feeling")
        assert.deepStrictEqual(asked, ["CONNECT accounts.spotify.com:443", "CONNECT api.spotify.com:443"])
        assert.strictEqual(yield* count("POST /api/token"), 1)
        assert.strictEqual(yield* count("GET /v1/tracks/{id}"), 1)
      }).pipe(
        Effect.scoped,
        Effect.provide(Sandbox.layer({ allowedHosts: ["accounts.spotify.com", "api.spotify.com"] }))
      )
  )

  it.live("the sandbox is asked without one, whatever the environment says (F101)", () =>
    Effect.gen(function*() {
      const { asked, url } = yield* openProxy({})
      const { stdout } = yield* run("examples/many-accounts.ts", [], {
        HTTP_PROXY: url,
        HTTPS_PROXY: url,
        ALL_PROXY: url,
        NODE_USE_ENV_PROXY: "1"
      })
      assert.include(stdout, "ann: hello, Sandy Box")
      assert.deepStrictEqual(asked, [])
    }).pipe(Effect.scoped))
})
