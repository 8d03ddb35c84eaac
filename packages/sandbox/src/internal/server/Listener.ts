/**
 * An HTTP listener that closes at once: open requests and idle connections are cut.
 *
 * **Details**
 *
 * Slow clients are cut as well: the headers of a request must arrive within ten seconds, all of it within thirty.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Effect from "effect/Effect"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { createServer } from "node:http"
import { ListenFailed, PortInUse, SandboxError } from "../../SandboxError.ts"

// =============================================================================
// Constructor
// =============================================================================

/** Opens a listener until the scope closes and returns its origin, such as `http://127.0.0.1:41234`. */
export const open = Effect.fnUntraced(function*(
  at: { readonly host: string; readonly port: number },
  respond: Effect.Effect<HttpServerResponse, never, HttpServerRequest>
): Effect.fn.Return<string, SandboxError, Scope.Scope> {
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000 })
  const listener = yield* NodeHttpServer.make(() => server, { ...at, disablePreemptiveShutdown: true }).pipe(
    Effect.mapError(({ cause }) =>
      new SandboxError({
        reason: Predicate.hasProperty(cause, "code") && cause.code === "EADDRINUSE"
          ? new PortInUse(at)
          : new ListenFailed({ ...at, cause })
      })
    )
  )
  // The sandbox stands for a remote server, so its work must not appear among the spans of the program under test.
  // A handler without a router runs uninterruptibly; one that hangs must end when its client leaves or the scope closes.
  yield* listener.serve(Effect.interruptible(respond)).pipe(
    Effect.provideService(HttpMiddleware.TracerDisabledWhen, () => true)
  )
  // Without listeners for `upgrade`, Node treats such a request as any other (RFC 9110 §7.8).
  server.removeAllListeners("upgrade")
  yield* Effect.addFinalizer(() =>
    Effect.callback<void>((resume) => {
      server.close(() => resume(Effect.void))
      server.closeAllConnections()
    })
  )
  const address = server.address()
  const port = address === null || typeof address === "string" ? at.port : address.port
  return `http://${at.host.includes(":") ? `[${at.host}]` : at.host}:${port}`
})
