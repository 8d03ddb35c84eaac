/**
 * `npm run example common-access-token.ts` keeps a Common Access Token (CTA-5007) fresh while a player loads a stream.
 *
 * **Details**
 *
 * An operator issues such tokens to its players, and the edges of a content delivery network validate them: a CBOR Web
 * Token with an end, for the addresses that it names. It is no OAuth token, and nobody refreshes it by OAuth. `TokenSource`
 * treats it as any token: requested ahead of its end, one request at a time. `@eyevinn/cat` issues and validates it here.
 *
 * @see https://shop.cta.tech/products/cta-5007
 */
import * as TokenService from "@app/auth/TokenService"
import * as TokenSource from "@app/auth/TokenSource"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { CAT, HttpValidator } from "@eyevinn/cat"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { randomBytes } from "node:crypto"
import { createServer, type RequestListener } from "node:http"

// =============================================================================
// Servers of this example
// =============================================================================

/** Opens a listener until the scope closes and returns its origin. */
const listen = Effect.fnUntraced(function*(handle: RequestListener) {
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => createServer(handle)),
    (server) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )
  yield* Effect.callback<void>((resume) => {
    server.listen(0, "127.0.0.1", () => resume(Effect.void))
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : address}`
})

const issuer = "operator.example"
/** The key that the operator shares with its edges. */
const kid = "edge-2026"
const key = randomBytes(32)
const lifetime = 3

const operator = new CAT({ keys: { [kid]: key }, expectCwtTag: true })

/** The operator issues a token for the addresses below `/live/`. */
const issue: RequestListener = (_request, response) => {
  const now = Math.floor(Date.now() / 1000)
  void operator.generateFromJson(
    { iss: issuer, iat: now, exp: now + lifetime, catu: { path: { "prefix-match": "/live/" } } },
    { type: "mac", alg: "HS256", kid, generateCwtId: true }
  ).then((token) => {
    response.setHeader("content-type", "application/json")
    response.end(JSON.stringify({ token, expires_at: now + lifetime }))
  })
}

const edge = new HttpValidator({ keys: [{ kid, key }], issuer, tokenMandatory: true, autoRenewEnabled: false })

/** An edge sends a segment to players with a valid token. */
const deliver: RequestListener = (request, response) =>
  void edge.validateHttpRequest(request, response).then(({ message, status }) => {
    response.writeHead(status, { "content-type": "text/plain" })
    response.end(message ?? "a segment")
  })

// =============================================================================
// Player
// =============================================================================

const Issued = Schema.Struct({ token: Schema.RedactedFromValue(Schema.String), expires_at: Schema.Finite })

/** Layer with tokens of the operator's own service. */
const Tokens = (operatorUrl: string) =>
  TokenSource.layer({
    name: "operator",
    acquire: HttpClient.post(`${operatorUrl}/token`).pipe(
      Effect.flatMap(HttpClientResponse.schemaBodyJson(Issued)),
      Effect.map(({ expires_at, token }) => ({
        value: token,
        expiresIn: expires_at * 1000 - Date.now()
      }))
    )
  })

/** Loads an address with a token and returns the status. */
const load = Effect.fnUntraced(function*(url: string, token: string) {
  const http = yield* HttpClient.HttpClient
  const request = HttpClientRequest.setHeader(HttpClientRequest.get(url), "cta-common-access-token", token)
  const response = yield* http.execute(request)
  return { status: response.status, text: yield* response.text }
})

const program = Effect.gen(function*() {
  const operatorUrl = yield* listen(issue)
  const edgeUrl = yield* listen(deliver)

  yield* Effect.gen(function*() {
    const first = Redacted.value((yield* TokenService.get).value)
    yield* Console.log(`a token of ${first.length} characters, for ${lifetime} s and everything below /live/\n`)

    let segments = 0
    let refused = 0
    const loadNext = Effect.gen(function*() {
      segments += 1
      const { value } = yield* TokenService.get
      const { status } = yield* load(`${edgeUrl}/live/${segments}.ts`, Redacted.value(value))
      if (status !== 200) refused += 1
    })
    yield* Effect.repeat(loadNext, Schedule.fixed("250 millis").pipe(Schedule.upTo({ duration: "6 seconds" })))
    const { generation } = yield* TokenService.status
    yield* Console.log(`${segments} segments in 6 s: ${refused} refused, ${generation} tokens`)

    const { value } = yield* TokenService.get
    const elsewhere = yield* load(`${edgeUrl}/other/1.ts`, Redacted.value(value))
    yield* Console.log(`another address: ${elsewhere.status}, ${elsewhere.text}`)
    const late = yield* load(`${edgeUrl}/live/1.ts`, first)
    yield* Console.log(`the first token again: ${late.status}, ${late.text}`)
  }).pipe(Effect.provide(Tokens(operatorUrl)))
}).pipe(Effect.scoped)

program.pipe(
  Effect.provide(NodeHttpClient.layerUndici),
  Effect.provideService(References.MinimumLogLevel, "None"),
  NodeRuntime.runMain
)
