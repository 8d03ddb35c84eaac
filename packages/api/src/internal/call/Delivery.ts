/** The data that the steps of a delivery share: the settings of a client, and the facts about one call that do not change. */
import type { AccessToken } from "@app/auth/AccessToken"
import type { AuthError } from "@app/auth/AuthError"
import type { TokenService } from "@app/auth/TokenService"
import * as Clock from "effect/Clock"
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type { ResponseCache } from "../../ResponseCache.ts"
import * as RetryPolicy from "../../RetryPolicy.ts"
import * as SpotifyError from "../../SpotifyError.ts"
import type { Gate } from "../rateLimit/Gate.ts"
import * as Deadlines from "../time/Deadlines.ts"
import type * as RetryTiming from "../time/RetryTiming.ts"
import type { BufferedResponse } from "../transport/BufferedResponse.ts"
import type * as Transport from "../transport/Transport.ts"
import * as AuthorizationBinding from "./AuthorizationBinding.ts"
import type * as Call from "./Call.ts"

export type Failure = SpotifyError.SpotifyError | AuthError

export type Delivered = Effect.Effect<BufferedResponse, Failure>

/** The outcome of one request. */
export type Sent = Exit.Exit<BufferedResponse, Failure>

/** Settings that the calls of one client share. */
export interface Settings {
  readonly apiUrl: string
  readonly cache: ResponseCache | undefined
  readonly gate: Gate
  readonly tokens: TokenService["Service"]
  readonly transport: Transport.Transport
  /** The sign-in of the current token. */
  readonly currentAuthorization: Effect.Effect<string | undefined>
  /** Returns the `Authorization` header of a token; undefined when the token cannot stand in a header. */
  readonly authorization: (token: AccessToken) => string | undefined
  readonly timing: (policy: RetryPolicy.Service) => RetryTiming.RetryTiming
}

export class Delivery {
  readonly settings: Settings
  readonly call: Call.Call
  /** The request without the headers that a cache adds. */
  readonly request: HttpClientRequest.HttpClientRequest
  readonly fiber: Fiber.Fiber<unknown, unknown>
  readonly clock: Clock.Clock
  readonly deadlines: Deadlines.Deadlines
  readonly timing: RetryTiming.RetryTiming
  /** The end of the call's budget, in milliseconds of the monotonic clock. */
  readonly deadline: number
  readonly binding: AuthorizationBinding.AuthorizationBinding

  constructor(
    settings: Settings,
    call: Call.Call,
    request: HttpClientRequest.HttpClientRequest,
    fiber: Fiber.Fiber<unknown, unknown>
  ) {
    this.settings = settings
    this.call = call
    this.request = request
    this.fiber = fiber
    this.clock = fiber.getRef(Clock.Clock)
    this.deadlines = Deadlines.of(fiber)
    this.timing = settings.timing(fiber.getRef(RetryPolicy.RetryPolicy))
    this.deadline = call.startedAt + this.timing.budget
    this.binding = fiber.getRef(AuthorizationBinding.Current) ?? AuthorizationBinding.make()
  }
}

/** Creates an error of the call's operation. */
export const error = (
  { call }: Delivery,
  reason: SpotifyError.SpotifyErrorReason,
  response?: SpotifyError.ErrorResponse
): SpotifyError.SpotifyError =>
  new SpotifyError.SpotifyError({
    reason,
    operation: call.operation.name,
    ...(response !== undefined && { response })
  })
