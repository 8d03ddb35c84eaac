/**
 * What happens to a request between an operation and the network, in this order: token, cache, gate, transport, and what the
 * answer means. It is repeated as `Repetition` decides, until it succeeds, fails for good, or the call's time is up.
 */
import type { AccessToken } from "@app/auth/AccessToken"
import { AuthError, InvalidConfiguration } from "@app/auth/AuthError"
import * as Clocks from "@app/auth/Clocks"
import type { TokenService } from "@app/auth/TokenService"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Pull from "effect/Pull"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type { Gate, GateRequest } from "../../RateLimit.ts"
import type { ResponseCache } from "../../ResponseCache.ts"
import * as RetryPolicy from "../../RetryPolicy.ts"
import * as SpotifyError from "../../SpotifyError.ts"
import * as Deadlines from "../time/Deadlines.ts"
import * as RetryTiming from "../time/RetryTiming.ts"
import type { BufferedResponse } from "../transport/BufferedResponse.ts"
import * as Transport from "../transport/Transport.ts"
import * as AuthorizationBinding from "./AuthorizationBinding.ts"
import * as Call from "./Call.ts"
import * as Classification from "./Classification.ts"
import * as Repetition from "./Repetition.ts"

// =============================================================================
// Model
// =============================================================================

type Failure = SpotifyError.SpotifyError | AuthError

type Delivered = Effect.Effect<BufferedResponse, Failure>

/** Takes what came of something that was waited for. */
type Resume = (delivered: Delivered) => void

/** What the calls of one client have in common. */
interface Settings {
  readonly apiUrl: string
  readonly cache: ResponseCache | undefined
  readonly gate: Gate
  readonly tokens: TokenService["Service"]
  readonly transport: Transport.Transport
  /** The sign-in of the token at hand. */
  readonly atHand: Effect.Effect<string | undefined>
  /** What is written of a token; undefined for one that cannot be. */
  readonly authorization: (token: AccessToken) => string | undefined
  readonly timing: (policy: RetryPolicy.Service) => RetryTiming.RetryTiming
}

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
}): Call.Deliver => {
  const { apiUrl, cache, gate, tokens } = options
  const settings: Settings = {
    apiUrl,
    cache,
    gate,
    tokens,
    transport: Transport.make(options),
    atHand: AuthorizationBinding.atHand(tokens),
    authorization: ofTheLast(authorizationOf),
    timing: ofTheLast(RetryTiming.fromPolicy)
  }
  return (call, request, fiber) => new Delivery(settings, call, request, fiber).run()
}

/** A function that is mostly given what it was given last. */
const ofTheLast = <A, B>(f: (a: A) => B): (a: A) => B => {
  let last: { readonly a: A; readonly b: B } | undefined
  return (a) => {
    if (last === undefined || last.a !== a) last = { a, b: f(a) }
    return last.b
  }
}

const authorizationOf = ({ value }: AccessToken): string | undefined => {
  const text = Redacted.value(value)
  return bearerText.test(text) ? `Bearer ${text}` : undefined
}

/** What can stand in a header: printable, without spaces (RFC 6750 §2.1, less strictly). */
const bearerText = /^[\x21-\x7e]+$/

// =============================================================================
// Delivery
// =============================================================================

/** A call under way. */
class Delivery {
  private readonly settings: Settings
  private readonly call: Call.Call
  /** Without the headers that a cache adds. */
  private readonly request: HttpClientRequest.HttpClientRequest
  private readonly fiber: Fiber.Fiber<unknown, unknown>
  private readonly clock: Clock.Clock
  private readonly deadlines: Deadlines.Deadlines
  private readonly timing: RetryTiming.RetryTiming
  /** When the call is over, in milliseconds of the monotonic clock. */
  private readonly deadline: number
  private readonly binding: AuthorizationBinding.AuthorizationBinding
  /** Since when the try under way is held back at the gate. */
  private cameAt: number | undefined
  private isReplayed = false
  private pauses: NextPause | undefined

  constructor(
    settings: Settings,
    call: Call.Call,
    request: HttpClientRequest.HttpClientRequest,
    fiber: Fiber.Fiber<unknown, unknown>
  ) {
    const policy = fiber.getRef(RetryPolicy.RetryPolicy)
    this.settings = settings
    this.call = call
    this.request = request
    this.fiber = fiber
    this.clock = fiber.getRef(Clock.Clock)
    this.deadlines = Deadlines.of(fiber)
    this.timing = settings.timing(policy)
    this.deadline = call.startedAt + this.timing.budget
    this.binding = fiber.getRef(AuthorizationBinding.Current) ?? AuthorizationBinding.make()
  }

  run(): Delivered {
    const { binding } = this
    if (binding.isBound) return this.attempt
    return Effect.flatMap(this.settings.atHand, (id) => {
      if (id !== undefined) AuthorizationBinding.bind(binding, id)
      return this.attempt
    })
  }

  // ---------------------------------------------------------------------------
  // A try
  // ---------------------------------------------------------------------------

