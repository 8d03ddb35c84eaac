/**
 * The faults of the tour: what is set, what happens, and where the library decides what to do about it.
 */
import type * as SpotifyClient from "@app/api/SpotifyClient"
import * as TokenService from "@app/auth/TokenService"
import { Fault, Sandbox } from "@app/sandbox"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { type Setting, Stage } from "./Stage.ts"

/** One fault. */
export interface Screen extends Setting {
  readonly name: string
  readonly title: string
  /** One or two sentences: what happened, and what the program did. */
  readonly text: string
  /** The files that decide it. */
  readonly decidedIn: ReadonlyArray<string>
  readonly run: Effect.Effect<
    void,
    unknown,
    Stage | Sandbox.Sandbox | TokenService.TokenService | SpotifyClient.SpotifyClient
  >
}

const lifetime = (seconds: number) => ({ accessTokenLifetime: Duration.seconds(seconds) })

/** Calls twenty times a second, or at another interval. */
const callFor = (duration: Duration.Input, interval: Duration.Input = Duration.millis(50)) =>
  Effect.flatMap(Stage, ({ callEvery }) => callEvery(interval, duration))

/** Calls twenty times a second while something happens after a while. */
const callDuring = <E, R>(duration: Duration.Input, delay: Duration.Input, event: Effect.Effect<unknown, E, R>) =>
  Effect.all([callFor(duration), Effect.delay(event, delay)], { concurrency: "unbounded", discard: true })

const tokenRoute = "POST /api/token"
const trackRoute = "GET /v1/tracks/{id}"

const inject = (route: typeof tokenRoute | typeof trackRoute, fault: Fault.Fault | ReadonlyArray<Fault.Fault>) =>
  Effect.flatMap(Sandbox.Sandbox, (sandbox) => sandbox.inject(route, fault))

const happens = <E, R>(label: string, event: Effect.Effect<unknown, E, R>) =>
  Effect.flatMap(Stage, (stage) => stage.happens(label, event))

const tokensEnd = <E, R>(label: string, event: Effect.Effect<unknown, E, R>) =>
  Effect.flatMap(Stage, (stage) => stage.tokensEnd(label, event))

const revoked = tokensEnd(
  "the server revokes the token",
  Effect.flatMap(Sandbox.Sandbox, (sandbox) => sandbox.revokeAccessTokens)
)

const policy = "packages/auth/src/RefreshPolicy.ts"
const state = "packages/auth/src/internal/lifecycle/TokenState.ts"
const repetition = "packages/api/src/internal/call/Repetition.ts"
const retries = "packages/api/src/RetryPolicy.ts"
const gate = "packages/api/src/internal/rateLimit/GateState.ts"

/** The screen of the README's picture. */
export const pictured = "day"

