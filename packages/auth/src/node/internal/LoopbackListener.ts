/**
 * A port on this machine that a sign-in listens on while it is its turn.
 *
 * The port itself is the lock between sign-ins: only one can have it, and the system takes it back from a process that
 * dies. Every answer carries a mark, by which the next in line knows a sign-in from any other program.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { createHash } from "node:crypto"
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http"
import * as AuthError from "../../AuthError.ts"
import * as SignInPage from "./SignInPage.ts"

// =============================================================================
// Model
// =============================================================================

export interface Options {
  /** An address of this machine alone, as it stands in a URL: `127.0.0.1` or `[::1]`. */
  readonly hostname: string
  /** The first that can be had is taken. */
  readonly ports: ReadonlyArray<number>
  /** How long to wait for another sign-in to end. */
  readonly patience: Duration.Duration
  readonly answer: (request: IncomingMessage, port: number) => Effect.Effect<SignInPage.Page>
}

// =============================================================================
// Constructor
// =============================================================================

/** How long the last answers get to leave when the scope closes. */
const closingTime = "1 second"

const pace = Schedule.jittered(Schedule.spaced("200 millis"))

/**
 * Listens until the scope closes, and gives the port. Waits while another sign-in is listening there.
 *
 * When the scope closes, answers under way still leave; whatever else is connected, browsers that connect ahead of time
 * first of all, is cut off.
 */
export const open = (options: Options): Effect.Effect<number, AuthError.AuthError, Scope.Scope> =>
  attempt(options).pipe(
    // A port that was just let go of looks for a moment like one that a stranger has.
    Effect.retry({ while: (error) => isKind(error, "PortTaken"), times: 2, schedule: pace }),
    Effect.retry({ while: (error) => isKind(error, "Busy"), schedule: pace }),
    Effect.timeoutOrElse({
      duration: options.patience,
      orElse: () => {
        const [port = 0] = options.ports
        const place = `${options.hostname}:${port}`
        return failed(
          "Busy",
          port,
          `another one has kept ${place} for ${Duration.format(options.patience)}. Finish it first.`
        )
      }
    })
  )

const attempt = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<number, AuthError.AuthError, Scope.Scope> {
  let trouble: Effect.Effect<never, AuthError.AuthError> = Effect.never
  for (const port of options.ports) {
    const listening = yield* Effect.result(listen(options, port))
    if (Result.isSuccess(listening)) return listening.success
    const place = `${options.hostname}:${port}`
    if (listening.failure !== "EADDRINUSE") {
      trouble = failed("Unavailable", port, `this machine does not let it listen on ${place} (${listening.failure}).`)
    } else if (yield* isSignIn(options.hostname, port)) {
      return yield* failed("Busy", port, `another one is under way on ${place}.`)
    } else {
      trouble = failed("PortTaken", port, `another program has ${place}. Close it, or register another port.`)
    }
  }
  return yield* trouble
})

// =============================================================================
// Listening
// =============================================================================

/** Fails with the system's word for why it cannot listen, such as `EADDRINUSE`. */
const listen = Effect.fnUntraced(function*(
  { answer, hostname }: Options,
  port: number
): Effect.fn.Return<number, string, Scope.Scope> {
  const server = yield* Effect.acquireRelease(bind(literal(hostname), port), close)
  const answers = yield* FiberSet.make()
  yield* Effect.addFinalizer(() => Effect.timeoutOption(FiberSet.awaitEmpty(answers), closingTime))
  const run = yield* FiberSet.runtime(answers)()
  const address = server.address()
  const taken = typeof address === "object" && address !== null ? address.port : port
  server.on("request", (request, response) => {
    // In the set before it runs: what it sets off may close the scope in the same instant.
    run(Effect.andThen(Effect.yieldNow, Effect.flatMap(answer(request, taken), (page) => send(response, page))))
  })
  return taken
})

/** An address as the system writes it, without a URL's brackets. */
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
// Answering
// =============================================================================

const mark = "loopback-sign-in"

/** The page may show nothing but itself, and be kept, framed and sniffed by nobody. */
const headers = {
  [mark]: "under way",
  "cache-control": "no-store",
  "connection": "close",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${
    createHash("sha256").update(SignInPage.style).digest("base64")
  }'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "content-type": "text/html; charset=utf-8",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
}

/** Ends once the answer has left, or the browser has. */
const send = (response: ServerResponse, page: SignInPage.Page): Effect.Effect<void> =>
  Effect.callback((resume) => {
    response.once("close", () => resume(Effect.void))
    response.writeHead(page.status, headers).end(page.html)
    if (response.destroyed) resume(Effect.void)
  })

// =============================================================================
// Others
// =============================================================================

/**
 * Loopback is this machine, so no proxy is asked on the way, whatever the environment says of proxies: there it would be
 * the proxy's own. Nor is any port out of bounds, as some are for `fetch`.
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
    asking.once("response", (answer) => {
      answer.destroy()
      resume(Effect.succeed(mark in answer.headers))
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
