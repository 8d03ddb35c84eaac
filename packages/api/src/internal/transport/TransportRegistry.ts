/** Transports that belong to certain clients; any other client has the general one. */
import type * as HttpClient from "effect/http/HttpClient"
import * as GeneralTransport from "./GeneralTransport.ts"
import type * as Transport from "./Transport.ts"

type MakeTransport = (options: Transport.Options) => Transport.Transport

/** By identity: a client that is made of another one is not in here, so nothing that it adds is skipped. */
const registered = new WeakMap<HttpClient.HttpClient, MakeTransport>()

/** Gives a client a transport of its own, and returns the client. */
export const register = (httpClient: HttpClient.HttpClient, transport: MakeTransport): HttpClient.HttpClient => {
  registered.set(httpClient, transport)
  return httpClient
}

/** Creates the transport of a client. */
export const make = (options: Transport.Options): Transport.Transport =>
  (registered.get(options.httpClient) ?? GeneralTransport.make)(options)
