/**
 * A port on this machine on which a sign-in waits for its callback.
 *
 * **Details**
 *
 * The port is also the lock between sign-ins: one process can have it, and the system frees the port of a process that
 * dies. A header marks every response, so that the next sign-in can tell this one from any other program.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http"
import * as AuthError from "../../AuthError.ts"
import * as SignInPage from "../SignInPage.ts"
import type { SignInResult } from "./SignInResult.ts"

// =============================================================================
// Model
// =============================================================================

export interface Options {
  /** A loopback address as it stands in a URL: `127.0.0.1` or `[::1]`. */
  readonly hostname: string
  /** The ports to try, in this order. */
  readonly ports: ReadonlyArray<number>
  /** The longest wait for another sign-in to end. */
  readonly maxWait: Duration.Duration
  readonly respond: (request: IncomingMessage, port: number) => Effect.Effect<SignInResult>
}

// =============================================================================
// Constructor
// =============================================================================

/** The time for the last responses to leave when the scope closes. */
const closingTime = "1 second"

const pace = Schedule.jittered(Schedule.spaced("200 millis"))

/**
 * Listens until the scope closes, and returns the port. Waits while another sign-in listens there.
 *
 * When the scope closes, responses under way still leave. All other connections are closed, such as those that browsers
 * open ahead of time.
 */
export const open = (options: Options): Effect.Effect<number, AuthError.AuthError, Scope.Scope> =>
  attempt(options).pipe(
    // A port that was just released looks for a moment as if another program had it.
    Effect.retry({ while: (error) => isKind(error, "PortTaken"), times: 2, schedule: pace }),
    Effect.retry({ while: (error) => isKind(error, "Busy"), schedule: pace }),
    Effect.timeoutOrElse({
      duration: options.maxWait,
      orElse: () => {
        const [port = 0] = options.ports
        const place = `${options.hostname}:${port}`
        return failed(
          "Busy",
          port,
          `another one has kept ${place} for ${Duration.format(options.maxWait)}. Finish it first.`
        )
      }
    })
  )

const attempt = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<number, AuthError.AuthError, Scope.Scope> {
  let failure: Effect.Effect<never, AuthError.AuthError> = Effect.never
  for (const port of options.ports) {
    const listening = yield* Effect.result(listen(options, port))
    if (Result.isSuccess(listening)) return listening.success
    const place = `${options.hostname}:${port}`
    if (listening.failure !== "EADDRINUSE") {
      failure = failed("Unavailable", port, `this machine does not let it listen on ${place} (${listening.failure}).`)
    } else if (yield* isSignIn(options.hostname, port)) {
      return yield* failed("Busy", port, `another one is under way on ${place}.`)
    } else {
      failure = failed("PortTaken", port, `another program has ${place}. Close it, or register another port.`)
    }
  }
  return yield* failure
})

// =============================================================================
// Listening
// =============================================================================

/** Listens on one port. Fails with the code of the system error, such as `EADDRINUSE`. */
const listen = Effect.fnUntraced(function*(
  { hostname, respond }: Options,
  port: number
): Effect.fn.Return<number, string, Scope.Scope> {
  const server = yield* Effect.acquireRelease(bind(literal(hostname), port), close)
  const responses = yield* FiberSet.make()
  yield* Effect.addFinalizer(() => Effect.timeoutOption(FiberSet.awaitEmpty(responses), closingTime))
  const run = yield* FiberSet.runtime(responses)()
  const address = server.address()
  const taken = typeof address === "object" && address !== null ? address.port : port
  server.on("request", (request, response) => {
    // The fiber must be in the set before it runs, because it may close the scope in the same instant.
    run(Effect.andThen(Effect.yieldNow, Effect.flatMap(respond(request, taken), (result) => send(response, result))))
  })
  return taken
})

/** Returns an address as the system writes it, without the brackets of a URL. */
const literal = (hostname: string): string => hostname.replace(/^\[|\]$/g, "")

const bind = (host: string, port: number): Effect.Effect<Server, string> =>
  Effect.callback((resume) => {
    const server = createServer()
    server.once("error", (error) =>
      resume(Effect.fail(Predicate.hasProperty(error, "code") ? String(error.code) : error.message)))
    server.listen({ host, port, exclusive: true }, () =>
      resume(Effect.succeed(server)))
  })

const close = (server: Server): Effect.Effect<void> =>
  Effect.callback((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

// =============================================================================
// Responses
// =============================================================================

const mark = "loopback-sign-in"

/** Headers that keep a page from loading anything, and from being cached, framed or sniffed. */
const headers = {
  [mark]: "under way",
  "cache-control": "no-store",
  "connection": "close",
  "content-security-policy":
    `default-src 'none'; style-src ${SignInPage.styleSource}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "content-type": "text/html; charset=utf-8",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
}

/** Sends a page, and waits until it has left or the browser has closed the connection. */
const send = (response: ServerResponse, { html, location, status }: SignInResult): Effect.Effect<void> =>
  Effect.callback((resume) => {
    response.once("close", () => resume(Effect.void))
    response.writeHead(status, location === undefined ? headers : { ...headers, location }).end(html)
    if (response.destroyed) resume(Effect.void)
  })

// =============================================================================
// Other sign-ins
// =============================================================================

/**
 * Reports whether a sign-in listens on a port.
 *
 * Uses `node:http` without a proxy, because the loopback address of a proxy is another machine, and because `fetch`
 * refuses some ports.
 */
const isSignIn = (hostname: string, port: number): Effect.Effect<boolean> =>
  Effect.callback<boolean>((resume) => {
    const asking = request({
      agent: new Agent(),
      headers: { connection: "close" },
      host: literal(hostname),
      method: "HEAD",
      path: "/",
      port
    })
    asking.once("response", (response) => {
      response.destroy()
      resume(Effect.succeed(mark in response.headers))
    })
    asking.on("error", () => resume(Effect.succeed(false)))
    asking.end()
    return Effect.sync(() => asking.destroy())
  }).pipe(
    Effect.timeoutOrElse({ duration: "1 second", orElse: () => Effect.succeed(false) })
  )

// =============================================================================
// Errors
// =============================================================================

type Kind = AuthError.SignInFailed["kind"]

const isKind = ({ reason }: AuthError.AuthError, kind: Kind): boolean =>
  reason._tag === "SignInFailed" && reason.kind === kind

export const failed = (kind: Kind, port: number, issue: string): Effect.Effect<never, AuthError.AuthError> =>
  Effect.fail(new AuthError.AuthError({ reason: new AuthError.SignInFailed({ kind, port, issue }) }))
