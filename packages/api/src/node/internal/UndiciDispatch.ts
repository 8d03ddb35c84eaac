/** Dispatch over an undici dispatcher. */
import type * as Undici from "@effect/platform-node/Undici"
import * as Dispatch from "../../internal/transport/Dispatch.ts"

export const over = (dispatcher: Undici.Dispatcher): Dispatch.Dispatch =>
(
  { body, headers, method, origin, path },
  maxBodySize,
  receiver
) => {
  const exchange = new Exchange(receiver, maxBodySize)
  // Callers limit time by their own clock, and a redirect is a response like any other.
  const options = { origin, path, method, headers, body, headersTimeout: 0, bodyTimeout: 0, maxRedirections: 0 }
  try {
    dispatcher.dispatch(options, exchange)
  } catch (error) {
    exchange.onResponseError(undefined, error)
  }
  return () => exchange.giveUp()
}

class Exchange implements Undici.Dispatcher.DispatchHandler {
  readonly #maxBodySize: number
  /** Absent once it was told the outcome, or the exchange was given up. */
  #receiver: Dispatch.Receiver | undefined
  #controller: Undici.Dispatcher.DispatchController | undefined
  #status = 0
  #headers: Dispatch.ReceivedHeaders = {}
  #chunks: Array<Uint8Array> = []
  #size = 0
  /** True if the outcome is known. */
  #isOver = false

  constructor(receiver: Dispatch.Receiver, maxBodySize: number) {
    this.#receiver = receiver
    this.#maxBodySize = maxBodySize
  }

  giveUp(): void {
    this.#receiver = undefined
    if (this.#isOver) return
    this.#isOver = true
    this.#controller?.abort(givenUp)
  }

  onRequestStart(controller: Undici.Dispatcher.DispatchController): void {
    this.#controller = controller
    // The request was given up while it waited for a connection.
    if (this.#isOver) controller.abort(givenUp)
  }

  onResponseStart(_: unknown, status: number, headers: Dispatch.ReceivedHeaders): void {
    // Informational responses come before the final one (RFC 9110 §15.2).
    if (status < 200) return
    this.#status = status
    this.#headers = headers
  }

  onResponseData(controller: Undici.Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#isOver) return
    this.#size += chunk.byteLength
    if (this.#size <= this.#maxBodySize) {
      this.#chunks.push(chunk)
    } else {
      this.#respond(Dispatch.tooLarge)
      controller.abort(tooLarge)
    }
  }

  onResponseEnd(): void {
    const [first] = this.#chunks
    this.#respond(first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks))
  }

  onResponseError(_: unknown, cause: unknown): void {
    const isSent = this.#controller !== undefined
    this.#tell((receiver) => receiver.onFailure(cause, isSent))
  }

  #respond(body: Dispatch.Received["body"]): void {
    this.#tell((receiver) => receiver.onResponse({ status: this.#status, headers: this.#headers, body }))
  }

  /** Tells the receiver outside of undici, which takes an error of its handlers for one of the connection. */
  #tell(tell: (receiver: Dispatch.Receiver) => void): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#chunks = []
    queueMicrotask(() => {
      const receiver = this.#receiver
      this.#receiver = undefined
      if (receiver !== undefined) tell(receiver)
    })
  }
}

const givenUp = new Error("The request was given up")

const tooLarge = new Error("The answer is too large")
