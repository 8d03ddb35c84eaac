/**
 * `npm run example without-effect.ts` calls Spotify from a program of Promises, async iterables and `await using`.
 *
 * **Details**
 *
 * The program needs one thing of Effect: a layer, which says where its tokens and its client come from. The person of this
 * example is one of `@app/sandbox`. Your own program uses `CommandLine.layer({ app: "my-app", scopes })` in its place, or
 * the layer of a server.
 */
import * as FetchHttpClient from "@app/api/FetchHttpClient"
import * as SpotifyClient from "@app/api/SpotifyClient"
import { SpotifyError } from "@app/api/SpotifyError"
import * as SpotifyPromises from "@app/api/SpotifyPromises"
import { AuthError } from "@app/auth/AuthError"
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import * as Catalogue from "@app/sandbox/Catalogue"
import { startSandbox } from "@app/sandbox/SandboxPromises"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { setTimeout } from "node:timers/promises"

await using sandbox = await startSandbox({ accessTokenLifetime: 2 })
const { refreshToken } = await sandbox.signIn({
  scopes: ["user-read-private", "user-library-read", "user-library-modify"]
})

const Tokens = TokenService.layer({
  server: Providers.spotify.at(sandbox.accountsUrl),
  client: { clientId: sandbox.client.clientId },
  grant: Grant.RefreshToken({ refreshToken: Redacted.make(refreshToken) })
})

const Spotify = SpotifyClient.layer({ apiUrl: sandbox.apiUrl }).pipe(
  Layer.provideMerge(Tokens),
  Layer.provide([TokenStore.layerMemory, FetchHttpClient.layer])
)

await using spotify = await SpotifyPromises.make(Spotify)

// Operations return Promises of plain data.
const { displayName } = await spotify.profile.me()
console.log(`${displayName} saves three tracks`)
await spotify.tracks.save(Catalogue.tracks.slice(0, 3).map(({ id }) => id))

// Lists are async iterables, which ask for the next page when it is needed, and arrays.
for await (const { addedAt, track } of spotify.tracks.saved()) {
  console.log(`saved on ${addedAt.slice(0, 10)}: ${track.name}, ${Math.round(track.durationMs / 1000)} s`)
}
const [latest] = await spotify.tracks.saved().toArray({ limit: 1 })
console.log(`as JSON: ${JSON.stringify({ name: latest?.track.name, durationMs: latest?.track.durationMs })}`)

// Failures are errors, whose reason tells them apart.
try {
  await spotify.tracks.get("4uLU6hMCjMI75M1A2tKUQC")
} catch (error) {
  console.log(`failed: ${error instanceof SpotifyError ? error.reason._tag : "otherwise"}`)
}

// A signal ends a call, and rejects with its reason.
try {
  await spotify.withSignal(AbortSignal.abort("no time")).tracks.get(Catalogue.ids.typhoons)
} catch (reason) {
  console.log(`given up: ${reason}`)
}

// Tokens serve other clients as well, such as `fetch`. These live for two seconds, and no call fails.
for (let generation = 0; generation < 4;) {
  const response = await fetch(`${sandbox.apiUrl}/tracks/${Catalogue.ids.typhoons}`, {
    headers: await spotify.tokens.headers()
  })
  generation = (await spotify.tokens.status()).generation
  console.log(`token ${generation}: the API answers ${response.status}`)
  await setTimeout(500)
}

// A sign-out ends the tokens, here and for all who share the store.
await spotify.tokens.signOut()
try {
  await spotify.profile.me()
} catch (error) {
  console.log(`after the sign-out: ${error instanceof AuthError ? error.message : error}`)
}