  /**
   * The token comes first: a call that gets none must not take a turn at the gate. Where it is at hand and the gate is open,
   * as nearly always, the request is sent at once.
   */
  private readonly attempt: Delivered = Effect.callback((resume) => {
    const { cache, gate, tokens } = this.settings
    this.cameAt = undefined
    const asking = Effect.runForkWith(this.fiber.context)(tokens.get)
    const asked = asking.pollUnsafe()
    return asked !== undefined && Exit.isSuccess(asked) && cache === undefined &&
        gate.isOpen?.(this.call.operation.bucket) === true
      ? this.send(this.request, asked.value, (sent) => resume(this.afterOpenGate(sent)))
      : this.attemptPatiently(asked ?? joined(asking), resume)
  })

  private afterOpenGate(sent: Sent): Delivered {
    if (Exit.isSuccess(sent)) return sent
    return Effect.catch(sent, (error) => {
      const learned = this.settings.gate.learn?.(this.passage(), error)
      return learned === undefined ? this.again(error) : Effect.andThen(learned, this.again(error))
    })
  }

  /** A try that may have to wait, within the call's time. */
  private attemptPatiently(token: Effect.Effect<AccessToken, AuthError>, resume: Resume): Effect.Effect<void> {
    const running = Effect.runForkWith(this.fiber.context)(
      Effect.flatMap(token, (bearer) => this.throughCache(bearer))
    )
    const over = this.deadlines.set(this.deadline, () => {
      forget()
      resume(Effect.flatMap(Fiber.interrupt(running), () => this.again(this.expired())))
    })
    const forget = running.addObserver((exit) => {
      this.deadlines.lift(over)
      resume(Exit.isSuccess(exit) ? exit : Effect.catch(exit, (error) => this.again(error)))
    })
    return Effect.suspend(() => {
      this.deadlines.lift(over)
      return Fiber.interrupt(running)
    })
  }

  private throughCache(bearer: AccessToken): Delivered {
    const { cache } = this.settings
    if (cache === undefined) return this.throughGate(this.request, bearer)
    const response = cache.through(
      this.request,
      bearer,
      (request) => Effect.map(this.throughGate(request, bearer), (answer) => answer.response())
    )
    return Effect.flatMap(response, (response) =>
      // The body is here already.
      Effect.map(Effect.orDie(response.text), (text) => {
        const { headers, status } = response
        return this.received({ status, headers: () => headers, text: () => text, response: () => response }, bearer)
      }))
  }

  private passage(): GateRequest {
    const { bucket, name } = this.call.operation
    return { operation: name, bucket, deadline: this.deadline, policy: this.timing.policy }
  }

  private throughGate(request: HttpClientRequest.HttpClientRequest, bearer: AccessToken): Delivered {
    this.cameAt = Clocks.monotonicMillis(this.clock)
    return this.settings.gate.through(this.passage(), (held) => {
      this.cameAt = undefined
      if (Duration.isZero(held)) return this.sent(request, bearer)
      this.wasHeld(Duration.toMillis(held))
      // The token may have been replaced while the call was held back, and what is kept is for the old one.
      return Effect.flatMap(
        this.settings.tokens.get,
        (latest) => this.sent(latest.isSameAs(bearer) ? request : this.request, latest)
      )
    })
  }

  // ---------------------------------------------------------------------------
  // Sending
  // ---------------------------------------------------------------------------

  private sent(request: HttpClientRequest.HttpClientRequest, bearer: AccessToken): Delivered {
    return Effect.callback((resume) => this.send(request, bearer, resume))
  }

  /** Sends the request within the try's own time, which begins here, and the call's; answers how to give up. */
  private send(
    request: HttpClientRequest.HttpClientRequest,
    bearer: AccessToken,
    done: (sent: Sent) => void
  ): Effect.Effect<void> | void {
    const authorization = this.settings.authorization(bearer)
    if (authorization === undefined) return done(malformed())
    if (!AuthorizationBinding.admits(this.binding, bearer)) return done(AuthorizationBinding.changed())
    const { deadline, deadlines, fiber, timing } = this
    const end = Math.min(deadline, Clocks.monotonicMillis(this.clock) + timing.attemptTimeout)
    let isOver = false
    let limit: Deadlines.Limit | undefined
    this.call.requests += 1
    const giveUp = this.settings.transport.send(request, { authorization, fiber }, (exit) => {
      isOver = true
      if (limit !== undefined) deadlines.lift(limit)
      done(this.understood(exit, request, bearer))
    })
    // A transport may be done before it returns.
    if (isOver) return
    limit = deadlines.set(end, () => {
      giveUp()
      done(Exit.fail(this.expired()))
    })
    const set = limit
    return Effect.sync(() => {
      deadlines.lift(set)
      giveUp()
    })
  }

  private understood(
    exit: Exit.Exit<BufferedResponse, SpotifyError.SpotifyErrorReason>,
    request: HttpClientRequest.HttpClientRequest,
    bearer: AccessToken
  ): Sent {
    if (Exit.isFailure(exit)) return Exit.failCause(Cause.map(exit.cause, (reason) => this.error(reason)))
    const answer = this.received(exit.value, bearer)
    const { status } = answer
    // Only who asks whether what is kept still holds is told that it does.
    const isGood = (status >= 200 && status < 300) || (status === 304 && request !== this.request)
    return isGood ? Exit.succeed(answer) : Exit.fail(this.refused(answer, bearer))
  }

