/** A process that refreshes nothing, asks for the tokens of accounts, and has the provider say whose they are. */
import type { AccessToken } from "@app/auth/AccessToken"
import { Accounts } from "@app/auth/Accounts"
import type * as AuthError from "@app/auth/AuthError"
import * as TokenService from "@app/auth/TokenService"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as Line from "../Line.ts"
import * as ProcessSettings from "../ProcessSettings.ts"
import * as Read from "../Read.ts"
import * as DrillAccounts from "./DrillAccounts.ts"
import * as Usage from "./Usage.ts"

const decodePerson = Schema.decodeUnknownOption(Schema.Struct({ id: Schema.String }))

const kindOf = ({ reason }: AuthError.AuthError): string =>
  "kind" in reason ? `${reason._tag} ${reason.kind}` : reason._tag

const program = Effect.gen(function*() {
  const settings = yield* ProcessSettings.read(ProcessSettings.User)
  const httpClient = yield* HttpClient.HttpClient
  const accounts = yield* Accounts
  let reads = Read.none
  const note = (more: Partial<Line.Reads>) =>
    Effect.sync(() => {
      reads = Read.add(reads, { ...Read.none, ...more })
    })

  /** The person of a token, as the provider says; undefined where it refuses the token. */
  const personOf = ({ value }: AccessToken) =>
    HttpClientRequest.get(`${settings.apiUrl}/me`).pipe(
      HttpClientRequest.bearerToken(value),
      httpClient.execute,
      Effect.flatMap((response) => response.status === 200 ? response.json : Effect.as(response.text, undefined)),
      Effect.map((body) => Option.getOrUndefined(decodePerson(body))?.id)
    )

  const read = Effect.gen(function*() {
    const account = ProcessSettings.accountOf(yield* Random.nextIntBetween(0, settings.accounts - 1))
    const askedAt = yield* Clock.currentTimeMillis
    const token = yield* Effect.provide(TokenService.get, accounts.get(account))
    const handedAt = yield* Clock.currentTimeMillis
    const expiresAt = token.expiresAt?.epochMilliseconds ?? Infinity
    const person = yield* personOf(token)
    const answeredAt = yield* Clock.currentTimeMillis
    const verdict = Read.verdict({ account, answeredAt, expiresAt, handedAt, person })
    yield* note({
      [verdict]: 1,
      slowestMillis: handedAt - askedAt,
      latestMillis: Math.max(handedAt - expiresAt, 0)
    })
  }).pipe(
    Effect.catchTag("AuthError", (error) => note({ failed: { [kindOf(error)]: 1 } })),
    // The provider itself did not answer.
    Effect.catch(() => note({ unverified: 1 }))
  )

  const tell = Effect.sync(() => {
    Line.write(reads)
    reads = Read.none
  })

  Usage.tellWhenAsked()
  Line.write({ _tag: "Ready" })
  yield* Effect.forkScoped(Effect.forever(Effect.delay(tell, "500 millis")))
  return yield* Effect.forever(Effect.delay(Effect.forkScoped(read), 1000 / settings.readsPerSecond))
})

Layer.effectDiscard(program).pipe(
  Layer.provide(Layer.unwrap(Effect.map(ProcessSettings.read(ProcessSettings.User), DrillAccounts.layer))),
  Layer.provide(NodeHttpClient.layerUndici),
  Layer.launch,
  NodeRuntime.runMain
)
