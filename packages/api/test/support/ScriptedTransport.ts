/** A Web API without sockets whose outcomes are scripted, one per request. Time is the test's, requests are kept. */
import { AccessToken } from "@app/auth/AccessToken"
import * as TokenService from "@app/auth/TokenService"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as SpotifyClient from "../../src/SpotifyClient.ts"

/** The outcome of one request. */
export type Outcome =
  | {
    readonly _tag: "Answer"
    readonly status: number
    readonly body?: string
    readonly headers?: Record<string, string>
    /** In milliseconds. */
    readonly after?: number
  }
  | { readonly _tag: "Refused" }
  | { readonly _tag: "Reset" }
  | { readonly _tag: "Broken"; readonly code: string; readonly syscall: string | undefined }
  | { readonly _tag: "Hang" }
  | { readonly _tag: "Drip" }

export const answer = (
  status: number,
  body: unknown = {},
  headers: Record<string, string> = {}
): Extract<Outcome, { readonly _tag: "Answer" }> => ({
  _tag: "Answer",
  status,
  body: typeof body === "string" ? body : JSON.stringify(body),
  headers
})

export interface Sent {
  readonly at: number
  readonly request: HttpClientRequest.HttpClientRequest
  readonly url: string
}

/** The requests that were sent, and the script: one outcome per request, the last one for ever. */
export class ScriptedTransport extends Context.Service<ScriptedTransport, {
  readonly sent: Array<Sent>
  outcomes: ReadonlyArray<Outcome>
}>()("@app/api/test/ScriptedTransport") {
  static readonly layer = (...outcomes: ReadonlyArray<Outcome>) =>
    Layer.sync(ScriptedTransport, () => ScriptedTransport.of({ sent: [], outcomes }))
}

const transportError = (request: HttpClientRequest.HttpClientRequest, code: string, syscall?: string) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.TransportError({ request, cause: Object.assign(new Error(code), { code, syscall }) })
  })

export const httpClient = (wire: ScriptedTransport["Service"]): HttpClient.HttpClient =>
  HttpClient.make((request, url) =>
    Effect.gen(function*() {
      const at = (yield* DateTime.now).epochMilliseconds
      const outcome = wire.outcomes[Math.min(wire.sent.length, wire.outcomes.length - 1)] ?? answer(200)
      wire.sent.push({ at, request, url: url.href })
      switch (outcome._tag) {
        case "Answer": {
          if (outcome.after !== undefined) yield* Effect.sleep(outcome.after)
          const body = outcome.body === "" || [204, 304].includes(outcome.status) ? null : outcome.body ?? null
          return HttpClientResponse.fromWeb(
            request,
            new Response(body, { status: outcome.status, headers: outcome.headers ?? {} })
          )
        }
        case "Refused":
          return yield* transportError(request, "ECONNREFUSED")
        case "Reset":
          return yield* transportError(request, "ECONNRESET")
        case "Broken":
          return yield* transportError(request, outcome.code, outcome.syscall)
        case "Hang":
          return yield* Effect.never
        case "Drip": {
          const response = HttpClientResponse.fromWeb(request, new Response("{}"))
          return Object.create(response, { stream: { value: Stream.never } })
        }
      }
    })
  )

/** Tokens that are numbered: the first is `secret-token-1`, and each refusal of the current one brings the next. */
export class Tokens extends Context.Service<Tokens, {
  readonly invalidated: Array<string>
  /** The number of the current one. */
  generation: number
  replace: boolean
  scopes: ReadonlyArray<string>
}>()("@app/api/test/Tokens") {
  static readonly layer = Layer.sync(
    Tokens,
    () => Tokens.of({ invalidated: [], generation: 1, replace: true, scopes: [] })
  )
}

const tokenService = Effect.gen(function*() {
  const tokens = yield* Tokens
  const issuedAt = yield* DateTime.now
  const make = (generation: number) =>
    new AccessToken({ value: Redacted.make(`secret-token-${generation}`), scopes: tokens.scopes, issuedAt })
  return Layer.mock(TokenService.TokenService)({
    clientId: "client",
    authorizationId: Effect.undefined,
    get: Effect.sync(() => make(tokens.generation)),
    invalidate: (token) =>
      Effect.sync(() => {
        const refused = Redacted.value(token.value)
        tokens.invalidated.push(refused)
        if (!tokens.replace) return false
        if (refused === `secret-token-${tokens.generation}`) tokens.generation++
        return true
      })
  })
})

const transport = Layer.effect(HttpClient.HttpClient, Effect.map(ScriptedTransport, httpClient))

/** A client, and the services behind it, in front of scripted outcomes. */
export const layerOf = (options: SpotifyClient.Options, ...outcomes: ReadonlyArray<Outcome>) =>
  SpotifyClient.layer(options).pipe(
    Layer.provideMerge([transport, Layer.unwrap(tokenService)]),
    Layer.provideMerge([ScriptedTransport.layer(...outcomes), Tokens.layer])
  )

export const layer = (...outcomes: ReadonlyArray<Outcome>) => layerOf({}, ...outcomes)

/** A client with these tokens instead. */
export const layerWith = (tokens: Layer.Layer<TokenService.TokenService>, ...outcomes: ReadonlyArray<Outcome>) =>
  SpotifyClient.layer().pipe(
    Layer.provide([transport, tokens]),
    Layer.provideMerge(ScriptedTransport.layer(...outcomes))
  )
