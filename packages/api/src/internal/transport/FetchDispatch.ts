/** Dispatch over `fetch`, which reads bodies by a plain loop and stops beyond the size limit. */
import * as ContentCoding from "@app/auth/ContentCoding"
import * as Dispatch from "./Dispatch.ts"

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
  const { headers: received, status } = response
  try {
    const taken = await read(response.body, maxBodySize)
    if (taken === Dispatch.tooLarge) controller.abort()
    return { status, headers: received, body: taken }
  } catch (cause) {
    const failure = ContentCoding.failureOf(cause, Dispatch.codings(received))
    if (failure === undefined) throw cause
    return { status, headers: received, body: failure }
  }
}

/**
 * Reads a body of at most `maxSize` bytes.
 *
 * **Details**
 *
 * The `content-length` is no guide: it counts the bytes before `fetch` has undone their coding, and a browser hides the
 * coding's name from other origins.
 */
const read = async (body: Response["body"], maxSize: number): Promise<Dispatch.Received["body"]> => {
  if (body === null) return new Uint8Array()
  const reader = body.getReader()
  const chunks: Array<Uint8Array> = []
  let size = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.byteLength
    if (size > maxSize) return Dispatch.tooLarge
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
