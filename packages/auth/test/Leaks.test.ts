import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import * as Grant from "@app/auth/Grant"
import { Browser } from "@app/auth/node/Browser"
import * as LoopbackSignIn from "@app/auth/node/LoopbackSignIn"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { Fault, Sandbox } from "@app/sandbox"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"

/** Everything a program lets out: lines, spans, and whatever is printed in any of the usual ways. */
class Output {
  readonly texts: Array<string> = []

  print(value: unknown): void {
    this.texts.push(inspect(value, { depth: 20, showHidden: true, getters: true }), String(value))
    this.texts.push(
      JSON.stringify(value, (_key, inner: unknown) => typeof inner === "bigint" ? String(inner) : inner) ?? ""
    )
    if (value instanceof Error) this.texts.push(value.message, value.stack ?? "", inspect(value.cause))
  }

  readonly layer = Layer.mergeAll(
    Logger.layer([Logger.make((options) => {
      this.print(options.message)
      this.texts.push(Cause.pretty(options.cause), Logger.formatLogFmt.log(options), Logger.formatJson.log(options))
    })]),
    Layer.succeed(
      Tracer.Tracer,
      Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          const end = span.end.bind(span)
          span.end = (time, exit) => {
            end(time, exit)
            this.print([span.name, ...span.attributes, ...span.events])
            if (Exit.isFailure(exit)) this.texts.push(Cause.pretty(exit.cause))
          }
          return span
        }
      })
    ),
    Layer.succeed(References.MinimumLogLevel, "All"),
    // A curious program records every header it sends and receives.
    Layer.succeed(HttpClient.TracerHeaderFilter, () => true)
  )
}

/** Notes every secret that crosses the wire, in either direction, so that none has to be known beforehand. */
const wiretap = (secrets: Set<string>) =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (client) =>
      client.pipe(
        HttpClient.tapRequest((request) =>
          Effect.sync(() => {
            const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
            const form = new URLSearchParams(body)
            for (const name of ["refresh_token", "code", "code_verifier", "client_secret"]) {
              const secret = form.get(name)
              if (secret !== null) secrets.add(secret)
            }
            const basic = /^Basic (.+)$/.exec(request.headers["authorization"] ?? "")?.[1]
            if (basic !== undefined) secrets.add(basic)
          })
        ),
        HttpClient.transformResponse(Effect.flatMap((response) =>
          Effect.map(response.text, (text) => {
            for (const [, secret = ""] of text.matchAll(/"(?:access_token|refresh_token)":"([^"]+)"/g)) {
              secrets.add(secret)
            }
            return HttpClientResponse.fromWeb(
              response.request,
              new Response(text, { status: response.status, headers: response.headers })
            )
          })
        ))
      ))
  ).pipe(Layer.provide(NodeHttpClient.layerUndici))

describe("secrets", () => {
  it.live("I11: none gets out through logs, spans, metrics, errors, status, JSON, toString or inspect", () => {
    const output = new Output()
    const secrets = new Set<string>()
    const observe = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.map(Effect.exit(effect), (exit) => {
        if (Exit.isSuccess(exit)) return output.print(exit.value)
        output.texts.push(Cause.pretty(exit.cause))
        output.print(Cause.squash(exit.cause))
      })

    return Effect.gen(function*() {
      const {
        accountsUrl,
        approve,
        client: { clientId, clientSecret, redirectUri },
        deny,
        inject,
        revokeRefreshTokens
      } = yield* Sandbox.Sandbox
      secrets.add(Redacted.value(clientSecret))
      const server = AuthorizationServer.spotify.at(accountsUrl)
      const client = { clientId, clientSecret }

      const refused = yield* AuthorizationRequest.make({ server, client, redirectUri })
      yield* observe(refused.callback(yield* deny(refused.url)))
      const request = yield* AuthorizationRequest.make({ server, client, redirectUri })
      const callback = yield* approve(request.url)
      secrets.add(callback.searchParams.get("code") ?? "")
      yield* observe(request.callback("http://127.0.0.1:8900/callback?code=stray&state=wrong"))
      const grant = yield* request.callback(callback)
      output.print(grant)

      const tokens = yield* TokenService.make({ server, client, grant, timeout: "300 millis" })
      yield* tokens.changes.pipe(
        Stream.runForEach((status) => Effect.sync(() => output.print(status))),
        Effect.forkScoped
      )
      yield* observe(tokens.get)
      yield* observe(tokens.refresh)
      const held = yield* tokens.get
      // A server that echoes what it was sent, as far as it can.
      const echo = `{"error":"invalid_scope","error_description":"${[...secrets].join(" ")}"}`
      for (
        const fault of [
          Fault.Status({ status: 503 }),
          Fault.Hang({}),
          Fault.Reset({}),
          Fault.Truncated({}),
          Fault.Html({ status: 200 }),
          Fault.Body({ body: echo, status: 400 })
        ]
      ) {
        yield* inject("POST /api/token", fault)
        const fresh = yield* TokenService.make({
          server,
          client,
          grant: Grant.ClientCredentials({}),
          timeout: "300 millis"
        })
        yield* observe(fresh.get)
      }
      // Sign-ins over loopback, one of which such a server refuses; what the browser shows is let out, too.
      for (const ending of ["token", "echo"]) {
        const shown = yield* Deferred.make<string>()
        const visit = Effect.fnUntraced(function*(url: URL) {
          const callback = yield* approve(url)
          secrets.add(callback.searchParams.get("code") ?? "")
          if (ending === "echo") {
            const echo = `{"error":"invalid_grant","error_description":"${[...secrets].join(" ")}"}`
            yield* inject("POST /api/token", Fault.Body({ body: echo, status: 400 }))
          }
          const page = yield* Effect.promise(async () => (await fetch(callback)).text())
          yield* Deferred.succeed(shown, page)
        }, Effect.orDie)
        const scope = yield* Effect.scope
        const browser = Layer.succeed(Browser, { open: (url) => Effect.as(Effect.forkIn(visit(url), scope), true) })
        yield* observe(
          LoopbackSignIn.signIn({ server, client, redirectUri: "http://127.0.0.1/callback" }).pipe(
            Effect.provide(browser),
            Effect.provideService(TokenService.TokenService, tokens)
          )
        )
        output.texts.push(yield* Deferred.await(shown))
      }
      yield* revokeRefreshTokens
      yield* tokens.invalidate(held)
      yield* observe(tokens.get)
      yield* observe(tokens.authorize(grant))
      yield* observe(tokens.signOut)
      yield* observe(tokens.status)
      yield* observe(Metric.snapshot)
    }).pipe(
      Effect.scoped,
      Effect.provide([
        wiretap(secrets),
        TokenStore.layerMemory,
        SecureRandom.layerWebCrypto,
        Digest.layerWebCrypto,
        Sandbox.layer(),
        output.layer
      ]),
      Effect.andThen(Effect.sync(() => {
        assert.isAtLeast(secrets.size, 6)
        assert.isTrue(output.texts.some((text) => text.includes("TokenEndpoint.request")))
        const leaks = [...secrets].flatMap((secret) => {
          assert.isAbove(secret.length, 8)
          return output.texts.filter((text) => text.includes(secret)).map((text) => {
            const at = text.indexOf(secret)
            return `${text.slice(Math.max(0, at - 200), at)}<here>`
          })
        })
        assert.deepStrictEqual(leaks, [])
      }))
    )
  })
})
