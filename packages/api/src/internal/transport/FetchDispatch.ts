/** Dispatch over `fetch`, which reads bodies by a plain loop and stops beyond the size limit. */
import type * as Dispatch from "./Dispatch.ts"

export const over = (fetch: typeof globalThis.fetch): Dispatch.Dispatch => (outgoing, maxBodySize, receiver) => {
  const controller = new AbortController()
  let isOver = false
  const tell = (outcome: () => void): void => {
    if (isOver) return
    isOver = true
    outcome()
  }
  exchange(fetch, outgoing, maxBodySize, controller).then(
    (received) => tell(() => receiver.onResponse(received)),
    // `fetch` does not say how far it came.
    (cause) => tell(() => receiver.onFailure(cause, true))
  )
  return () => tell(() => controller.abort())
}

const exchange = async (
  fetch: typeof globalThis.fetch,
  { body, headers, method, origin, path }: Dispatch.Outgoing,
  maxBodySize: number,
  controller: AbortController
): Promise<Dispatch.Received> => {
  const response = await fetch(origin + path, {
    method,
    headers,
    body: body instanceof Uint8Array ? new Uint8Array(body) : body,
    // A redirect would take the token along.
    redirect: "manual",
    signal: controller.signal
  })
  const received = await read(response.body, maxBodySize)
  if (received === undefined) controller.abort()
  return { status: response.status, headers: response.headers, body: received }
}

/**
 * Reads a body of at most `maxSize` bytes; undefined when it is longer.
 *
 * **Details**
 *
 * The `content-length` is no guide: it counts the bytes before `fetch` has undone their coding, and a browser hides the
 * coding's name from other origins.
 */
const read = async (body: Response["body"], maxSize: number): Promise<Uint8Array | undefined> => {
  if (body === null) return new Uint8Array()
  const reader = body.getReader()
  const chunks: Array<Uint8Array> = []
  let size = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.byteLength
    if (size > maxSize) return undefined
    chunks.push(next.value)
  }
  const [first] = chunks
  if (first !== undefined && chunks.length === 1) return first
  const whole = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.byteLength
  }
  return whole
}