/** The tour, from what happens every hour to what should never happen, and several of these in one run at last. */
export const screens: ReadonlyArray<Screen> = [
  {
    name: "expiry",
    title: "A token comes to its end",
    text: "The next token is there before the old one ends, so no call waits for it.",
    decidedIn: [policy],
    sandbox: lifetime(2),
    run: callFor("4 seconds")
  },
  {
    name: "slow",
    title: "The token endpoint is slow",
    text: "The refresh takes most of a second. Calls go on with the old token, which is still good.",
    decidedIn: [policy, state],
    sandbox: lifetime(3),
    run: Effect.andThen(
      inject(tokenRoute, Fault.Latency({ duration: Duration.millis(800), times: "always" })),
      callFor("3500 millis")
    )
  },
  {
    name: "outage",
    title: "The Accounts service is down when a token is due",
    text: "The refresh is tried again after a growing pause. Since it began early, the old token outlives the outage.",
    decidedIn: [policy, state],
    sandbox: lifetime(4),
    run: Effect.andThen(inject(tokenRoute, Fault.Status({ status: 503, times: 3 })), callFor("4500 millis"))
  },
  {
    name: "hang",
    title: "The Accounts service accepts a request and never answers",
    text: "The request is given up after its timeout, here 0.4 seconds, and sent again.",
    decidedIn: ["packages/auth/src/TokenEndpoint.ts", state],
    sandbox: lifetime(3),
    timeout: "400 millis",
    run: Effect.andThen(inject(tokenRoute, Fault.Hang({})), callFor("3500 millis"))
  },
  {
    name: "page",
    title: "A proxy answers in place of the Accounts service",
    text: "A page with status 200 is no token response. It is refused as such, and the refresh is tried again.",
    decidedIn: ["packages/auth/src/TokenEndpoint.ts", state],
    sandbox: lifetime(3),
    run: Effect.andThen(inject(tokenRoute, Fault.Html({ status: 200, times: 2 })), callFor("3500 millis"))
  },
  {
    name: "revoked",
    title: "The API refuses a token that should be good",
    text: "Calls that meet the 401 share one refresh and are sent again. None of them fails.",
    decidedIn: [repetition, state],
    run: callDuring("2 seconds", "1 second", revoked)
  },
  {
    name: "crowd",
    title: "A hundred calls at once, and no good token",
    text: "The token is refused to all of them. They wait for the same token request, and there is only one.",
    decidedIn: [state, repetition],
    run: Effect.gen(function*() {
      const { call } = yield* Stage
      yield* call
      yield* Effect.delay(revoked, "300 millis")
      yield* inject(tokenRoute, Fault.Latency({ duration: Duration.millis(600) }))
      yield* Effect.all(Array.from({ length: 100 }, () => call), { concurrency: "unbounded", discard: true })
      yield* callFor("500 millis")
    })
  },
  {
    name: "ended",
    title: "Spotify ends the sign-in",
    text: "Calls fail with ReauthorizationRequired, and the Accounts service is asked once, not each time. After a new "
      + "sign-in they go on.",
    decidedIn: [state],
    sandbox: lifetime(2),
    run: Effect.gen(function*() {
      const sandbox = yield* Sandbox.Sandbox
      const signIn = happens("the person signs in again", Effect.flatMap(Sandbox.signIn(), TokenService.authorize))
      yield* Effect.all([
        callFor("4 seconds"),
        Effect.delay(happens("the server ends the sign-in", sandbox.revokeRefreshTokens), "500 millis"),
        Effect.delay(signIn, "3200 millis")
      ], { concurrency: "unbounded", discard: true })
    })
  },
  {
    name: "rate-limit",
    title: "Too many calls",
    text:
      "A 429 closes the app's gate for the second that it names. Calls wait at the gate and pass when it opens, the "
      + "first one alone.",
    decidedIn: [gate],
    run: callDuring("3 seconds", "1 second", inject(trackRoute, Fault.RateLimited({ retryAfter: 1 })))
  },
  {
    name: "api-down",
    title: "The Web API fails for a moment",
    text:
      "A track can be asked for twice without harm, so the calls are sent again: after a 503 and after a connection "
      + "that was reset.",
    decidedIn: [repetition, retries],
    run: callDuring(
      "2500 millis",
      "700 millis",
      inject(trackRoute, [Fault.Status({ status: 503, times: 3 }), Fault.Reset({ times: 2 })])
    )
  },
  {
    name: "odd-body",
    title: "The Web API sends something else than a track",
    text: "To ask again would not help: the call fails with UnexpectedResponse, which names the field. The calls "
      + "after it are answered.",
    decidedIn: [repetition, "packages/api/src/SpotifyError.ts"],
    run: callDuring("2 seconds", "1 second", inject(trackRoute, Fault.Body({ body: "{\"name\": 7}" })))
  },
  {
    name: "lost",
    title: "The response with a new refresh token is lost",
    text: "Here every refresh token can be used once. Half of the response arrives, and the token before it is spent: "
      + "the sign-in is over, and calls say so once the old token has ended.",
    decidedIn: [state],
    sandbox: { ...lifetime(2), rotateRefreshTokens: true },
    run: Effect.andThen(inject(tokenRoute, Fault.Truncated({})), callFor("3500 millis"))
  },
  {
    name: "day",
    title: "Tokens of three seconds, one revoked, one outage: no call fails",
    text:
      "Each token is replaced before its end. The 401 after the revocation and the outage of the Accounts service cost "
      + "requests, and no call.",
    decidedIn: [policy, repetition],
    sandbox: lifetime(3),
    run: Effect.all([
      callFor("10 seconds", Duration.millis(100)),
      Effect.delay(revoked, "4200 millis"),
      Effect.delay(inject(tokenRoute, Fault.Status({ status: 503, times: 2 })), "6 seconds")
    ], { concurrency: "unbounded", discard: true })
  }
]
