/**
 * The steps between the arguments of an operation and its result.
 *
 * **Details**
 *
 * The layers around a request, from the outside in:
 *
 * 1. `Coalescing`: calls for the same thing under the same authorization share a run.
 * 2. `Method`: span and metrics of the call; encodes the arguments first and decodes the response last.
 * 3. `QuotaGuard`: fails at once when the app's quota mode is not served the operation.
 * 4. This module: the call's time budget, its authorization (`AuthorizationBinding`), and its tries, repeated as
 *    `Repetition` decides. In each try:
 *    1. the token of the `TokenService`, first, so that a call without one takes no turn at the gate;
 *    2. the `ResponseCache`, if the client has one;
 *    3. the `Gate` of the app's rate limit;
 *    4. `Sending`: the try's time limit, the `Transport`, and the classification of the response.
 */
import type { AccessToken } from "@app/auth/AccessToken"
import type { AuthError } from "@app/auth/AuthError"
import * as Clocks from "@app/auth/Clocks"
import type { TokenService } from "@app/auth/TokenService"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Pull from "effect/Pull"
import * as Schedule from "effect/Schedule"
import type { ResponseCache } from "../../ResponseCache.ts"
import * as SpotifyError from "../../SpotifyError.ts"
import type { Gate, GateRequest } from "../rateLimit/Gate.ts"
import * as RetryTiming from "../time/RetryTiming.ts"
import * as TransportRegistry from "../transport/TransportRegistry.ts"
import * as AuthorizationBinding from "./AuthorizationBinding.ts"
import * as Delivery from "./Delivery.ts"
import type * as Method from "./Method.ts"
import * as Repetition from "./Repetition.ts"
import * as Sending from "./Sending.ts"

// =============================================================================
// Constructor
// =============================================================================

export const make = (options: {
  readonly apiUrl: string
  readonly cache: ResponseCache | undefined
  readonly gate: Gate
  readonly httpClient: HttpClient.HttpClient
  readonly maxBodySize: number
  readonly tokens: TokenService["Service"]
}): Method.Deliver => {
  const { apiUrl, cache, gate, tokens } = options
  const settings: Delivery.Settings = {
    apiUrl,
    cache,
    gate,
    tokens,
    transport: TransportRegistry.make(options),
    currentAuthorization: AuthorizationBinding.current(tokens),
    authorization: memoizeLast(Sending.authorizationOf),
    timing: memoizeLast(RetryTiming.fromPolicy)
  }
  return (call, request, fiber) => new Run(settings, call, request, fiber).start()
}

/** Remembers the result for the last argument, which is nearly always the next one, too. */
const memoizeLast = <A, B>(f: (a: A) => B): (a: A) => B => {
  let last: { readonly a: A; readonly b: B } | undefined
  return (a) => {
    if (last === undefined || last.a !== a) last = { a, b: f(a) }
    return last.b
  }
}

// =============================================================================
// Run
// =============================================================================

/**
 * The delivery of one call.
 *
 * **Details**
 *
 * One object with methods costs less than a closure for each step, of which a call would make a dozen.
 */
class Run extends Delivery.Delivery {
  /** The time at which the try under way arrived at the gate; undefined while it does not wait there. */
  private atGateSince: number | undefined
  /** True once the token has been replaced. */
  private isReplayed = false
  /** The policy's delays, once the first is needed. */
  private delays: NextDelay | undefined

  start(): Delivery.Delivered {
    const { binding } = this
    if (binding.isBound) return this.attempt
    return Effect.flatMap(this.settings.currentAuthorization, (id) => {
      if (id !== undefined) AuthorizationBinding.bind(binding, id)
      return this.attempt
    })
  }

  // ---------------------------------------------------------------------------
  // A try
  // ---------------------------------------------------------------------------

  /** One try, which needs no fiber of its own when there is a token and the gate is open, as nearly always. */
  private readonly attempt: Delivery.Delivered = Effect.callback((resume) => {
    const { cache, gate, tokens } = this.settings
    this.atGateSince = undefined
    const asking = Effect.runForkWith(this.fiber.context)(tokens.get)
    const token = asking.pollUnsafe()
    return token !== undefined && Exit.isSuccess(token) && cache === undefined &&
        gate.isOpen?.(this.call.operation.bucket) === true
      ? Sending.send(this, this.request, token.value, (sent) => resume(this.afterOpenGate(sent)))
      : this.attemptWithWaits(token ?? join(asking), resume)
  })

  private afterOpenGate(sent: Delivery.Sent): Delivery.Delivered {
    if (Exit.isSuccess(sent)) return sent
    return Effect.catch(sent, (error) => {
      const learning = this.settings.gate.learn?.(this.gateRequest(), error)
      return learning === undefined ? this.repeatOrFail(error) : Effect.andThen(learning, this.repeatOrFail(error))
    })
  }

  /** Runs a try that may have to wait for a token or at the gate, within the call's time. */
  private attemptWithWaits(
    token: Effect.Effect<AccessToken, AuthError>,
    resume: (delivered: Delivery.Delivered) => void
  ): Effect.Effect<void> {
    const running = Effect.runForkWith(this.fiber.context)(
      Effect.flatMap(token, (bearer) => this.throughCache(bearer))
    )
    const limit = this.deadlines.set(this.deadline, () => {
      removeObserver()
      resume(Effect.flatMap(Fiber.interrupt(running), () => this.repeatOrFail(this.expired())))
    })
    const removeObserver = running.addObserver((exit) => {
      this.deadlines.clear(limit)
      resume(Exit.isSuccess(exit) ? exit : Effect.catch(exit, (error) => this.repeatOrFail(error)))
    })
    return Effect.suspend(() => {
      this.deadlines.clear(limit)
      return Fiber.interrupt(running)
    })
  }

