/** Requests as bytes, since no client sends what these tests send. */
import { Sandbox } from "@app/sandbox"
import * as Effect from "effect/Effect"
import { connect } from "node:net"

/** A response. */
export interface Response {
  /** 0 where the connection closed without a response. */
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

/** What comes back until the other side closes. */
export const exchange = (port: number, bytes: string | Iterable<string>): Effect.Effect<Response> =>
  Effect.callback((resume) => {
    const socket = connect(port, "127.0.0.1")
    let received = ""
    socket.setEncoding("latin1")
    socket.on("data", (chunk: string) => {
      received += chunk
    })
    // A server that has heard enough resets what is still being sent.
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(parse(received))))
    for (const part of typeof bytes === "string" ? [bytes] : bytes) socket.write(part)
    return Effect.sync(() => socket.destroy())
  })

/** A request for `127.0.0.1` and the port, unless `headers` name another `host`, on a connection of its own. */
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
