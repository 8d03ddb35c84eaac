/** Texts that may be credentials, and programs that are given them. */
import { AuthError } from "@app/auth/AuthError"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { inspect } from "node:util"

export const printable = ["a", "B", "7", "-", "_", "~", "+", "/", "=", "!", "\"", "%", "AQ", "canary", " "]

export const control = ["\t", "\n", "\r\n", "\v", "\u0000", "\u001b[2J", "\u007f", "\u0085", "\u2028"]

export const other = ["\u00a0", "\u00ad", "\u200b", "\u2060", "\ufeff", "\u3164", "é", "ж", "鍵", "🎵", "\ud800"]

/** Any Unicode text, and those that come near a credential. */
export const text = Schema.Union([
  Schema.String,
  Schema.Array(Schema.Literals([...printable, ...control, ...other])).check(Schema.isMaxLength(6))
])

export const join = (given: string | ReadonlyArray<string>) => typeof given === "string" ? given : given.join("")

/** RFC 6749 appendix A; an empty one is none. */
export const isText = (value: string) => /^[\x20-\x7e]+$/.test(value)

/** Runs with a transport that answers every token request, and tells what was sent. */
export const sending = Effect.fnUntraced(function*<A, E>(
  program: Effect.Effect<A, E, HttpClient.HttpClient | TokenStore.TokenStore | Scope.Scope>
) {
  const sent: Array<{ readonly authorization: string | undefined; readonly form: Record<string, string> }> = []
  const httpClient = HttpClient.make((request) => {
    const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
    sent.push({ authorization: request.headers["authorization"], form: Object.fromEntries(new URLSearchParams(body)) })
    const answer = Response.json({ access_token: "BQ", token_type: "Bearer", expires_in: 3600 })
    return Effect.succeed(HttpClientResponse.fromWeb(request, answer))
  })
  const exit = yield* Effect.scoped(program).pipe(
    Effect.provide([TokenStore.layerMemory, Layer.succeed(HttpClient.HttpClient, httpClient)]),
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.result
  )
  return { exit, sent }
})

export const tokenOf = <E, R>(layer: Layer.Layer<TokenService.TokenService, E, R>) =>
  Effect.scoped(Effect.flatMap(Layer.build(layer), (services) => Effect.provideContext(TokenService.get, services)))

export const settingOf = (error: unknown): string =>
  error instanceof AuthError && error.reason._tag === "InvalidConfiguration" ? error.reason.setting : inspect(error)

/** What a complaint may never do: break its line, or show what it is about. */
export const assertDiscreet = (error: unknown, secret: string) => {
  assert.instanceOf(error, AuthError)
  const message = error instanceof AuthError ? error.message : ""
  assert.match(message, /^[\x20-\x7e§…]+$/)
  assert.isBelow(message.length, 400)
  // Short ones are found in any sentence.
  if (secret.trim().length > 4) {
    for (const shown of [message, inspect(error, { depth: 10 }), JSON.stringify(error)]) {
      assert.notInclude(shown, secret.trim())
    }
  }
}

export const client = { clientId: "client" }
