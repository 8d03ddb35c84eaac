/**
 * Requests as bytes, for those that no client sends.
 */
import { Sandbox } from "@app/sandbox"
import * as Effect from "effect/Effect"
import { connect } from "node:net"

/** A response. */
export interface Response {
  /** Status; 0 where the connection closed without a response. */
  readonly status: number
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

const parse = (text: string): Response => {
  const [head = "", ...body] = text.split("\r\n\r\n")
  const [line = "", ...fields] = head.split("\r\n")
  return {
    status: Number(line.split(" ")[1] ?? 0),
    headers: new Map(fields.map((field) => {
      const colon = field.indexOf(":")
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const
    })),
    body: body.join("\r\n\r\n")
  }
}

/** Sends bytes and reads the response until the server closes the connection. */
export const exchange = (port: number, bytes: string | Iterable<string>): Effect.Effect<Response> =>
  Effect.callback((resume) => {
    const socket = connect(port, "127.0.0.1")
    let received = ""
    socket.setEncoding("latin1")
    socket.on("data", (chunk: string) => {
      received += chunk
    })
    // A server that refuses a request resets the connection while the rest is sent.
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(parse(received))))
    for (const part of typeof bytes === "string" ? [bytes] : bytes) socket.write(part)
    return Effect.sync(() => socket.destroy())
  })

/** Sends a request on a connection of its own, to `127.0.0.1` and the port unless `headers` name another `host`. */
export const ask = (
  port: number,
  line: string,
  headers: Readonly<Record<string, string>> = {},
  body = ""
): Effect.Effect<Response> => {
  const all = {
    host: `127.0.0.1:${port}`,
    connection: "close",
    ...(body !== "" && { "content-length": String(Buffer.byteLength(body)) }),
    ...headers
  }
  const fields = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return exchange(port, `${line} HTTP/1.1\r\n${fields.join("")}\r\n${body}`)
}

/** The ports of the two listeners. */
export const ports = Effect.map(Sandbox.Sandbox, ({ accountsUrl, apiUrl }) => ({
  accounts: Number(new URL(accountsUrl).port),
  api: Number(new URL(apiUrl).port)
}))
