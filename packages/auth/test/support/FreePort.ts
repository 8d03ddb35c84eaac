/** Ports for servers that have to be told theirs. */
import * as Effect from "effect/Effect"
import { once } from "node:events"
import { createServer } from "node:net"

/** A port that was free a moment ago. */
export const freePort = Effect.promise(async () => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (typeof address === "object" && address !== null) return address.port
  throw new Error("no port is free")
})