  private throughCache(bearer: AccessToken): Delivery.Delivered {
    const { cache } = this.settings
    if (cache === undefined) return this.throughGate(this.request, bearer)
    const cached = cache.run(
      this.request,
      bearer,
      (request) => Effect.map(this.throughGate(request, bearer), (response) => response.response())
    )
    return Effect.flatMap(cached, (response) =>
      // The body is in memory already.
      Effect.map(Effect.orDie(response.text), (text) => {
        const { headers, status } = response
        const buffered = { status, headers: () => headers, text: () => text, response: () => response }
        return Sending.received(this, buffered, bearer)
      }))
  }

  private throughGate(request: HttpClientRequest.HttpClientRequest, bearer: AccessToken): Delivery.Delivered {
    this.atGateSince = Clocks.monotonicMillis(this.clock)
    return this.settings.gate.run(this.gateRequest(), (waited) => {
      this.atGateSince = undefined
      if (Duration.isZero(waited)) return this.send(request, bearer)
      this.countWait(Duration.toMillis(waited))
      // While the call waited its token may have been replaced; the cache's conditions belong to the old one.
      return Effect.flatMap(
        this.settings.tokens.get,
        (latest) => this.send(latest.isSameAs(bearer) ? request : this.request, latest)
      )
    })
  }

  private send(request: HttpClientRequest.HttpClientRequest, bearer: AccessToken): Delivery.Delivered {
    return Effect.callback((resume) => Sending.send(this, request, bearer, resume))
  }

  // ---------------------------------------------------------------------------
  // Gate
  // ---------------------------------------------------------------------------

  private gateRequest(): GateRequest {
    const { bucket, name } = this.call.operation
    return { operation: name, bucket, deadline: this.deadline, policy: this.timing.policy }
  }

  private countWait(millis: number): void {
    this.call.waited += millis
    this.call.telemetry.waited(millis, this.fiber.context)
  }

  /** Creates the error of a call whose budget is spent: a rate limit when it waited at the gate. */
  private expired(): SpotifyError.SpotifyError {
    if (this.atGateSince === undefined) return Sending.timedOut(this)
    this.countWait(Clocks.monotonicMillis(this.clock) - this.atGateSince)
    return Delivery.error(this, new SpotifyError.RateLimited({}))
  }

  // ---------------------------------------------------------------------------
  // Repetition
  // ---------------------------------------------------------------------------

  private repeatOrFail(error: Delivery.Failure): Delivery.Delivered {
    if (error._tag === "AuthError") return Effect.fail(error)
    const { bearer, operation } = this.call
    const facts = { isIdempotent: operation.idempotent, isReplayed: this.isReplayed || bearer === undefined }
    switch (Repetition.decide(error, facts, this.timing, this.time())) {
      case "Fail":
        return Effect.fail(error)
      case "ReplaceToken":
        return this.replaceToken(error, bearer)
      case "QueueAtGate":
        // The gate holds the call back. The delay is drawn all the same, since a 429 counts as a try.
        return Effect.flatMap(
          this.nextDelay(error),
          (delay) => delay === undefined ? Effect.fail(error) : this.repeat(error, 0)
        )
      case "Pause":
        return Effect.flatMap(this.nextDelay(error), (delay) => {
          const pause = Repetition.pause(error, delay, this.time())
          return pause === undefined ? Effect.fail(error) : this.repeat(error, pause)
        })
    }
  }

  private replaceToken(error: SpotifyError.SpotifyError, bearer: AccessToken | undefined): Delivery.Delivered {
    this.isReplayed = true
    if (bearer === undefined) return Effect.fail(error)
    return Effect.flatMap(
      this.settings.tokens.invalidate(bearer),
      (isWorthARetry) => isWorthARetry ? this.repeat(error, 0) : Effect.fail(error)
    )
  }

  private repeat(error: SpotifyError.SpotifyError, pause: number): Delivery.Delivered {
    const { call } = this
    call.retryReasons = [...(call.retryReasons ?? []), error.reason._tag]
    return Effect.andThen(
      call.telemetry.repeated(error, pause),
      pause === 0 ? this.attempt : Effect.delay(this.attempt, pause)
    )
  }

  private time(): RetryTiming.Time {
    return { now: Clocks.monotonicMillis(this.clock), deadline: this.deadline }
  }

  /** Draws the policy's next delay in milliseconds; undefined when it has no more. */
  private nextDelay(error: SpotifyError.SpotifyError): Effect.Effect<number | undefined> {
    const { delays } = this
    if (delays === undefined) {
      return Effect.flatMap(Schedule.toStep(this.timing.policy.pauses), (step) => {
        this.delays = step
        return this.nextDelay(error)
      })
    }
    return delays(this.clock.currentTimeMillisUnsafe(), error).pipe(
      Effect.map(([, delay]) => Duration.toMillis(delay)),
      Pull.catchDone(() => Effect.undefined)
    )
  }
}

type NextDelay = Effect.Success<ReturnType<typeof Schedule.toStep<unknown, unknown, never, never>>>

/** Waits for a fiber that belongs to the caller alone. */
const join = <A, E>(fiber: Fiber.Fiber<A, E>): Effect.Effect<A, E> =>
  Effect.callback((resume) => {
    fiber.addObserver(resume)
    return Fiber.interrupt(fiber)
  })
