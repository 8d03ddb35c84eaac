/**
 * The provider of a drill: a sandbox in a process of its own, and its control API.
 */
import type { RefreshCounts } from "@app/sandbox"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Child from "./Child.ts"
import { DrillFailed } from "./DrillFailed.ts"
import type * as ProcessSettings from "./ProcessSettings.ts"

export interface Provider {
  readonly accountsUrl: string
  readonly apiUrl: string
  readonly counts: Effect.Effect<RefreshCounts.RefreshCounts, DrillFailed>
  /** Refresh tokens for one account. */
  readonly refreshTokens: (
    account: string,
    count: number
  ) => Effect.Effect<ReadonlyArray<Redacted.Redacted<string>>, DrillFailed>
  readonly child: Child.Child
}

const Counts = Schema.Struct({
  requests: Schema.Int,
  overlapping: Schema.Int,
  resent: Schema.Int,
  reused: Schema.Int
})

const Tokens = Schema.Array(Schema.RedactedFromValue(Schema.String))

export const make = Effect.fnUntraced(function*(file: string, settings: ProcessSettings.Provider) {
  const child = yield* Child.start({ file, settings })
  const { accountsUrl = "", apiUrl = "" } = yield* child.ready
  const ask = <A>(schema: Schema.Codec<A, Schema.Json>, request: HttpClientRequest.HttpClientRequest) =>
    HttpClient.execute(request).pipe(
      Effect.flatMap(HttpClientResponse.schemaBodyJson(schema)),
      Effect.mapError(DrillFailed.because("The provider")),
      Effect.provide(NodeHttpClient.layerNodeHttp)
    )
  const provider: Provider = {
    accountsUrl,
    apiUrl,
    child,
    counts: ask(Counts, HttpClientRequest.get(`${accountsUrl}/sandbox/refreshes`)),
    refreshTokens: (as, count) =>
      ask(
        Tokens,
        HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.post(`${accountsUrl}/sandbox/refresh-tokens`), { as, count })
      )
  }
  return provider
})
