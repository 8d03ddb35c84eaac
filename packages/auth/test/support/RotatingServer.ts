/**
 * A token endpoint whose refresh tokens work once (RFC 9700 §4.14.2): every refresh brings a new one, and a spent one is
 * refused, or ends the sign-in for everyone.
 */
import * as Grant from "@app/auth/Grant"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"
import { no } from "./ScriptedServer.ts"

export interface Options {
  readonly latencyMillis?: number
  readonly onReuse?: "refuse" | "revoke"
  /** What every answer says besides. */
  readonly fields?: object
}

export class RotatingServer {
  /** The refresh tokens it was sent, in order. */
  readonly sent: Array<string> = []
  /** How often it was sent one that was spent, or that nobody was given. */
  refusals = 0
  latencyMillis: number
  fields: object
  /** Each sign-in's refresh token of the moment, by the name of the sign-in. */
  readonly #current = new Map<string, string>()
  readonly #onReuse: "refuse" | "revoke"
  #serial = 0

  constructor({ fields = {}, latencyMillis = 100, onReuse = "refuse" }: Options = {}) {
    this.latencyMillis = latencyMillis
    this.fields = fields
    this.#onReuse = onReuse
  }

  /** A new sign-in's refresh token, `<name>-0`. Its access tokens are `<name>.<n>`. */
  signIn(name: string): Grant.Grant {
    const refreshToken = `${name}-0`
    this.#current.set(name, refreshToken)
    return Grant.RefreshToken({ refreshToken: Redacted.make(refreshToken) })
  }

  /** Has the last refresh token that was sent work again, as after an incident. */
  restore(name: string): void {
    const last = this.sent.findLast((refreshToken) => refreshToken.startsWith(`${name}-`))
    if (last !== undefined) this.#current.set(name, last)
  }

  isAlive(name: string): boolean {
    return this.#current.has(name)
  }

  readonly httpClient: HttpClient.HttpClient = HttpClient.make((request) =>
    Effect.suspend(() => {
      const form = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
      const refreshToken = new URLSearchParams(form).get("refresh_token") ?? ""
      const name = refreshToken.replace(/-\d+$/, "")
      this.sent.push(refreshToken)
      const answer = this.#answer(name, refreshToken)
      return Effect.delay(Effect.succeed(HttpClientResponse.fromWeb(request, answer)), this.latencyMillis)
    })
  )

  #answer(name: string, refreshToken: string): Response {
    if (this.#current.get(name) !== refreshToken) {
      this.refusals += 1
      if (this.#onReuse === "revoke") this.#current.delete(name)
      return no()
    }
    this.#serial += 1
    this.#current.set(name, `${name}-${this.#serial}`)
    return Response.json({
      token_type: "Bearer",
      access_token: `${name}.${this.#serial}`,
      refresh_token: `${name}-${this.#serial}`,
      expires_in: 3600,
      ...this.fields
    })
  }
}
