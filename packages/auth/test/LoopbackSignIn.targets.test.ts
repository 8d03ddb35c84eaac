/** What a sign-in takes for its callback, of all that may be asked of its port. */
import { Browser } from "@app/auth/node/Browser"
import * as LoopbackSignIn from "@app/auth/node/LoopbackSignIn"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import { connect } from "node:net"
import * as Runs from "./support/Runs.ts"

/** A sign-in up to the open browser, at a server that gives a token for any code. */
const begin = Effect.fnUntraced(function*(path: string) {
  const codes: Array<string | null> = []
  const httpClient = HttpClient.make((request) => {
    const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
    codes.push(new URLSearchParams(body).get("code"))
    return Effect.succeed(
      HttpClientResponse.fromWeb(request, Response.json({ access_token: "BQ", token_type: "Bearer" }))
    )
  })
  const addresses = yield* Queue.unbounded<URL>()
  const client = { clientId: "client" }
  const tokens = yield* Effect.provide(TokenService.make({ client }), [
    TokenStore.layerMemory,
    Layer.succeed(HttpClient.HttpClient, httpClient)
  ])
  const fiber = yield* LoopbackSignIn.signIn({ client, redirectUri: `http://127.0.0.1${path}` }).pipe(
    Effect.provide([
      Layer.succeed(Browser, { open: (url) => Effect.as(Queue.offer(addresses, url), true) }),
      SecureRandom.layerWebCrypto,
      Digest.layerWebCrypto
    ]),
    Effect.provideService(TokenService.TokenService, tokens),
    Effect.forkScoped
  )
  const { searchParams } = yield* Queue.take(addresses)
  const redirectUri = searchParams.get("redirect_uri") ?? ""
  const { host, port } = new URL(redirectUri)
  return { codes, fiber, host, port: Number(port), redirectUri, state: searchParams.get("state") ?? "" }
})

/** The status that a target is answered with, exactly as it stands. */
const ask = (port: number, target: string): Effect.Effect<number> =>
  Effect.callback((resume) => {
    let answer = ""
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(`GET ${target} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: close\r\n\r\n`)
    })
    socket.setEncoding("utf8")
    socket.on("data", (text) => {
      answer += text
    })
    socket.on("error", () => {})
    socket.on("close", () => resume(Effect.succeed(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]))))
  })

const signingIn = <A, E, R>(test: Effect.Effect<A, E, R>) =>
  Effect.scoped(test).pipe(Effect.provideService(References.MinimumLogLevel, "None"))

describe("the callback of a loopback sign-in", () => {
  it.live.each(["//callback", "/callback", "/", "/a/../callback", "/a%20b/c;d=e?app=1", "///"])(
    "is heard at %s, as a browser asks for it (F95)",
    (path) =>
      signingIn(Effect.gen(function*() {
        const { codes, fiber, redirectUri, state } = yield* begin(path)
        assert.isTrue(redirectUri.endsWith(path))
        const url = new URL(redirectUri)
        url.searchParams.set("code", "AQ")
        url.searchParams.set("state", state)
        const response = yield* Effect.promise((signal) => fetch(url, { signal }))
        assert.strictEqual(response.status, 200)
        yield* Fiber.join(fiber)
        assert.deepStrictEqual(codes, ["AQ"])
      }))
  )

  it.live("is heard in absolute form, if it is this listener's (F95)", () =>
    signingIn(Effect.gen(function*() {
      const { codes, fiber, host, port, state } = yield* begin("/callback")
      const query = `?code=AQ&state=${state}`
      for (const other of ["http://other", "http://127.0.0.1", `http://${host}1`, `https://${host}`, `//${host}`]) {
        assert.strictEqual(yield* ask(port, `${other}/callback${query}`), 404)
      }
      assert.deepStrictEqual(codes, [])
      assert.strictEqual(yield* ask(port, `HTTP://${host}/callback${query}`), 200)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(codes, ["AQ"])
    })))

  it.effect.prop(
    "is its own path, letter for letter, and no other target (F95)",
    {
      own: Schema.Literals(["/callback", "//callback", "/"]),
      target: Schema.Union([
        Schema.Literals(["/callback", "//callback", "/", "//other/callback", "/other//callback", "/./callback"]),
        Schema.Literals([
          "/a/../callback",
          "/callback/",
          "/CALLBACK",
          "/%63allback",
          "/callback;x",
          "///callback",
          "//"
        ]),
        Schema.String.check(Schema.isPattern(/^\/[!-~]*$/))
      ]),
      query: Schema.String.check(Schema.isPattern(/^(\?[!-"$-~]*)?$/))
    },
    ({ own, query, target }) =>
      signingIn(Effect.gen(function*() {
        const { codes, port } = yield* begin(own)
        const status = yield* ask(port, `${target}${query}`)
        // Heard, it is refused for its state.
        assert.strictEqual(status, target.split(/[?#]/)[0] === own ? 400 : 404)
        assert.deepStrictEqual(codes, [])
      })),
    { arbitrary: { runs: Runs.upTo(200) } }
  )
})
