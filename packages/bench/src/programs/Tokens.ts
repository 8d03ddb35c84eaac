/** Tokens alone, for requests that a program makes itself. */
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const Tokens = TokenService.layer({ server: Providers.spotify, client: { clientId: "client" } }).pipe(
  Layer.provide([TokenStore.layerMemory, FetchHttpClient.layer])
)

const program = Effect.gen(function*() {
  const token = yield* TokenService.get
  document.cookie = Redacted.value(token.value)
})

void Effect.runPromise(Effect.provide(program, Tokens))
