/**
 * A Worker as it must not be: one `TokenService` in the module, which all its requests share.
 *
 * **Details**
 *
 * It works while requests come one by one, or while the token lives. Once it has ended, requests that come together wait
 * for the token request of the first of them, and workerd ends those that do.
 */
import * as FetchHttpClient from "@app/api/FetchHttpClient"
import * as Profile from "@app/api/Profile"
import * as SpotifyClient from "@app/api/SpotifyClient"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"

const runtimeOf = (env: Readonly<Record<string, string>>) =>
  ManagedRuntime.make(
    SpotifyClient.layerConfig().pipe(
      Layer.provideMerge(TokenService.layerConfig()),
      Layer.provide([
        TokenStore.layerMemory,
        FetchHttpClient.layer,
        ConfigProvider.layer(ConfigProvider.fromEnv({ env }))
      ])
    )
  )

let runtime: ReturnType<typeof runtimeOf> | undefined

export default {
  async fetch(_request: Request, env: Readonly<Record<string, string>>): Promise<Response> {
    runtime ??= runtimeOf(env)
    return runtime.runPromise(
      Effect.match(Profile.me, {
        onFailure: ({ message }) => new Response(message, { status: 502 }),
        onSuccess: ({ id }) => new Response(`hello, ${id}`)
      })
    )
  }
}
