/** Servers on loopback that write what a test tells them, byte by byte or over Node's own servers. */
import * as Effect from "effect/Effect"
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http"
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session
} from "node:http2"
import { createServer, type Server, type Socket } from "node:net"
import * as SelfSignedCertificate from "../../../auth/test/support/SelfSignedCertificate.ts"
import * as Answers from "./Answers.ts"

/** On a free port of loopback for as long as the scope lives: its origin, and what became of its connections. */
export const listening = <S extends Server>(make: () => S) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly origin: string; opened: number; readonly open: Set<Socket>; readonly server: S }>(
      (resume) => {
        const server = make()
        const open = new Set<Socket>()
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`
          const listener = { origin, opened: 0, open, server }
          server.on("connection", (socket: Socket) => {
            listener.opened += 1
            open.add(socket)
            socket.on("error", () => {})
            socket.on("close", () => open.delete(socket))
          })
          resume(Effect.succeed(listener))
        })
      }
    ),
    ({ open, server }) =>
      Effect.sync(() => {
        open.forEach((socket) => socket.destroy())
        server.close()
      })
  )

/** Writes bytes of its own choice, per request, and is told the requests' heads. */
export const raw = (answer: (socket: Socket, head: string) => void) =>
  listening(() => createServer((socket) => socket.on("data", (data) => answer(socket, String(data)))))

export const http = (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
  listening(() => createHttpServer(answer))

/** Over TLS, in HTTP/2 only. */
export const secure = (answer: (request: Http2ServerRequest, response: Http2ServerResponse) => void) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly origin: string; readonly opened: () => number; readonly close: () => void }>(
      (resume) => {
        const sessions = new Array<ServerHttp2Session>()
        const server = createSecureServer(SelfSignedCertificate.make(), answer)
        server.on("session", (session) => sessions.push(session))
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          resume(Effect.succeed({
            origin: `https://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
            opened: () => sessions.length,
            close: () => {
              sessions.forEach((session) => session.destroy())
              server.close()
            }
          }))
        })
      }
    ),
    ({ close }) => Effect.sync(close)
  )

export const trackText = JSON.stringify(Answers.developmentTrack)

export const head = (status: string, ...headers: ReadonlyArray<string>) =>
  [`HTTP/1.1 ${status}`, ...headers, "", ""].join("\r\n")

export const whole = head("200 OK", "content-type: application/json", `content-length: ${Buffer.byteLength(trackText)}`)
  + trackText
