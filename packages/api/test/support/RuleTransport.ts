/** A Web API without sockets that responds by a rule, after a tenth of a second, and remembers what came when. */
import * as TokenService from "@app/auth/TokenService"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { ProfileApi } from "../../src/contract/ProfileApi.ts"
import * as SpotifyClient from "../../src/SpotifyClient.ts"
import * as Answers from "./Answers.ts"

export const latency = 100

export interface Answer {
  readonly status: number
  readonly retryAfter?: number | string
  readonly reason?: string
  /** In milliseconds; `latency` unless told otherwise. */
  readonly after?: number
}

export const ok: Answer = { status: 200 }

export const limited = (retryAfter?: number | string): Answer => ({
  status: 429,
  ...(retryAfter !== undefined && { retryAfter })
})

/** The outcome of the request that arrives as number `count`, at `at`; undefined: it is never answered. */
export type Rule = (
  request: { readonly count: number; readonly at: number; readonly path: string }
) => Answer | undefined

export interface Exchange {
  readonly at: number
  readonly answer: Answer | undefined
  /** When the caller had its answer, or left. */
  endedAt: number
  wasReceived: boolean
}

export const make = (rule: Rule) => {
  const log: Array<Exchange> = []
  const client = HttpClient.make((request, url) =>
    Effect.gen(function*() {
      const at = yield* Clock.currentTimeMillis
      const answer = rule({ count: log.length + 1, at, path: url.pathname.replace("/v1", "") })
      const exchange: Exchange = { at, answer, endedAt: Infinity, wasReceived: false }
      log.push(exchange)
      const thinking = answer === undefined ? Effect.never : Effect.as(Effect.sleep(answer.after ?? latency), answer)
      const { reason, retryAfter, status } = yield* Effect.onExit(thinking, (exit) =>
        Effect.map(Clock.currentTimeMillis, (endedAt) => {
          exchange.endedAt = endedAt
          exchange.wasReceived = Exit.isSuccess(exit)
        }))
      const body = status === 200 ? Answers.developmentUser : { error: { status, message: "", reason } }
      return HttpClientResponse.fromWeb(
        request,
        Response.json(body, { status, headers: retryAfter === undefined ? {} : { "retry-after": String(retryAfter) } })
      )
    })
  )
  return { log, times: () => log.map(({ at }) => at), layer: Layer.succeed(HttpClient.HttpClient, client) }
}

/** A token that never ends, of an app. */
export const tokensOf = (clientId: string | undefined) =>
  Layer.effect(
    TokenService.TokenService,
    Effect.map(TokenService.TokenService, (tokens) => TokenService.TokenService.of({ ...tokens, clientId }))
  ).pipe(Layer.provide(TokenService.layerStatic({ value: Redacted.make("token") })))

/** A client of an app, which needs a transport and a gate. */
export const clientOf = (clientId: string | undefined) => Layer.provide(SpotifyClient.layerNoDeps(), tokensOf(clientId))

/** A call that shares its answer with no other. */
export const call = SpotifyClient.call(ProfileApi, (profile) => profile.me({}))
