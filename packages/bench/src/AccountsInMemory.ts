/**
 * The surroundings of accounts when neither sockets nor a store are to be measured: a token endpoint within the process, and a store
 * that keeps nothing.
 */
import type * as Accounts from "@app/auth/Accounts"
import * as Grant from "@app/auth/Grant"
import { TokenStore } from "@app/auth/TokenStore"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

let issued = 0

/** As long as Spotify's are, and different from all others. */
const secret = (): string => `BQ${String(issued++).padStart(200, "A")}`

/** Responds to each request with a token for an hour, and reports the request. */
export const EndpointInMemory = (count: () => void): Layer.Layer<HttpClient.HttpClient> =>
  Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request) =>
      Effect.sync(() => {
        count()
        const answer = { access_token: secret(), token_type: "Bearer", expires_in: 3600 }
        return HttpClientResponse.fromWeb(request, Response.json(answer))
      })
    )
  )

export const nothingKept: Layer.Layer<TokenStore> = Layer.succeed(TokenStore, {
  peek: () => Effect.succeedNone,
  modify: (_key, use) => use({ read: Effect.succeedNone, write: () => Effect.void })
})

export const accountOptions: Accounts.Options = {
  client: { clientId: "client" },
  grantFor: (account) =>
    Effect.sync(() => Grant.RefreshToken({ refreshToken: Redacted.make(`${account}-${secret()}`) }))
}

/** The least that an account holds: its name, its two tokens, and the end of the first. */
export const accountStrings = (account: string): unknown =>
  JSON.parse(
    JSON.stringify({ account, accessToken: secret(), refreshToken: `${account}-${secret()}`, expiresAt: 3600 })
  )
