/** Access tokens from elsewhere that cannot stand in a header. */
import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
import * as AuthenticatedHttpClient from "@app/auth/AuthenticatedHttpClient"
import * as TokenService from "@app/auth/TokenService"
import * as TokenSource from "@app/auth/TokenSource"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { once } from "node:events"
import { createServer } from "node:http"
import { inspect } from "node:util"
import { assertDiscreet, join, sending, settingOf, text, tokenOf } from "./support/Credentials.ts"
import * as Runs from "./support/Runs.ts"

/** RFC 6750 §2.1; nor does its grammar have quotation marks. */
const isToken = (value: string) => /^[\x21-\x7e]+$/.test(value) && !/^(["'`]).*\1$/s.test(value.length > 1 ? value : "")

describe("an access token from elsewhere", () => {
  it.effect.prop(
    "is printable ASCII without spaces, or no service comes of it (F93, F122)",
    { given: text },
    ({ given }) =>
      Effect.gen(function*() {
        const value = join(given)
        const { exit } = yield* sending(tokenOf(TokenService.layerStatic({ value: Redacted.make(value) })))
        assert.strictEqual(exit._tag, isToken(value) ? "Success" : "Failure")
        if (exit._tag === "Success") return
        assert.strictEqual(settingOf(exit.failure), "value")
        assertDiscreet(exit.failure, value)
      }),
    { arbitrary: { runs: Runs.upTo(500) } }
  )

  it.effect.prop(
    "is held to the same out of a program's own source, in the same words (F122)",
    { given: text },
    ({ given }) =>
      Effect.gen(function*() {
        const value = Redacted.make(join(given))
        const fromSource = yield* sending(
          tokenOf(TokenSource.layer({ acquire: Effect.succeed({ value }), name: "vault" }))
        )
        const fromOption = yield* sending(tokenOf(TokenService.layerStatic({ value })))
        assert.strictEqual(fromSource.exit._tag, fromOption.exit._tag)
        if (fromSource.exit._tag === "Success" || fromOption.exit._tag === "Success") return
        const [, words = "?"] = /^value cannot be used: (.*?)\. /.exec(fromOption.exit.failure.message) ?? []
        assert.include(fromSource.exit.failure.message, `the vault gave what cannot be a token: ${words}.`)
        assertDiscreet(fromSource.exit.failure, Redacted.value(value))
      }),
    { arbitrary: { runs: Runs.upTo(100) } }
  )

  const transports = {
    fetch: FetchHttpClient.layer,
    "node:http": NodeHttpClient.layerNodeHttp,
    undici: NodeHttpClient.layerUndici,
    UndiciHttpClient: UndiciHttpClient.layer()
  }

  it.live.each(Object.entries(transports))(
    "that cannot be one is a typed error over %s, and nothing of it is sent or printed (F93, F122)",
    ([, transport]) =>
      Effect.gen(function*() {
        let asked = 0
        const server = createServer((_, response) => {
          asked++
          response.end("{}")
        })
        const port = yield* Effect.acquireRelease(
          Effect.promise(async () => {
            server.listen(0, "127.0.0.1")
            await once(server, "listening")
            const address = server.address()
            return typeof address === "object" && address !== null ? address.port : 0
          }),
          () => Effect.sync(() => server.close())
        )
        const printed: Array<unknown> = []
        const tracer = Tracer.make({
          span: (options) => {
            const span = new Tracer.NativeSpan(options)
            printed.push(span)
            return span
          }
        })
        const call = (value: string) =>
          Effect.gen(function*() {
            const http = yield* AuthenticatedHttpClient.make({ origins: [`http://127.0.0.1:${port}`] })
            return yield* http.get(`http://127.0.0.1:${port}/`)
          }).pipe(
            Effect.withSpan("call"),
            Effect.provide([TokenService.layerStatic({ value: Redacted.make(value) }), transport]),
            Effect.tapCause((cause) => Effect.logError("it failed", cause)),
            Effect.scoped
          )
        yield* Effect.gen(function*() {
          for (
            const value of [
              "",
              "CANARY\r\nx-evil: 1",
              "CANARY\n",
              "CANARYé",
              "CANARY\u0000",
              "Bearer CANARY",
              "\"CANARY\""
            ]
          ) {
            const exit = yield* Effect.exit(call(value))
            printed.push(exit)
            assert.strictEqual(exit._tag, "Failure")
            const error = yield* Effect.flip(call(value))
            assert.strictEqual(settingOf(error), "value")
          }
          assert.strictEqual(asked, 0)
          yield* call("CANDID")
          assert.strictEqual(asked, 1)
        }).pipe(
          Effect.provide(Logger.layer([Logger.make((line) => printed.push(line.message, line.cause))])),
          Effect.provideService(References.MinimumLogLevel, "Trace"),
          Effect.provideService(Tracer.Tracer, tracer)
        )
        assert.notInclude(inspect(printed, { depth: 12 }), "CANARY")
      })
  )
})
