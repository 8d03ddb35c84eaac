/**
 * A listener on loopback that closes at once: hanging requests are cut, idle connections do not delay. A client that
 * dawdles is cut as well: a request's headers have ten seconds to arrive, all of it thirty.
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

/**
 * Opens a listener for as long as the scope lives, and gives its origin.
 *
 * @category constructors
 * @since 0.1.0
 */
export const open = Effect.fnUntraced(function*(
  at: { readonly host: string; readonly port: number },
  answer: Effect.Effect<HttpServerResponse, never, HttpServerRequest>
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
  // The sandbox stands for a machine far away: its work must not appear among the spans of the program under test.
  // A handler without a router runs uninterruptibly; one that hangs must end when its client leaves or the scope closes.
  yield* listener.serve(Effect.interruptible(answer)).pipe(
    Effect.provideService(HttpMiddleware.TracerDisabledWhen, () => true)
  )
  // There is nothing here to upgrade to: without listeners, Node takes the request as any other (RFC 9110 §7.8).
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