  /** What has come last is quoted by errors. */
  private received(answer: BufferedResponse, bearer: AccessToken): BufferedResponse {
    this.call.answer = answer
    this.call.bearer = bearer
    return answer
  }

  private refused(received: BufferedResponse, bearer: AccessToken): SpotifyError.SpotifyError {
    const { apiUrl } = this.settings
    const { operation, telemetry } = this.call
    const reading = Classification.read(received.status, received.text(), bearer)
    const now = DateTime.makeUnsafe(this.clock.currentTimeMillisUnsafe())
    const headers = received.headers()
    const reason = Classification.classify({ ...reading, headers, operation, token: bearer, now, apiUrl })
    if (reason._tag === "RateLimited" || reason._tag === "QuotaExceeded") telemetry.limited(reason, this.fiber.context)
    return this.error(Call.naming(this.call, reason), reading.answer)
  }

  // ---------------------------------------------------------------------------
  // Time
  // ---------------------------------------------------------------------------

  private wasHeld(millis: number): void {
    this.call.held += millis
    this.call.telemetry.held(millis, this.fiber.context)
  }

  /** The time of the try or the call is up. */
  private expired(): SpotifyError.SpotifyError {
    const { deadline, timing: { policy } } = this
    const now = Clocks.monotonicMillis(this.clock)
    if (this.cameAt !== undefined) {
      this.wasHeld(now - this.cameAt)
      return this.error(new SpotifyError.RateLimited({}))
    }
    const [limit, after] = now >= deadline
      ? ["call", policy.budget] as const
      : ["attempt", policy.attemptTimeout] as const
    return this.error(new SpotifyError.Timeout({ limit, after: Duration.fromInputUnsafe(after) }))
  }

  // ---------------------------------------------------------------------------
  // Repetition
  // ---------------------------------------------------------------------------

  private again(error: Failure): Delivered {
    if (error._tag === "AuthError") return Effect.fail(error)
    const { bearer, operation } = this.call
    const facts = { isIdempotent: operation.idempotent, isReplayed: this.isReplayed || bearer === undefined }
    const next = Repetition.next(error, facts, this.timing)
    if (next === "Fail") return Effect.fail(error)
    if (next === "Repeat") {
      return Effect.flatMap(this.drawPause(error), (drawn) => {
        const time = { now: Clocks.monotonicMillis(this.clock), deadline: this.deadline }
        const pause = Repetition.pause(error, drawn, time)
        return pause === undefined ? Effect.fail(error) : this.repeat(error, pause)
      })
    }
    this.isReplayed = true
    return bearer === undefined
      ? Effect.fail(error)
      : Effect.flatMap(
        this.settings.tokens.invalidate(bearer),
        (makesSense) => makesSense ? this.repeat(error, 0) : Effect.fail(error)
      )
  }

  private repeat(error: SpotifyError.SpotifyError, pause: number): Delivered {
    const { call } = this
    call.reasons = [...(call.reasons ?? []), error.reason._tag]
    return Effect.andThen(
      call.telemetry.repeated(error, pause),
      pause === 0 ? this.attempt : Effect.delay(this.attempt, pause)
    )
  }

  /** The policy's next pause in milliseconds; undefined when it has no more. */
  private drawPause(error: SpotifyError.SpotifyError): Effect.Effect<number | undefined> {
    const { pauses } = this
    if (pauses === undefined) {
      return Effect.flatMap(Schedule.toStep(this.timing.policy.pauses), (step) => {
        this.pauses = step
        return this.drawPause(error)
      })
    }
    return pauses(this.clock.currentTimeMillisUnsafe(), error).pipe(
      Effect.map(([, pause]) => Duration.toMillis(pause)),
      Pull.catchDone(() => Effect.undefined)
    )
  }

  private error(
    reason: SpotifyError.SpotifyErrorReason,
    response?: SpotifyError.ErrorResponse
  ): SpotifyError.SpotifyError {
    return new SpotifyError.SpotifyError({
      reason,
      operation: this.call.operation.name,
      ...(response !== undefined && { response })
    })
  }
}

type Sent = Exit.Exit<BufferedResponse, Failure>

type NextPause = Effect.Success<ReturnType<typeof Schedule.toStep<unknown, unknown, never, never>>>

/** Waits for a fiber that is nobody else's. */
const joined = <A, E>(fiber: Fiber.Fiber<A, E>): Effect.Effect<A, E> =>
  Effect.callback((resume) => {
    fiber.addObserver(resume)
    return Fiber.interrupt(fiber)
  })

/** A transport would throw, or quote it, or send something else. */
const malformed = (): Sent =>
  Exit.fail(
    new AuthError({
      reason: new InvalidConfiguration({
        setting: "The access token",
        issue: "it is empty, or has spaces, line breaks or other characters that no token has. Nothing was sent."
      })
    })
  )
