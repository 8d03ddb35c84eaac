/**
 * `npm run example without-effect.ts` uses tokens in a program of Promises, `fetch` and `await using`.
 *
 * **Details**
 *
 * The program needs one thing of Effect: the layer with the source of its tokens. The tokens of this example come from
 * `@app/sandbox` and live two seconds. Your own program uses `TokenService.layerConfig()` and needs no sandbox.
 */
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as TokenPromises from "@app/auth/TokenPromises"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { Catalogue, Sandbox } from "@app/sandbox"
import * as Duration from "effect/Duration"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { setTimeout } from "node:timers/promises"

await using sandboxRuntime = ManagedRuntime.make(Sandbox.layer({ accessTokenLifetime: Duration.seconds(2) }))
const { accountsUrl, apiUrl, client } = await sandboxRuntime.runPromise(Sandbox.Sandbox)
const Tokens = TokenService.layer({
  server: Providers.spotify.at(accountsUrl),
  client,
  grant: Grant.ClientCredentials({})
})

await using tokens = await TokenPromises.make(
  Tokens.pipe(Layer.provide([TokenStore.layerMemory, FetchHttpClient.layer]))
)

for (let generation = 0; generation < 4;) {
  const response = await fetch(`${apiUrl}/tracks/${Catalogue.ids.typhoons}`, { headers: await tokens.headers() })
  generation = (await tokens.status()).generation
  console.log(`token ${generation}: the API answers ${response.status}`)
  await setTimeout(500)
}
