/**
 * `npm run example many-accounts.ts` runs one program for several people, each with tokens of their own.
 *
 * **Details**
 *
 * Three people of `@app/sandbox` sign in. One signs out again, and one is refused by the Web API, since the app's owner has
 * not registered this person. Neither affects the others.
 */
import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
import * as Profile from "@app/api/Profile"
import * as SpotifyClient from "@app/api/SpotifyClient"
import * as Accounts from "@app/auth/Accounts"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { People, Sandbox } from "@app/sandbox"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"

// =============================================================================
// One person
// =============================================================================

/** Signs a person in to the account whose `TokenService` is provided. */
const signIn = Effect.fnUntraced(function*(person: People.Person) {
  yield* TokenService.authorize(yield* Sandbox.signIn({ as: person.id }))
})

const greeting = Profile.me.pipe(
  Effect.map((user) => `hello, ${user.displayName ?? user.id}`),
  Effect.catch((error) => Effect.succeed(error.message))
)

// =============================================================================
// Several people
// =============================================================================

/** The accounts, by the program's own name for each person. */
const members = [["ann", People.sandy], ["ben", People.quiet], ["cleo", People.stranger]] as const

const program = Effect.gen(function*() {
  const { apiUrl, count } = yield* Sandbox.Sandbox
  const Spotify = SpotifyClient.layer({ apiUrl })

  const greetAll = Effect.forEach(members, ([name]) =>
    greeting.pipe(
      Effect.provide(Accounts.provide(Spotify, name)),
      Effect.flatMap((text) => Console.log(`${name}: ${text}`))
    ))

  yield* Effect.forEach(members, ([name, person]) => Effect.provide(signIn(person), Accounts.get(name)))
  yield* greetAll
  yield* Console.log("\nben signs out\n")
  yield* TokenService.signOut.pipe(Effect.provide(Accounts.get("ben")))
  yield* greetAll
  yield* Console.log(`\ntoken requests: ${yield* count("POST /api/token")}`)
})

const Members = Layer.unwrap(
  Effect.map(
    Sandbox.Sandbox,
    ({ accountsUrl, client }) => Accounts.layer({ client, server: Providers.spotify.at(accountsUrl) })
  )
).pipe(
  Layer.provide(TokenStore.layerMemory),
  Layer.provideMerge([Sandbox.layer(), UndiciHttpClient.layer()])
)

program.pipe(
  Effect.provide(Members),
  // The lines that the program prints say the same as the logs would.
  Effect.provideService(References.MinimumLogLevel, "None"),
  NodeRuntime.runMain
)
