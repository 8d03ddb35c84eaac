/**
 * The transports that `Tracks.get` is measured over, by name.
 */
import type * as HttpClient from "effect/http/HttpClient"
import type * as Layer from "effect/Layer"

export type Transport = Layer.Layer<HttpClient.HttpClient>

const transports = {
  /** The one that the README recommends for Node. */
  recommended: () => import("@app/api/node/UndiciHttpClient").then(({ layer }) => layer()),
  layerUndici: () => import("@effect/platform-node/NodeHttpClient").then(({ layerUndici }) => layerUndici),
  layerNodeHttp: () => import("@effect/platform-node/NodeHttpClient").then(({ layerNodeHttp }) => layerNodeHttp),
  /** The one that the README recommends where `fetch` is the transport. */
  fetch: () => import("@app/api/FetchHttpClient").then(({ layer }) => layer),
  effectFetch: () => import("effect/http/FetchHttpClient").then(({ layer }) => layer)
} satisfies Readonly<Record<string, () => Promise<Transport>>>

const byName: Readonly<Record<string, () => Promise<Transport>>> = transports

export const names: ReadonlyArray<string> = Object.keys(byName)

/** The best there is for Node. */
export const best = "recommended"

export const load = (name: string): Promise<Transport> => {
  const transport = byName[name]
  return transport === undefined ? Promise.reject(new Error(`There is no transport ${name}`)) : transport()
}
