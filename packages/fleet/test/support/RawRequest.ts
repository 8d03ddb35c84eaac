/** Requests whose path and headers no client has changed. */
import * as Effect from "effect/Effect"
import { request } from "node:http"

export interface RawRequest {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

export interface RawResponse {
  readonly status: number
  readonly text: string
}

/** Sends a request as it is written; a connection that the server has closed has status 0. */
export const send = (origin: string, { body, headers = {}, method, path }: RawRequest) =>
  Effect.callback<RawResponse>((resume) => {
    const { hostname, port } = new URL(origin)
    const sent = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      let text = ""
      response.setEncoding("utf8")
      response.on("data", (part) => {
        text += part
      })
      response.on("end", () => resume(Effect.succeed({ status: response.statusCode ?? 0, text })))
    })
    sent.on("error", () => resume(Effect.succeed({ status: 0, text: "" })))
    sent.end(body)
  })
