/** What a server sees of a call that must not be done twice, down to the socket. */
import * as TokenService from "@app/auth/TokenService"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import { createServer } from "node:net"
import * as UndiciHttpClient from "../src/node/UndiciHttpClient.ts"
import * as RetryPolicy from "../src/RetryPolicy.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as PlayerApi from "./support/PlayerApi.ts"

// =============================================================================
// Server
// =============================================================================

/** What becomes of one copy that has arrived whole. */
const Outcome = Schema.Literals([
  "200",
  "200, closing",
  "200, cut short",
  "401",
  "429",
  "429, closing",
  "500",
  "503, a page",
  "404",
  "half a head",
  "closed",
  "reset",
  "silence"
])
type Outcome = typeof Outcome.Type

const answer = (status: number, body = "", extra = "") =>
  `HTTP/1.1 ${status} X\r\ncontent-length: ${body.length}\r\n${extra}\r\n${body}`

const bytesOf: Readonly<Record<Outcome, string>> = {
  200: answer(200),
  "200, closing": answer(200, "", "connection: close\r\n"),
  "200, cut short": "HTTP/1.1 200 X\r\ncontent-length: 100\r\n\r\nhalf",
  401: answer(401, "{\"error\":{\"status\":401}}"),
  429: answer(429, "Too many requests"),
  "429, closing": answer(429, "Too many requests", "connection: close\r\n"),
  500: answer(500, "{\"error\":{\"status\":500}}"),
  "503, a page": answer(503, "<html>"),
  404: answer(404),
  "half a head": "HTTP/1.1 200 X\r\ncontent-le",
  closed: "",
  reset: "",
  silence: ""
}

/** Those that leave the connection open. */
const lasting = new Set<Outcome>(["200", "401", "429", "500", "503, a page", "404", "silence"])

interface Copy {
  /** The call it is one of. */
  readonly call: string
  readonly outcome: Outcome
}

/** Plays one outcome for each copy, the last one for all that follow, and counts the copies. */
const server = (outcomes: ReadonlyArray<Outcome>) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly copies: Array<Copy>; readonly close: () => void }>((resume) => {
      const copies: Array<Copy> = []
      const sockets = new Set<{ readonly destroy: () => void }>()
      const listener = createServer((socket) => {
        sockets.add(socket)
        socket.on("error", () => {})
        let received = ""
        socket.on("data", (bytes) => {
          received += bytes.toString("latin1")
          // These calls have no body, so a copy is whole with its head.
          if (!received.includes("\r\n\r\n")) return
          const call = /device_id=(\w+)/.exec(received)?.[1] ?? ""
          const outcome = outcomes[Math.min(copies.length, outcomes.length - 1)] ?? "200"
          received = ""
          copies.push({ call, outcome })
          if (outcome === "reset") return void socket.resetAndDestroy()
          socket.write(bytesOf[outcome])
          if (!lasting.has(outcome)) socket.end()
        })
      })
      listener.listen(0, "127.0.0.1", () => {
        const address = listener.address()
        resume(Effect.succeed({
          url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/v1`,
          copies,
          close: () => {
            listener.close()
            sockets.forEach((socket) => socket.destroy())
          }
        }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

// =============================================================================
// Tests
// =============================================================================

/** Answers that say that the call was refused, not executed. */
const refusals = new Set<Outcome>(["401", "429", "429, closing"])

/** A refused token is replaced by one that is no better. */
const tokens = Layer.effect(
  TokenService.TokenService,
  Effect.map(
    TokenService.TokenService,
    (service) => TokenService.TokenService.of({ ...service, clientId: "app", invalidate: () => Effect.succeed(true) })
  )
).pipe(Layer.provide(TokenService.layerStatic({ value: Redacted.make("token") })))

const clientOf = (apiUrl: string, transport: typeof NodeHttpClient.layerUndici) =>
  SpotifyClient.layer({ apiUrl }).pipe(Layer.provide([transport, tokens]), Layer.orDie)

const hasty = Effect.provideService(RetryPolicy.RetryPolicy, {
  ...RetryPolicy.standard,
  attemptTimeout: "60 millis",
  budget: "500 millis",
  retryAfterDefault: "1 millis",
  pauses: RetryPolicy.fullJitter({ base: "1 millis", times: 4 })
})

const transports = {
  UndiciHttpClient: UndiciHttpClient.layer(),
  undici: NodeHttpClient.layerUndici,
  "node:http": NodeHttpClient.layerNodeHttp,
  fetch: FetchHttpClient.layer
}

for (const [name, transport] of Object.entries(transports)) {
  describe(`over ${name}`, () => {
    it.live.prop(
      "I17: whatever the server does, it never sees another copy of a POST that it has not refused",
      { outcomes: Schema.NonEmptyArray(Outcome).check(Schema.isMaxLength(6)) },
      ({ outcomes }) =>
        Effect.gen(function*() {
          const { copies, url } = yield* server(outcomes)
          const calls = ["a", "b"]
          yield* Effect.forEach(calls, (call) => Effect.exit(hasty(PlayerApi.nextOn(call)))).pipe(
            Effect.provide(clientOf(url, transport))
          )
          for (const call of calls) {
            const seen = copies.filter((copy) => copy.call === call).map(({ outcome }) => outcome)
            seen.slice(0, -1).forEach((outcome) => assert.isTrue(refusals.has(outcome), seen.join()))
          }
        }).pipe(Effect.scoped, Effect.provideService(References.MinimumLogLevel, "Error")),
      { arbitrary: { runs: 200 }, timeout: 240_000 }
    )
  })
}
