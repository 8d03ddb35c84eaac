/** A token endpoint that answers as a test's script says, and a token service in virtual time that it serves. */
import type { AuthError } from "@app/auth/AuthError"
import * as Grant from "@app/auth/Grant"
import type * as TokenService from "@app/auth/TokenService"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import { ObservedStore } from "./ObservedStore.ts"
import { type Options, start } from "./TokenServiceModel.ts"
import * as WallClock from "./WallClock.ts"

export interface World {
  readonly tokens: TokenService.Service
  readonly store: ObservedStore
  /** When each token request came, in milliseconds. */
  readonly asked: ReadonlyArray<number>
  /** The refresh tokens that came with them. */
  readonly sent: ReadonlyArray<string>
}

/**
 * The n-th token request, from 1, the time it comes, and the store meanwhile; answered by the fields that differ from the
 * usual answer's.
 */
export type Script = (serial: number, now: number, store: ObservedStore) => object | Response

/** Begins with the refresh token `AQ-0`, and gives access tokens `BQ-1`, `BQ-2`, … unless the script says otherwise. */
export const withAnswers = <A, E>(
  script: Script,
  program: (world: World) => Effect.Effect<A, E, WallClock.WallClock>,
  options: Options = {}
) =>
  Effect.gen(function*() {
    const asked: Array<number> = []
    const sent: Array<string> = []
    const store = new ObservedStore()
    const httpClient = HttpClient.make((request) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const form = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
        sent.push(new URLSearchParams(form).get("refresh_token") ?? "")
        asked.push(now)
        const answer = script(asked.length, now, store)
        return HttpClientResponse.fromWeb(
          request,
          answer instanceof Response
            ? answer
            : Response.json({ token_type: "Bearer", access_token: `BQ-${asked.length}`, ...answer })
        )
      })
    )
    const { stop, tokens } = yield* Effect.provideService(
      start({
        store: store.layer,
        grant: Grant.RefreshToken({ refreshToken: Redacted.make("AQ-0") }),
        ...options
      }),
      HttpClient.HttpClient,
      httpClient
    )
    yield* TestClock.adjust(0)
    const exit = yield* Effect.exit(program({ tokens, store, asked, sent }))
    yield* stop
    return yield* exit
  }).pipe(
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.provide(WallClock.layer)
  )

// =============================================================================
// Answers
// =============================================================================

/** Every answer rotates: `AQ-1`, `AQ-2`, … */
export const rotating = (serial: number) => ({ expires_in: 3600, refresh_token: `AQ-${serial}` })

/** The server is down. */
export const down = () => new Response(null, { status: 503 })

export const truncated = () => new Response("{\"access_token\":\"BQ")

/** The sign-in has ended. */
export const no = () => Response.json({ error: "invalid_grant" }, { status: 400 })

/** How a sign-in ended, or what else was wrong. */
export const endOf = ({ reason }: AuthError): string =>
  reason._tag === "ReauthorizationRequired" ? reason.kind : reason._tag
